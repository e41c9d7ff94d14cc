"""Amazon Connect in memory and in time, behind a client as boto3 makes it: what the local simulator answers with, and
what a test wants to go wrong."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import OperationModel

from infra.local.connect.api.books import Line
from infra.local.connect.api.model import WrongAnswer, WrongShape, model
from infra.local.connect.api.numbers import Numbers
from infra.local.connect.api.service import Rate, Refused, Service, status
from infra.local.connect.api.users import Users

__all__ = ["INSTANCE", "FakeConnect", "Time", "WrongShape"]

INSTANCE = "arn:aws:connect:us-east-1:111122223333:instance/0a1b2c3d-1111-4222-8333-444455556666"


@dataclass
class Time:
    """Goes on only when somebody sleeps."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def tick(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass(kw_only=True)
class FakeConnect(Numbers):
    instance: str = INSTANCE
    page: int = 2
    users: Users = field(init=False)
    throttle: deque[str] = field(default_factory=deque)  # operations that are told to slow down, whatever the rate
    refuses: dict[str, str] = field(default_factory=dict)  # user → why no question about him is answered
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    dies_after: str = ""  # the operation is done, and its answer never comes

    def __post_init__(self) -> None:
        self.users = Users(register=self.register, instance=self.instance, page=self.page)
        limited = {*self.operations, *self.users.operations}
        self._service = Service(self, self.users, rate=Rate(self.tick), limited=limited)

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        operation = next((name_ for name_ in model().operation_names if xform_name(name_) == name), None)
        if operation is None:
            raise AttributeError(name)
        return lambda **words: self._called(model().operation_model(operation), name, words)

    def count(self, name: str) -> int:
        return [called for called, _ in self.calls].count(name)

    def has(self, phone: str, *, tags: Mapping[str, str] | None = None, flow: str = "", type_: str = "DID") -> Line:
        """A number that the instance has had for a long time."""
        line = self.hold(phone, "US", type_, tags or {}, settles=self.tick())
        line.flow = flow
        return line

    def _called(self, operation: OperationModel, name: str, words: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((name, words))
        try:
            self._forced(name, words)
            answer = self._service.ask(operation, words)
        except WrongShape as wrong:
            if not isinstance(wrong, WrongAnswer):
                self.calls.pop()  # it never left
            raise
        except Refused as refused:
            told = {
                "Error": {"Code": refused.error, "Message": str(refused)},
                "ResponseMetadata": {"HTTPStatusCode": status(operation, refused.error)},
            }
            raise ClientError(told, operation.name) from refused
        if self.dies_after == name:
            self.dies_after = ""
            raise ConnectionResetError(name)
        return answer

    def _forced(self, name: str, words: Mapping[str, Any]) -> None:
        if self.throttle and self.throttle[0] == name:
            self.throttle.popleft()
            raise Refused("TooManyRequestsException", "Rate exceeded")
        for user in (words.get("Username"), words.get("UserId")):
            if user in self.refuses:
                raise Refused("InvalidRequestException", self.refuses[user])
