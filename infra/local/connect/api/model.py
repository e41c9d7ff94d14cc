"""Amazon Connect as botocore's model of it has it: its operations, and what fits their shapes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

_KINDS = {r"\p{L}": r"\w", r"\p{N}": r"\d", r"\p{Z}": r"\s", r"\p{IsLetter}": r"\w", r"\p{IsDigit}": r"\d"}
_UNKNOWN_KIND = re.compile(r"\\[pP]\{")
_LABEL = re.compile(r"\{\w+\}")


class WrongShape(AssertionError):
    """A question that botocore or the service would refuse."""


class WrongAnswer(WrongShape):
    """An answer that the service cannot give: a mistake of ours."""


@cache
def model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("connect", "service-2"), "connect")


def matched(method: str, path: str) -> tuple[OperationModel, dict[str, str]] | None:
    """The operation, and what the labels of its address stand for; `path` with its escapes (an ARN has slashes)."""
    for way, name, pattern in _ways():
        found = pattern.fullmatch(path) if way == method else None
        if found is not None:
            return model().operation_model(name), {label: unquote(part) for label, part in found.groupdict().items()}
    return None


def gathered(
    operation: OperationModel, labels: Mapping[str, str], query: Mapping[str, str], body: Mapping[str, Any]
) -> dict[str, Any]:
    """The members of the question, wherever the request has them. Raises WrongShape for one that there is not."""
    sources: dict[str, Mapping[str, Any]] = {"uri": labels, "querystring": query, "body": body}
    told: dict[str, Any] = {}
    seen: set[tuple[str, str]] = set()
    members = operation.input_shape.members if operation.input_shape is not None else {}
    for member, shape in members.items():
        place = shape.serialization.get("location", "body")
        name = shape.serialization.get("name", member)
        seen.add((place, name))
        if name in sources.get(place, {}):
            value = sources[place][name]
            told[member] = value if place == "body" else _typed(value, shape)
    for place, source in sources.items():
        for name in source:
            if (place, name) not in seen:
                raise WrongShape(f"{operation.name} has no member {name!r} in its {place}")
    return told


def must_fit(value: Any, shape: Shape, *, answer: bool = False) -> None:
    """Members, types, lengths (botocore's own validator); and enums and patterns, which it leaves to the service.

    An answer may name the service's own tags, which nobody else may set.
    """
    report = ParamValidator().validate(value, shape)
    if report.has_errors():
        raise WrongShape(f"{shape.name}: {report.generate_report()}")
    for told in _strays(value, shape, answer):
        raise WrongShape(told)


@cache
def _ways() -> list[tuple[str, str, re.Pattern[str]]]:
    """Every operation by method and address. No address is two operations'; a test would tell."""
    found = []
    for name in model().operation_names:
        http = model().operation_model(name).http
        parts = http["requestUri"].rstrip("/").split("/")
        found.append((http["method"], name, re.compile("/".join(map(_part, parts)) + "/?")))
    return found


def _part(part: str) -> str:
    return f"(?P<{part[1:-1]}>[^/]+)" if _LABEL.fullmatch(part) else re.escape(part)


def _typed(value: str, shape: Shape) -> Any:
    """What an address can only say in letters. What is none of its kind stays as it is, and does not fit."""
    if shape.type_name in ("integer", "long") and re.fullmatch(r"-?\d+", value):
        return int(value)
    if shape.type_name == "boolean" and value in ("true", "false"):
        return value == "true"
    return value


def _strays(value: Any, shape: Shape, answer: bool) -> Iterator[str]:
    match shape:
        case StructureShape():
            for name in value.keys() - shape.members.keys():
                yield f"{shape.name} has no member {name!r}"
            for name in value.keys() & shape.members.keys():
                yield from _strays(value[name], shape.members[name], answer)
        case ListShape():
            yield from _too_many(value, shape, "items")
            for inner in value:
                yield from _strays(inner, shape.member, answer)
        case MapShape():
            yield from _too_many(value, shape, "entries")
            for name, inner in value.items():
                if not (answer and name.startswith("aws:")):
                    yield from _strays(name, shape.key, answer)
                yield from _strays(inner, shape.value, answer)
        case StringShape():
            yield from _wrong_text(value, shape)
        case _:
            most = shape.metadata.get("max")
            if most is not None and value > most:
                yield f"{shape.name}: {value} is more than {most}"


def _too_many(value: Any, shape: Shape, what: str) -> Iterator[str]:
    if len(value) > shape.metadata.get("max", len(value)):
        yield f"{shape.name}: {len(value)} {what} are more than {shape.metadata['max']}"


def _wrong_text(value: str, shape: StringShape) -> Iterator[str]:
    told = "this" if shape.metadata.get("sensitive") else repr(value)  # a password is not repeated
    if shape.enum and value not in shape.enum:
        yield f"{shape.name}: {told} is none of its values"
    pattern = _read(shape.metadata.get("pattern", ""))
    if pattern is not None and pattern.pattern and not pattern.fullmatch(value):
        yield f"{shape.name}: {told} is not like {pattern.pattern}"
    if len(value) > shape.metadata.get("max", len(value)):
        yield f"{shape.name}: {told} is longer than {shape.metadata['max']}"


@cache
def _read(pattern: str) -> re.Pattern[str] | None:
    """The model writes some backslashes twice, and one pattern between slashes. Kinds of letters that have no name in
    Python are read as the nearest one that holds them; what it cannot read at all is not checked."""
    read = pattern.replace("\\\\", "\\")
    if len(read) > 1 and read[0] == read[-1] == "/":
        read = read[1:-1]
    for kind, nearest in _KINDS.items():
        read = read.replace(kind, nearest)
    return None if _UNKNOWN_KIND.search(read) else re.compile(read)
