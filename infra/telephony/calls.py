"""Amazon Connect's API at the rate that it allows, and its refusals by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.telephony.errors import ServiceRefused

PER_SECOND = 2.0  # what every operation here is allowed, for the whole account in a region
WAITS_S = (1.0, 2.0, 4.0, 8.0, 16.0)  # after being told to slow down; then we give up
_SLOW_DOWN = frozenset({"TooManyRequestsException", "ThrottlingException"})


class Calls:
    def __init__(
        self,
        client: Any,
        *,
        tick: Callable[[], float],
        sleep: Callable[[float], None],
        per_second: float = PER_SECOND,
    ) -> None:
        """`tick` is a clock in seconds that never goes back."""
        self._client, self._tick, self.sleep = client, tick, sleep
        self._between = 1 / per_second
        self._free_at = tick()

    def ask(self, operation: str, **words: Any) -> dict[str, Any]:
        """Raises ServiceRefused; also when the service still wants us to slow down after the last wait."""
        for wait in (*WAITS_S, None):
            self._pace()
            try:
                answer: dict[str, Any] = getattr(self._client, operation)(**words)
                return answer
            except ClientError as error:
                told = error.response["Error"]
                if told["Code"] not in _SLOW_DOWN or wait is None:
                    raise ServiceRefused(operation, told["Code"], told.get("Message", "")) from error
            self.sleep(wait)
        raise AssertionError("the last wait is None")

    def pages(self, operation: str, items: str, **words: Any) -> Iterator[Mapping[str, Any]]:
        """What a list has under `items`, page by page."""
        while True:
            page = self.ask(operation, **words)
            yield from page.get(items, ())
            if not page.get("NextToken"):
                return
            words["NextToken"] = page["NextToken"]

    def _pace(self) -> None:
        now = self._tick()
        if now < self._free_at:
            self.sleep(self._free_at - now)
        self._free_at = max(now, self._free_at) + self._between


def last(arn: str) -> str:
    """The id in an ARN."""
    return arn.rpartition("/")[2]
