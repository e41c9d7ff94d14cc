"""Who answers what is asked of Amazon Connect: question and answer are held against the service's own model."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.model import OperationModel

from infra.local.connect.api.model import WrongAnswer, WrongShape, must_fit
from infra.local.connect.library import INSTANCE

Words = Mapping[str, Any]
Answer = Mapping[str, Any] | None
# What the service says of any operation; the others stand in the model.
_COMMON = {"UnrecognizedClientException": 403, "UnknownOperationException": 404, "TooManyRequestsException": 429}


class Refused(Exception):
    """With the name that the service gives it."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


class Part(Protocol):
    """Some of the operations, by their names in the model."""

    @property
    def operations(self) -> Mapping[str, Callable[[Words], Answer]]: ...


@dataclass(slots=True)
class Rate:
    """So often may each operation be asked, in the long run and at once."""

    tick: Callable[[], float]
    per_second: float = 2.0
    burst: float = 5.0
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, operation: str) -> None:
        """Raises Refused."""
        now = self.tick()
        left, since = self._left.get(operation, (self.burst, now))
        left = min(self.burst, left + (now - since) * self.per_second)
        self._left[operation] = (max(left - 1, 0.0) if left >= 1 else left, now)
        if left < 1:
            raise Refused("TooManyRequestsException", "Rate exceeded")


class Service:
    def __init__(self, *parts: Part, rate: Rate | None = None, limited: Collection[str] = ()) -> None:
        """`limited` are the operations to which the rate applies."""
        self._parts = {name: part for part in parts for name in part.operations}
        self._rate, self._limited = rate, limited

    def ask(self, operation: OperationModel, words: Words) -> dict[str, Any]:
        """Raises Refused, WrongShape for a question that does not fit, WrongAnswer."""
        if operation.name not in self._parts:
            raise Refused("UnknownOperationException", f"{operation.name} is not simulated here")
        if operation.input_shape is not None:
            must_fit(dict(words), operation.input_shape)
        if self._rate is not None and operation.name in self._limited:
            self._rate.take(operation.name)
        answer = dict(self._parts[operation.name].operations[operation.name](words) or {})
        _must_be_answer(answer, operation)
        return answer


def status(operation: OperationModel | None, error: str) -> int:
    """Of HTTP. Raises WrongAnswer for an error that the operation does not have."""
    if error in _COMMON:
        return _COMMON[error]
    shapes = {shape.name: shape for shape in operation.error_shapes} if operation is not None else {}
    if error not in shapes:
        raise WrongAnswer(f"{operation.name if operation else 'nothing'} has no error {error}")
    return int(shapes[error].metadata["error"]["httpStatusCode"])


def unfit(operation: OperationModel, why: WrongShape) -> Refused:
    """In the words of the operation: not each has both."""
    known = {shape.name for shape in operation.error_shapes}
    error = "InvalidParameterException" if "InvalidParameterException" in known else "InvalidRequestException"
    return Refused(error, str(why))


def demand_instance(reference: str, instance: str = INSTANCE) -> None:
    """By id or ARN."""
    own = instance.rpartition("/")[2]
    if reference not in (own, instance):
        raise Refused("ResourceNotFoundException", f"there is no instance {reference!r} here, only {own}")


def _must_be_answer(answer: dict[str, Any], operation: OperationModel) -> None:
    if operation.output_shape is None:
        if answer:
            raise WrongAnswer(f"{operation.name} answers nothing")
        return
    try:
        must_fit(answer, operation.output_shape, answer=True)
    except WrongShape as wrong:
        raise WrongAnswer(f"{operation.name}: {wrong}") from None
