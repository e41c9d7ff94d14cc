"""A flow document (`Version` 2019-10-30) as values.

`read` takes any JSON that has the outline of a flow; `validator.check` says whether Connect would
publish it. Only a flow without findings is run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

VERSION = "2019-10-30"
NO_FLOW = frozenset({"json", "outline"})  # rules whose finding is that a file is no flow: it has no type either
_OUTLINE = 'it needs "Version", "StartAction" and "Actions" with Identifier, Type, Parameters, Transitions'


class FlowType(StrEnum):
    """The names that CreateContactFlow and AWS::Connect::ContactFlow take."""

    INBOUND = "CONTACT_FLOW"
    CUSTOMER_QUEUE = "CUSTOMER_QUEUE"
    CUSTOMER_HOLD = "CUSTOMER_HOLD"
    CUSTOMER_WHISPER = "CUSTOMER_WHISPER"
    AGENT_HOLD = "AGENT_HOLD"
    AGENT_WHISPER = "AGENT_WHISPER"
    OUTBOUND_WHISPER = "OUTBOUND_WHISPER"
    AGENT_TRANSFER = "AGENT_TRANSFER"
    QUEUE_TRANSFER = "QUEUE_TRANSFER"
    CAMPAIGN = "CAMPAIGN"
    MODULE = "MODULE"  # not a type of CreateContactFlow: content of CreateContactFlowModule


@dataclass(frozen=True, slots=True)
class Condition:
    operator: str
    operands: tuple[str, ...]
    target: str


@dataclass(frozen=True, slots=True)
class Action:
    """`target` is `NextAction`; on a transfer that is the error's mirror, not the way of success."""

    identifier: str
    type: str
    parameters: Mapping[str, Any]
    target: str | None
    errors: tuple[tuple[str, str], ...]
    conditions: tuple[Condition, ...]

    def targets(self) -> tuple[str, ...]:
        ways = [self.target] if self.target is not None else []
        return (*ways, *(target for _, target in self.errors), *(condition.target for condition in self.conditions))


@dataclass(frozen=True, slots=True)
class Flow:
    name: str
    type: FlowType
    version: str
    start: str
    actions: tuple[Action, ...]
    settings: Mapping[str, Any] | None = None  # of a module

    @property
    def has_settings(self) -> bool:
        return self.settings is not None

    def results(self) -> tuple[str, ...]:
        """The branches that a module declares for whoever invokes it."""
        ways = (self.settings or {}).get("Transitions") or ()
        return tuple(str(way["ReferenceName"]) for way in ways)

    def action(self, identifier: str) -> Action:
        return next(action for action in self.actions if action.identifier == identifier)


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why Connect would refuse a flow. `rule` is a stable name; `action` is empty for the whole file."""

    flow: str
    rule: str
    says: str
    fix: str
    action: str = ""

    def __str__(self) -> str:
        where = f"{self.flow}: {self.action}" if self.action else self.flow
        return f"{where}: {self.rule}: {self.says}; {self.fix}"


class FlowRefused(Exception):
    """A flow that cannot be published; carries every finding."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


def read(text: str, *, name: str, type: FlowType) -> Flow:
    """The flow in `text`. Raises FlowRefused where it has not even the outline of one."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        says = f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        raise FlowRefused([Finding(name, "json", says, "export the flow again")]) from None
    try:
        return _flow(document, name, type)
    except (KeyError, TypeError, AttributeError, ValueError):
        says = f"no flow of Amazon Connect: {_amiss(document)}"
        raise FlowRefused([Finding(name, "outline", says, _OUTLINE)]) from None


def _amiss(document: Any) -> str:
    """What a document lacks of the outline of a flow, in words of the format."""
    if not isinstance(document, Mapping):
        return "it is no JSON object"
    missing = [name for name in ("Version", "StartAction", "Actions") if name not in document]
    if missing:
        return _are_missing(missing)
    wrong = [name for name in ("Version", "StartAction") if not isinstance(document[name], str)]
    if wrong:
        return f"{wrong[0]} is no text"
    if not isinstance(document["Actions"], list):
        return "Actions is no list"
    for place, raw in enumerate(document["Actions"], 1):
        if told := _amiss_in_action(raw):
            return f"action {place}: {told}"
    return "Settings is not as a module has them"


def _amiss_in_action(raw: Any) -> str:
    if not isinstance(raw, Mapping):
        return "it is no JSON object"
    missing = [name for name in ("Identifier", "Type") if name not in raw]
    if missing:
        return _are_missing(missing)
    try:
        _action(raw)
    except (KeyError, TypeError, AttributeError, ValueError):
        return "its Identifier, Type, Parameters or Transitions are not as Connect writes them"
    return ""


def _are_missing(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"{names[0]} is missing"
    return f"{', '.join(names[:-1])} and {names[-1]} are missing"


def _flow(document: Mapping[str, Any], name: str, type: FlowType) -> Flow:
    return Flow(
        name=name,
        type=type,
        version=_text(document["Version"]),
        start=_text(document["StartAction"]),
        actions=tuple(_action(raw) for raw in document["Actions"]),
        settings=_settings(document["Settings"]) if "Settings" in document else None,
    )


def _settings(raw: Any) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise TypeError("Settings is no object")
    for way in raw.get("Transitions") or ():
        _text(way["ReferenceName"])
    return raw


def _action(raw: Mapping[str, Any]) -> Action:
    ways = raw.get("Transitions") or {}
    return Action(
        identifier=_text(raw["Identifier"]),
        type=_text(raw["Type"]),
        parameters=dict(raw.get("Parameters") or {}),
        target=_text(ways["NextAction"]) if ways.get("NextAction") is not None else None,
        errors=tuple((_text(way["ErrorType"]), _text(way["NextAction"])) for way in ways.get("Errors") or ()),
        conditions=tuple(_condition(way) for way in ways.get("Conditions") or ()),
    )


def _condition(raw: Mapping[str, Any]) -> Condition:
    test = raw["Condition"]
    operands = tuple(str(operand) for operand in test["Operands"])
    return Condition(_text(test["Operator"]), operands, _text(raw["NextAction"]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
