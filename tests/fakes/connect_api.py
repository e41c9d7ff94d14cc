"""Amazon Connect's API for numbers, in memory and in time: calls and answers are held against botocore's model.

What the service does beyond its shapes is written as its documentation has it: a claim takes time, and says afterwards
that the instance is full; a token that comes again is the same claim; a released number is not on offer again.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

INSTANCE = "arn:aws:connect:us-east-1:111122223333:instance/0a1b2c3d-1111-4222-8333-444455556666"
_NUMBERS = "arn:aws:connect:us-east-1:111122223333:phone-number/"


class WrongShape(AssertionError):
    """A call that botocore or the service would refuse, or an answer that the service cannot give."""


@cache
def model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("connect", "service-2"), "connect")


def must_fit(value: Any, shape: Shape) -> None:
    """Members, types, lengths (botocore's own validator); and enums and patterns, which it leaves to the service."""
    report = ParamValidator().validate(value, shape)
    if report.has_errors():
        raise WrongShape(f"{shape.name}: {report.generate_report()}")
    for told in _strays(value, shape):
        raise WrongShape(told)


def _strays(value: Any, shape: Shape) -> Iterable[str]:
    match shape:
        case StructureShape():
            for name, inner in value.items():
                yield from _strays(inner, shape.members[name])
        case ListShape():
            if len(value) > shape.metadata.get("max", len(value)):
                yield f"{shape.name}: {len(value)} items"
            for inner in value:
                yield from _strays(inner, shape.member)
        case MapShape():
            for inner in value.values():
                yield from _strays(inner, shape.value)
        case StringShape():
            if shape.enum and value not in shape.enum:
                yield f"{shape.name}: {value!r} is none of its values"
            pattern = _pattern(shape)
            if pattern and not re.fullmatch(pattern, value):
                yield f"{shape.name}: {value!r} is not like {pattern}"
            if len(value) > shape.metadata.get("max", len(value)):
                yield f"{shape.name}: {value!r} is too long"
        case _:
            most = shape.metadata.get("max")
            if most is not None and value > most:
                yield f"{shape.name}: {value} is more than {most}"


def _pattern(shape: Shape) -> str:
    """The model writes some backslashes twice; what Python cannot read (\\p{L}) is not checked."""
    pattern = str(shape.metadata.get("pattern", "")).replace("\\\\", "\\")
    return "" if "\\p{" in pattern else pattern


@dataclass(slots=True, kw_only=True)
class Line:
    """One number of the fake; `outcome` is what its claim will come to at `settles`."""

    id: str
    phone: str
    country: str
    type: str
    tags: dict[str, str]
    settles: float
    outcome: str = "CLAIMED"
    why: str = ""
    flow: str = ""

    @property
    def arn(self) -> str:
        return f"{_NUMBERS}{self.id}"


@dataclass(slots=True, kw_only=True)
class FakeConnect:
    """A client as boto3 makes it, for the operations that have a method `_<operation>` here."""

    tick: Callable[[], float]
    offers: list[tuple[str, str, str]] = field(default_factory=list)  # number, country, type
    quota: int = 5
    claim_takes_s: float = 3.0
    page: int = 2  # numbers a page of a list has
    rate: tuple[float, int] = (2.0, 5)  # calls a second, and how many at once
    fails: dict[str, str] = field(default_factory=dict)  # number → why its claim comes to nothing
    taken: set[str] = field(default_factory=set)  # on offer, and gone when one asks for it
    throttle: deque[str] = field(default_factory=deque)  # operations that are told to slow down, whatever the rate
    lines: dict[str, Line] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    dies_after: str = ""  # the operation is done, and its answer never comes
    _tokens: dict[str, tuple[str, str]] = field(default_factory=dict)
    _bucket: dict[str, tuple[float, float]] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        operation = next((name_ for name_ in model().operation_names if xform_name(name_) == name), None)
        if operation is None:
            raise AttributeError(name)
        return lambda **words: self._called(model().operation_model(operation), name, words)

    def count(self, name: str) -> int:
        return [called for called, _ in self.calls].count(name)

    def hold(self, phone: str, *, tags: Mapping[str, str] | None = None, flow: str = "", type_: str = "DID") -> Line:
        """A number that the instance has had for a long time."""
        line = self._new(phone, "US", type_, dict(tags or {}), settles=self.tick())
        line.flow = flow
        return line

    def _called(self, operation: OperationModel, name: str, words: dict[str, Any]) -> dict[str, Any]:
        if operation.input_shape is not None:
            must_fit(words, operation.input_shape)
        self.calls.append((name, words))
        self._limit(operation, name)
        answer: dict[str, Any] = getattr(type(self), f"_{name}")(self, operation, **words) or {}
        if operation.output_shape is not None:
            must_fit(answer, operation.output_shape)
        elif answer:
            raise WrongShape(f"{operation.name} answers nothing")
        if self.dies_after == name:
            self.dies_after = ""
            raise ConnectionResetError(name)
        return answer

    def _limit(self, operation: OperationModel, name: str) -> None:
        per_second, burst = self.rate
        left, since = self._bucket.get(name, (float(burst), self.tick()))
        left = min(float(burst), left + (self.tick() - since) * per_second)
        forced = bool(self.throttle) and self.throttle[0] == name
        if forced:
            self.throttle.popleft()
        if forced or left < 1:
            self._bucket[name] = (left, self.tick())
            raise self._error(operation, "ThrottlingException", "Rate exceeded", code="TooManyRequestsException")
        self._bucket[name] = (left - 1, self.tick())

    def _error(self, operation: OperationModel, kind: str, words: str, *, code: str = "") -> ClientError:
        """`kind` must be an error of this operation. (`code` is what the wire says, where it differs.)"""
        shapes = {shape.name: shape for shape in operation.error_shapes}
        if kind not in shapes:
            raise WrongShape(f"{operation.name} has no {kind}")
        status = shapes[kind].metadata["error"]["httpStatusCode"]
        told = {"Error": {"Code": code or kind, "Message": words}, "ResponseMetadata": {"HTTPStatusCode": status}}
        return ClientError(told, operation.name)

    def _new(self, phone: str, country: str, kind: str, tags: dict[str, str], *, settles: float) -> Line:
        serial = len(self.lines) + len(self.released) + 1
        line = Line(
            id=f"00000000-0000-4000-8000-{serial:012d}",
            phone=phone,
            country=country,
            type=kind,
            tags=tags,
            settles=settles,
        )
        self.lines[line.id] = line
        return line

    def _status(self, line: Line) -> dict[str, str]:
        if self.tick() < line.settles:
            return {"Status": "IN_PROGRESS"}
        return {"Status": line.outcome} | ({"Message": line.why} if line.why else {})

    def _line(self, operation: OperationModel, number: str) -> Line:
        if number not in self.lines:
            raise self._error(operation, "ResourceNotFoundException", f"no phone number {number}")
        return self.lines[number]

    # --- operations ---------------------------------------------------------------------------------------------

    def _search_available_phone_numbers(self, operation: OperationModel, **words: Any) -> dict[str, Any]:
        self._is_ours(operation, words["TargetArn"])
        held = {line.phone for line in self.lines.values()}
        found = [
            {"PhoneNumber": phone, "PhoneNumberCountryCode": country, "PhoneNumberType": kind}
            for phone, country, kind in self.offers
            if (country, kind) == (words["PhoneNumberCountryCode"], words["PhoneNumberType"])
            and phone.startswith(words.get("PhoneNumberPrefix", ""))
            and phone not in held
        ]
        return {"AvailableNumbersList": found[: words.get("MaxResults", 10)]}

    def _claim_phone_number(self, operation: OperationModel, **words: Any) -> dict[str, Any]:
        self._is_ours(operation, words["TargetArn"])
        token, phone = words["ClientToken"], words["PhoneNumber"]
        if not re.fullmatch(r"[a-f0-9]{8}-([a-f0-9]{4}-){3}[a-f0-9]{12}", token):
            raise self._error(operation, "InvalidParameterException", f"ClientToken {token}")
        if token in self._tokens:
            known, for_phone = self._tokens[token]
            if for_phone != phone:
                raise self._error(operation, "IdempotencyException", "the token is another request's")
            return {"PhoneNumberId": known, "PhoneNumberArn": f"{_NUMBERS}{known}"}
        offered = next((offer for offer in self.offers if offer[0] == phone), None)
        again = next((line for line in self.lines.values() if line.phone == phone), None)
        if offered is None or phone in self.taken or (again is not None and again.outcome != "FAILED"):
            raise self._error(operation, "ResourceNotFoundException", f"{phone} is not available")
        if again is not None:
            del self.lines[again.id]
            self.released.append(again.id)
        line = self._new(*offered, dict(words.get("Tags", {})), settles=self.tick() + self.claim_takes_s)
        if why := self._refusal(line):
            line.outcome, line.why = "FAILED", why
        self._tokens[token] = (line.id, phone)
        return {"PhoneNumberId": line.id, "PhoneNumberArn": line.arn}

    def _refusal(self, line: Line) -> str:
        full = sum(other.outcome != "FAILED" for other in self.lines.values()) > self.quota
        return "the instance has reached its limit of claimed phone numbers" if full else self.fails.get(line.phone, "")

    def _describe_phone_number(self, operation: OperationModel, **words: Any) -> dict[str, Any]:
        line = self._line(operation, words["PhoneNumberId"])
        return {
            "ClaimedPhoneNumberSummary": {
                **self._summary(line),
                "Tags": dict(line.tags),
                "PhoneNumberStatus": self._status(line),
            }
        }

    def _list_phone_numbers_v2(self, operation: OperationModel, **words: Any) -> dict[str, Any]:
        self._is_ours(operation, words["TargetArn"])
        found = [line for line in self.lines.values() if line.phone.startswith(words.get("PhoneNumberPrefix", ""))]
        at = int(words.get("NextToken", "0"))
        answer: dict[str, Any] = {
            "ListPhoneNumbersSummaryList": [self._summary(line) for line in found[at : at + self.page]]
        }
        return answer | ({"NextToken": str(at + self.page)} if at + self.page < len(found) else {})

    def _batch_get_flow_association(self, operation: OperationModel, **words: Any) -> dict[str, Any]:
        lines = [line for line in self.lines.values() if line.arn in words["ResourceIds"] and line.flow]
        return {
            "FlowAssociationSummaryList": [
                {
                    "ResourceId": line.arn,
                    "FlowId": f"{INSTANCE}/contact-flow/{line.flow}",
                    "ResourceType": words["ResourceType"],
                }
                for line in lines
            ]
        }

    def _associate_phone_number_contact_flow(self, operation: OperationModel, **words: Any) -> None:
        if words["InstanceId"] != INSTANCE.rpartition("/")[2]:
            raise self._error(operation, "ResourceNotFoundException", f"no instance {words['InstanceId']}")
        line = self._line(operation, words["PhoneNumberId"])
        if self._status(line)["Status"] != "CLAIMED":
            raise self._error(operation, "InvalidParameterException", f"{line.phone} is not claimed")
        line.flow = words["ContactFlowId"]

    def _tag_resource(self, operation: OperationModel, **words: Any) -> None:
        self._line(operation, words["resourceArn"].removeprefix(_NUMBERS)).tags.update(words["tags"])

    def _release_phone_number(self, operation: OperationModel, **words: Any) -> None:
        line = self._line(operation, words["PhoneNumberId"])
        del self.lines[line.id]
        self.released.append(line.id)
        self.offers = [offer for offer in self.offers if offer[0] != line.phone]

    def _is_ours(self, operation: OperationModel, arn: str) -> None:
        if arn != INSTANCE:
            raise self._error(operation, "ResourceNotFoundException", f"no instance {arn}")

    @staticmethod
    def _summary(line: Line) -> dict[str, Any]:
        return {
            "PhoneNumberId": line.id,
            "PhoneNumberArn": line.arn,
            "PhoneNumber": line.phone,
            "PhoneNumberCountryCode": line.country,
            "PhoneNumberType": line.type,
            "TargetArn": INSTANCE,
            "InstanceId": INSTANCE.rpartition("/")[2],
        }
