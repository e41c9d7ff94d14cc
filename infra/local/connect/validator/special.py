"""Rules that only one action type has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from infra.local.connect.catalogue import AGENT_METRICS, EVENTS, HOOKS, Bounds, is_true
from infra.local.connect.language import Action, Flow
from infra.local.connect.validator.complaint import Complaint, listed, number
from infra.local.connect.validator.speech import bot, get_input, iterative, speech
from infra.local.connect.values import is_open, is_reference, steps

MOST_TAGS = 6
LONGEST_TAG = (128, 256)  # key, value
MOST_ATTRIBUTE_BYTES = 32 * 1024
_NUMBER_OPERATORS = frozenset({
    "Equals", "NumberGreaterThan", "NumberGreaterOrEqualTo", "NumberLessThan", "NumberLessOrEqualTo"
})  # fmt: skip


def special(action: Action, flow: Flow) -> Iterator[Complaint]:
    if rule := _SPECIAL.get(action.type):
        yield from rule(action)
    if action.type == "EndFlowModuleExecution":
        yield from _result(action, flow)


def _compare(action: Action) -> Iterator[Complaint]:
    value = action.parameters.get("ComparisonValue")
    if not isinstance(value, str) or not is_reference(value):
        yield "reference", "ComparisonValue is no reference", "compare a `$.` reference, never a literal"
    elif steps(value)[-1] in ("External", "Attributes", "FlowAttributes"):
        yield "reference", f"{value} names no single value", "name a leaf"
    if not action.conditions:
        yield "missing-branch", "Compare has no condition", "add one"


def _percentages(action: Action) -> Iterator[Complaint]:
    """A roll from 1 to 100 against a chain: 3 %, 6 % and 8 % are written as less than 4, 10 and 18."""
    if not action.conditions:
        yield "missing-branch", "DistributeByPercentage has no condition", "add one"
    before = 1
    for condition in action.conditions:
        operand = condition.operands[0] if condition.operands else ""
        if condition.operator != "NumberLessThan" or not operand.isdecimal():
            says = f"compares by {condition.operator} {operand!r}"
            yield "percentage", says, "use NumberLessThan and a whole number"
        elif int(operand) > 100:
            yield "percentage", f"compares with {operand}", "leave the rest to NoMatchingCondition: at most 100"
        elif int(operand) <= before:
            yield "percentage", f"less than {operand} can never be reached", f"use more than {before}: one adds up"
        else:
            before = int(operand)


def _metric(action: Action) -> Iterator[Complaint]:
    agents = action.parameters.get("MetricType") in AGENT_METRICS
    if is_reference(str(action.parameters.get("MetricType", ""))):
        yield "static", "MetricType is a reference", "name the metric: Connect wants it static"
    if not action.conditions:
        yield "missing-branch", "CheckMetricData has no condition", "add one"
    for condition in action.conditions:
        operand = condition.operands[0] if condition.operands else ""
        what = f"{condition.operator} {operand!r}"
        if agents and (condition.operator, operand) != ("NumberGreaterThan", "0"):
            yield "operand", f"agents are compared by {what}", 'use NumberGreaterThan "0", the only one allowed'
        elif condition.operator not in _NUMBER_OPERATORS or not (operand.isdecimal() or is_open(operand)):
            yield "operand", f"a figure is compared by {what}", "use Equals or a Number operator on a whole number"


def _wait(action: Action) -> Iterator[Complaint]:
    events = action.parameters.get("Events", [])
    if not isinstance(events, list) or not {str(event) for event in events} <= EVENTS:
        yield "parameter", f"waits for {events!r}", f"list {listed(EVENTS)}"
        return
    given = {operand for condition in action.conditions for operand in condition.operands}
    for missing in sorted({"WaitCompleted", *events} - given):
        yield "missing-branch", f"Wait has no branch for {missing}", "add it"
    for never in sorted((given & EVENTS) - set(events)):
        yield "unknown-branch", f"does not wait for {never}", "list it in Events or take the branch out"
    lost = "ParticipantNotFound" in {error for error, _ in action.errors}
    if lost and "BotParticipantDisconnected" not in events:
        yield "unknown-branch", "only a wait for BotParticipantDisconnected takes ParticipantNotFound", "take it out"


def _lambda(action: Action) -> Iterator[Complaint]:
    asynchronous = action.parameters.get("InvocationType") == "ASYNCHRONOUS"
    limit = action.parameters.get("InvocationTimeLimitSeconds", "")
    yield from number("InvocationTimeLimitSeconds", limit, Bounds(least=1, most=60 if asynchronous else 8))
    response = action.parameters.get("ResponseValidation", {})
    if isinstance(response, Mapping) and response.get("ResponseType", "STRING_MAP") not in ("STRING_MAP", "JSON"):
        yield "parameter", f"ResponseType is {response['ResponseType']!r}", "use STRING_MAP or JSON"


def _hooks(action: Action) -> Iterator[Complaint]:
    hooks = action.parameters.get("EventHooks")
    if not isinstance(hooks, Mapping) or len(hooks) != 1:
        yield "parameter", "EventHooks does not hold exactly one hook", "set each in an action of its own"
    elif strange := hooks.keys() - HOOKS:
        yield "parameter", f"{listed(frozenset(strange))} is no hook", f"use one of {listed(HOOKS)}"


def _tags(action: Action) -> Iterator[Complaint]:
    tags = action.parameters.get("Tags")
    if not isinstance(tags, Mapping) or not tags:
        yield "parameter", "Tags is no object with something in it", "set at least one"
        return
    if len(tags) > MOST_TAGS:
        yield "parameter", f"sets {len(tags)} tags", f"a contact has at most {MOST_TAGS}"
    if any(str(name).startswith("aws:") for name in tags):
        yield "parameter", "sets a tag that begins with aws:", "those belong to AWS"
    for name, value in tags.items():
        if len(name) > LONGEST_TAG[0] or len(str(value)) > LONGEST_TAG[1]:
            yield "parameter", f"the tag {name[:20]!r} is too long", f"at most {LONGEST_TAG[0]} and {LONGEST_TAG[1]}"


def _untag(action: Action) -> Iterator[Complaint]:
    keys = action.parameters.get("TagKeys")
    if not isinstance(keys, list) or not keys:
        yield "parameter", "TagKeys is no list with something in it", "name at least one"
    elif any(str(key).startswith("aws:") for key in keys):
        yield "parameter", "takes off a tag that begins with aws:", "those belong to AWS"


def _attributes(action: Action) -> Iterator[Complaint]:
    yield from _sizes("Attributes", action.parameters.get("Attributes"))


def _flow_attributes(action: Action) -> Iterator[Complaint]:
    attributes = action.parameters.get("FlowAttributes")
    yield from _sizes("FlowAttributes", attributes)
    if isinstance(attributes, Mapping):
        for name, value in attributes.items():
            if "$" in name or "." in name:
                yield "parameter", f"the flow attribute {name!r} holds $ or a dot", "name it without"
            if not isinstance(value, Mapping) or "Value" not in value:
                yield "parameter", f"the flow attribute {name!r} has no Value", 'write {"Value": …}'


def _sizes(name: str, given: Any) -> Iterator[Complaint]:
    """What can be seen now; references may still add to it at run time."""
    if not isinstance(given, Mapping) or not given:
        yield "parameter", f"{name} is no object with something in it", "set at least one"
        return
    if sum(len(str(key).encode()) + len(str(value).encode()) for key, value in given.items()) > MOST_ATTRIBUTE_BYTES:
        yield "too-large", f"{name} hold more than 32 KB", "a contact carries at most 32 KB of them"


def _data(action: Action) -> Iterator[Complaint]:
    if not action.parameters.keys() - {"TargetContact"}:
        yield "missing-parameter", "UpdateContactData sets nothing", "set at least one field"


def _callback_number(action: Action) -> Iterator[Complaint]:
    value = action.parameters.get("CallbackNumber")
    if value is not None and not is_reference(str(value)):
        yield "reference", f"CallbackNumber is {value!r}", "Connect takes one `$.` reference here, never a number"


def _third_party(action: Action) -> Iterator[Complaint]:
    named = {error for error, _ in action.errors}
    more = {"CallFailed", "ConnectionTimeLimitExceeded"}
    if is_true(action.parameters.get("ContinueFlowExecution")):
        for error in sorted(more - named):
            yield "missing-branch", f"a transfer that comes back has no branch for {error}", "add it"
    else:
        for error in sorted(more & named):
            yield "unknown-branch", f"a transfer that does not come back never takes {error}", "take it out"


def _module(action: Action) -> Iterator[Complaint]:
    named = {error for error, _ in action.errors}
    if action.conditions and "NoMatchingCondition" not in named:
        yield "missing-branch", "InvokeFlowModule has conditions and no branch for NoMatchingCondition", "add it"


def _result(action: Action, flow: Flow) -> Iterator[Complaint]:
    result = action.parameters.get("Result")
    if isinstance(result, str) and not is_open(result) and result not in flow.results():
        yield "unknown-branch", f"returns by {result!r}, which Settings does not declare", "declare it in Transitions"


def _case(action: Action) -> Iterator[Complaint]:
    linked = "ContactNotLinked" in {error for error, _ in action.errors}
    if is_true(action.parameters.get("LinkContactToCase")) and not linked:
        yield "missing-branch", f"{action.type} links the contact and has no branch for ContactNotLinked", "add it"


def _streaming(action: Action) -> Iterator[Complaint]:
    participants = action.parameters.get("Participants")
    if not isinstance(participants, list) or not participants:
        yield "parameter", "Participants is no list with something in it", "name the customer"
        return
    for participant in participants:
        given = participant if isinstance(participant, Mapping) else {}
        directions = given.get("MediaDirections")
        ways = {str(way) for way in directions} if isinstance(directions, list) else {""}
        if given.get("ParticipantType") != "Customer" or not ways <= {"From", "To"}:
            yield "parameter", f"streams {participant!r}", "use ParticipantType Customer, MediaDirections From and To"


def _recording(action: Action) -> Iterator[Complaint]:
    behavior = action.parameters.get("RecordingBehavior")
    recorded = behavior.get("RecordedParticipants") if isinstance(behavior, Mapping) else None
    if not isinstance(recorded, list) or not {str(one) for one in recorded} <= {"Agent", "Customer"}:
        yield "parameter", f"records {recorded!r}", "list Agent and Customer, or nobody"


def _criteria(action: Action) -> Iterator[Complaint]:
    criteria = action.parameters.get("RoutingCriteria")
    listed_steps = criteria.get("Steps") if isinstance(criteria, Mapping) else None
    if isinstance(criteria, str) and is_reference(criteria):
        return
    if not isinstance(listed_steps, list) or not listed_steps:
        yield "parameter", "RoutingCriteria has no Steps", "give at least one"
        return
    for step in listed_steps:
        if not isinstance(step, Mapping) or not isinstance(step.get("Expression"), Mapping):
            yield "parameter", "a step has no Expression", "give each one"
            continue
        seconds = (step.get("Expiry") or {}).get("DurationInSeconds")
        if seconds is not None:
            yield from number("DurationInSeconds", seconds, Bounds(least=1, most=604_800, dynamic=True))


def _task(action: Action) -> Iterator[Complaint]:
    if not action.parameters.keys() & {"ContactFlowId", "TaskTemplateId"}:
        yield "missing-parameter", "CreateTask says no flow for the task", "give ContactFlowId or a template"


_SPECIAL: Mapping[str, Callable[[Action], Iterator[Complaint]]] = {
    "Compare": _compare,
    "DistributeByPercentage": _percentages,
    "CheckMetricData": _metric,
    "Wait": _wait,
    "GetParticipantInput": get_input,
    "MessageParticipant": speech,
    "MessageParticipantIteratively": iterative,
    "ConnectParticipantWithLexBot": bot,
    "InvokeLambdaFunction": _lambda,
    "UpdateContactEventHooks": _hooks,
    "TagContact": _tags,
    "UntagContact": _untag,
    "UpdateContactAttributes": _attributes,
    "UpdateFlowAttributes": _flow_attributes,
    "UpdateContactData": _data,
    "UpdateContactCallbackNumber": _callback_number,
    "TransferParticipantToThirdParty": _third_party,
    "InvokeFlowModule": _module,
    "CreateCase": _case,
    "GetCase": _case,
    "UpdateCase": _case,
    "UpdateContactMediaStreamingBehavior": _streaming,
    "UpdateContactRecordingBehavior": _recording,
    "UpdateContactRoutingCriteria": _criteria,
    "CreateTask": _task,
}
