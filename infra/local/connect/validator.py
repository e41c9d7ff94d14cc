"""What Connect would refuse when a flow is published: each finding names the rule, the action and the fix."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from infra.local.connect.catalogue import (
    HOOKS,
    NOT_SIMULATED,
    OPERATORS,
    RULES,
    WRONG_NAMES,
    Next,
    Rule,
    Ways,
)
from infra.local.connect.language import VERSION, Action, Finding, Flow, FlowRefused, FlowType, read
from infra.local.connect.values import is_reference, steps

MOST_ACTIONS = 250
LONGEST_IDENTIFIER = 50
LONGEST_PROMPT = 6_000
MOST_TAGS = 6
_BARRED = re.compile(r"[%:(\\/)=$,;\[\]{}]")
_BARRED_NAMES = frozenset({"__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype"})
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")

_Complaint = tuple[str, str, str]  # rule, says, fix


def load(text: str, *, name: str, type: FlowType) -> Flow:
    """A flow that may be run. Raises FlowRefused with every reason why it may not."""
    flow = read(text, name=name, type=type)
    if findings := check(flow):
        raise FlowRefused(findings)
    return flow


def check(flow: Flow) -> list[Finding]:
    """Everything that is wrong with the flow, the file first, then action by action."""
    found = [Finding(flow.name, *complaint) for complaint in _whole(flow)]
    known = {action.identifier for action in flow.actions}
    for action in flow.actions:
        for complaint in _one(action, flow.type, known):
            rule, says, fix = complaint
            found.append(Finding(flow.name, rule, says, fix, action.identifier))
    return found


def _whole(flow: Flow) -> Iterator[_Complaint]:
    if flow.version != VERSION:
        yield "version", f"is version {flow.version!r}", f"Connect takes {VERSION} only"
    if len(flow.actions) > MOST_ACTIONS:
        yield "too-many-actions", f"has {len(flow.actions)} actions", f"split it: at most {MOST_ACTIONS}"
    if flow.has_settings and flow.type is not FlowType.MODULE:
        yield "settings", "has a Settings object", "only module content carries one"
    counted = Counter(action.identifier for action in flow.actions)
    for twice in sorted(name for name, times in counted.items() if times > 1):
        yield "duplicate-identifier", f"{twice!r} names {counted[twice]} actions", "give each its own"
    if flow.start not in counted:
        yield "dangling", f"StartAction {flow.start!r} is no action", "name one that is there"
        return
    reached = _reached(flow)
    for lost in sorted(counted.keys() - reached):
        yield "unreachable", f"nothing leads to {lost!r}", "lead to it or take it out"


def _reached(flow: Flow) -> set[str]:
    ways = {action.identifier: action.targets() for action in flow.actions}
    reached: set[str] = set()
    front = [flow.start]
    while front:
        here = front.pop()
        if here in reached or here not in ways:
            continue
        reached.add(here)
        front.extend(ways[here])
    return reached


def _one(action: Action, type: FlowType, known: set[str]) -> Iterator[_Complaint]:
    yield from _identifier(action.identifier)
    for target in action.targets():
        if target not in known:
            yield "dangling", f"leads to {target!r}, which is no action", "name one that is there"
    yield from _texts(action.parameters, "")
    rule = RULES.get(action.type)
    if rule is None:
        yield _strange_type(action.type)
        return
    if (rule.only_in and type not in rule.only_in) or type in rule.never_in:
        yield "flow-type", f"{action.type} is not allowed in a {type.value} flow", "move it to a flow that allows it"
    yield from _parameters(action, rule)
    yield from _branches(action, rule)
    if special := _SPECIAL.get(action.type):
        yield from special(action)


def _identifier(identifier: str) -> Iterator[_Complaint]:
    if not identifier or len(identifier) > LONGEST_IDENTIFIER:
        yield "identifier", f"has {len(identifier)} characters", f"use 1 to {LONGEST_IDENTIFIER}"
    if _BARRED.search(identifier) or identifier in _BARRED_NAMES:
        yield "identifier", "holds a character or is a name that Connect bars", "use letters, digits, - and _"


def _strange_type(type: str) -> _Complaint:
    if type in NOT_SIMULATED:
        return "unsupported-type", f"{type} is real, but this simulator does not carry it out", "leave it out here"
    if type in WRONG_NAMES:
        return "unknown-type", f"Connect knows no {type}", f"use {WRONG_NAMES[type]}"
    return "unknown-type", f"Connect knows no {type}", "take a type of the flow language"


def _texts(value: Any, path: str) -> Iterator[_Complaint]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, path)
    elif isinstance(value, str):
        if value == "":
            yield "empty-text", f"{path} is empty", 'Connect takes no empty text; use a word such as "none"'
        if _PLACEHOLDER.search(value):
            yield "placeholder", f"{path} still holds {value!r}", "fill it in when the flow is deployed"
    elif value is None:
        yield "empty-text", f"{path} is null", "leave it out"


def _parameters(action: Action, rule: Rule) -> Iterator[_Complaint]:
    given = set(action.parameters)
    for name in sorted(rule.required - given):
        yield "missing-parameter", f"{action.type} needs {name}", "add it"
    for name in sorted(given - rule.parameters()):
        yield "unknown-parameter", f"{action.type} has no {name}", "take it out"
    if rule.one_of and len(given & rule.one_of) != 1:
        names = ", ".join(sorted(rule.one_of))
        yield "missing-parameter", f"{action.type} needs exactly one of {names}", "give one"


def _branches(action: Action, rule: Rule) -> Iterator[_Complaint]:
    if rule.next is Next.FORBIDDEN:
        if action.targets():
            yield "terminal", f"{action.type} ends the flow", "leave its Transitions empty"
        return
    if action.target is None and rule.next is not Next.OPTIONAL:
        yield "missing-next", f"{action.type} has no NextAction", "Connect asks for one on every action that goes on"
    named = [error for error, _ in action.errors]
    for error in sorted(rule.errors - set(named)):
        yield "missing-branch", f"{action.type} has no branch for {error}", "add it"
    for error in sorted(set(named) - rule.errors - rule.tolerated):
        yield "unknown-branch", f"{action.type} never takes {error}", "take it out"
    for error, times in Counter(named).items():
        if times > 1:
            yield "duplicate-branch", f"{error} leads to {times} places", "keep one"
    yield from _conditions(action, rule)


def _conditions(action: Action, rule: Rule) -> Iterator[_Complaint]:
    if rule.ways is Ways.NONE and action.conditions:
        yield "unknown-branch", f"{action.type} has no conditions", "take them out"
        return
    for condition in action.conditions:
        if condition.operator not in OPERATORS:
            yield "operator", f"{condition.operator} is no operator", f"use one of {', '.join(sorted(OPERATORS))}"
        if len(condition.operands) != 1:
            yield "operand", f"a condition has {len(condition.operands)} operands", "give exactly one"
        elif condition.operands[0] == "":
            yield "empty-text", "an operand is empty", 'use a word such as "none"'
        elif rule.ways is Ways.NAMED and (condition.operator != "Equals" or condition.operands[0] not in rule.cases):
            what = f"{condition.operator} {condition.operands[0]!r}"
            yield "unknown-branch", f"{action.type} never answers {what}", f"use {', '.join(sorted(rule.cases))}"
    if rule.all_cases:
        given = {operand for condition in action.conditions for operand in condition.operands}
        for case in sorted(rule.cases - given):
            yield "missing-branch", f"{action.type} has no branch for {case}", "add it"


def _compare(action: Action) -> Iterator[_Complaint]:
    value = action.parameters.get("ComparisonValue")
    if not isinstance(value, str) or not is_reference(value):
        yield "reference", "ComparisonValue is no reference", "compare a `$.` reference, never a literal"
    elif steps(value)[-1] in ("External", "Attributes", "FlowAttributes"):
        yield "reference", f"{value} names no single value", "name a leaf"
    if not action.conditions:
        yield "missing-branch", "Compare has no condition", "add one"


def _input(action: Action) -> Iterator[_Complaint]:
    seconds = action.parameters.get("InputTimeLimitSeconds", "")
    yield from _number("InputTimeLimitSeconds", seconds, 1, 180)
    named = {error for error, _ in action.errors}
    store = str(action.parameters.get("StoreInput", "")).lower()
    if store not in ("true", "false"):
        yield "parameter", f"StoreInput is {store!r}", 'use "True" or "False"'
    elif store == "false":
        for error in sorted({"NoMatchingCondition", "InputTimeLimitExceeded"} - named):
            yield "missing-branch", f"a menu has no branch for {error}", "add it"
        if "InputValidation" in action.parameters:
            yield "unknown-parameter", "a menu has no InputValidation", 'use StoreInput "True" to store what is keyed'
    else:
        yield from _stored_input(action, named)


def _stored_input(action: Action, named: set[str]) -> Iterator[_Complaint]:
    for error in sorted(named & {"NoMatchingCondition", "InputTimeLimitExceeded"}):
        yield "unknown-branch", f"stored input never takes {error}", "take it out"
    if action.conditions:
        yield "unknown-branch", "stored input has no conditions", "compare $.StoredCustomerInput after it"
    rules = action.parameters.get("InputValidation")
    if not isinstance(rules, Mapping) or len(rules.keys() & {"CustomValidation", "PhoneNumberValidation"}) != 1:
        yield (
            "missing-parameter",
            "stored input has no InputValidation",
            "add CustomValidation or PhoneNumberValidation",
        )
    elif "PhoneNumberValidation" in rules and "InvalidPhoneNumber" not in named:
        yield "missing-branch", "a phone number has no branch for InvalidPhoneNumber", "add it"
    elif "CustomValidation" in rules and "InvalidPhoneNumber" in named:
        yield "unknown-branch", "only a phone number takes InvalidPhoneNumber", "take it out"


def _lambda(action: Action) -> Iterator[_Complaint]:
    kind = action.parameters.get("InvocationType", "SYNCHRONOUS")
    if kind not in ("SYNCHRONOUS", "ASYNCHRONOUS"):
        yield "parameter", f"InvocationType is {kind!r}", "use SYNCHRONOUS or ASYNCHRONOUS"
    if kind == "ASYNCHRONOUS":
        yield "unsupported-type", "this simulator invokes synchronously only", "leave it out here"
    yield from _number("InvocationTimeLimitSeconds", action.parameters.get("InvocationTimeLimitSeconds", ""), 1, 8)
    response = action.parameters.get("ResponseValidation", {})
    if isinstance(response, Mapping) and response.get("ResponseType", "STRING_MAP") not in ("STRING_MAP", "JSON"):
        yield "parameter", f"ResponseType is {response['ResponseType']!r}", "use STRING_MAP or JSON"


def _hooks(action: Action) -> Iterator[_Complaint]:
    hooks = action.parameters.get("EventHooks")
    if not isinstance(hooks, Mapping) or len(hooks) != 1:
        yield "parameter", "EventHooks does not hold exactly one hook", "set each in an action of its own"
    elif strange := hooks.keys() - HOOKS:
        yield "parameter", f"{', '.join(strange)} is no hook", f"use one of {', '.join(sorted(HOOKS))}"


def _tags(action: Action) -> Iterator[_Complaint]:
    tags = action.parameters.get("Tags")
    if isinstance(tags, Mapping):
        if len(tags) > MOST_TAGS:
            yield "parameter", f"sets {len(tags)} tags", f"a contact has at most {MOST_TAGS}"
        if any(str(name).startswith("aws:") for name in tags):
            yield "parameter", "sets a tag that begins with aws:", "those belong to AWS"


def _loop(action: Action) -> Iterator[_Complaint]:
    yield from _number("LoopCount", action.parameters.get("LoopCount", ""), 0, 100)


def _wait(action: Action) -> Iterator[_Complaint]:
    yield from _number("TimeLimitSeconds", action.parameters.get("TimeLimitSeconds", ""), 1, 604_800)


def _speech(action: Action) -> Iterator[_Complaint]:
    for name in ("Text", "SSML"):
        text = action.parameters.get(name)
        if isinstance(text, str) and len(text) > LONGEST_PROMPT:
            yield "parameter", f"{name} has {len(text)} characters", f"say at most {LONGEST_PROMPT}"


def _iterative(action: Action) -> Iterator[_Complaint]:
    messages = action.parameters.get("Messages")
    if not isinstance(messages, list) or not messages:
        yield "parameter", "Messages is no list with something in it", "give at least one message"
    interrupted = "InterruptFrequencySeconds" in action.parameters
    if interrupted:
        yield from _number("InterruptFrequencySeconds", action.parameters["InterruptFrequencySeconds"], 1, 600)
    if bool(action.conditions) != interrupted:
        fix = "give both InterruptFrequencySeconds and its branch MessagesInterrupted, or neither"
        yield "missing-branch", "only one half of an interruption is there", fix


def _number(name: str, value: Any, least: int, most: int) -> Iterator[_Complaint]:
    text = str(value)
    if is_reference(text):
        return
    if not text.isdecimal() or not least <= int(text) <= most:
        yield "parameter", f"{name} is {text!r}", f"use {least} to {most}"


_SPECIAL = {
    "Compare": _compare,
    "GetParticipantInput": _input,
    "InvokeLambdaFunction": _lambda,
    "UpdateContactEventHooks": _hooks,
    "TagContact": _tags,
    "Loop": _loop,
    "Wait": _wait,
    "MessageParticipant": _speech,
    "MessageParticipantIteratively": _iterative,
}
