"""Every action type of the language: what it takes, what it needs, and where it may stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.connect.catalogue import NOT_SIMULATED, RULES, WRONG_NAMES, WRONG_PARAMETERS, Next, next_of
from infra.local.connect.language import Finding, FlowType, read
from infra.local.connect.validator import check, guess
from tests.fakes.flows import SETTINGS, action, document, written
from tests.unit.connect_examples import ANY, EXAMPLES, STEP, TERMINAL, example, place

# The pages of the documentation, as they name the types.
DOCUMENTED = """
CompleteOutboundCall CreateCase CreateTask CreateWisdomSession DequeueContactAndTransferToQueue EndFlowModuleExecution
GetCase InvokeFlowModule ResumeContact StartOutboundChatContact TagContact TransferContactToAgent
TransferContactToQueue UnTagContact UpdateCase UpdateContactAttributes UpdateContactCallbackNumber UpdateContactData
UpdateContactEventHooks UpdateContactMediaProcessing UpdateContactMediaStreamingBehavior
UpdateContactRecordingAndAnalyticsBehavior UpdateContactRecordingBehavior UpdateContactRoutingBehavior
UpdateContactTargetQueue UpdateContactTextToSpeechVoice UpdatePreviousContactParticipantState CheckHoursOfOperation
CheckMetricData CheckOutboundCallStatus CheckVoiceId Compare DistributeByPercentage EndFlowExecution GetMetricData Loop
StartVoiceIdStream TransferToFlow UpdateFlowAttributes UpdateFlowLoggingBehavior UpdateRoutingCriteria Wait
AssociateContactToCustomerProfile CreateCallbackContact CreateCustomerProfile GetCustomerProfile
GetCustomerProfileObject GetCalculatedAttributesForCustomerProfile InvokeLambdaFunction UpdateCustomerProfile
ConnectParticipantWithLexBot DisconnectParticipant GetParticipantInput MessageParticipant
MessageParticipantIteratively ShowView
""".split()
UNDOCUMENTED = "TransferParticipantToThirdParty AuthenticateParticipant LoadContactContent CheckSegmentMembership"
MISNAMED = {"UnTagContact": "UntagContact", "UpdateRoutingCriteria": "UpdateContactRoutingCriteria"}

FRONT = {"CONTACT_FLOW", "AGENT_TRANSFER", "QUEUE_TRANSFER"}
WHISPERS = {"AGENT_WHISPER", "CUSTOMER_WHISPER", "OUTBOUND_WHISPER"}
HOLDS = {"CUSTOMER_HOLD", "AGENT_HOLD"}
QUEUE = {"CUSTOMER_QUEUE"}
PLACES = {
    "MessageParticipant": FRONT | QUEUE | WHISPERS,
    "MessageParticipantIteratively": QUEUE | HOLDS,
    "GetParticipantInput": FRONT | QUEUE,
    "TransferContactToQueue": FRONT,
    "DequeueContactAndTransferToQueue": QUEUE,
    "UpdateContactTargetQueue": FRONT | QUEUE,
    "UpdateContactRoutingBehavior": {"CONTACT_FLOW"},
    "UpdateContactRoutingCriteria": FRONT | QUEUE,
    "UpdateContactCallbackNumber": FRONT | QUEUE,
    "CreateCallbackContact": FRONT | QUEUE,
    "DistributeByPercentage": FRONT | QUEUE,
    "CheckHoursOfOperation": FRONT | QUEUE,
    "CheckMetricData": FRONT | QUEUE,
    "TransferToFlow": FRONT,
    "TransferParticipantToThirdParty": FRONT,
    "CompleteOutboundCall": {"OUTBOUND_WHISPER"},
    "InvokeFlowModule": {"CONTACT_FLOW"},
    "EndFlowModuleExecution": set(),
    "EndFlowExecution": QUEUE | WHISPERS,
    "DisconnectParticipant": FRONT | QUEUE,
    "TransferContactToAgent": {"AGENT_TRANSFER", "QUEUE_TRANSFER"},
    "UpdateContactMediaStreamingBehavior": FRONT | QUEUE | WHISPERS,
}
MIRRORS = {
    "TransferContactToQueue", "TransferToFlow", "DequeueContactAndTransferToQueue", "CheckHoursOfOperation",
    "CheckMetricData", "Wait", "Compare", "DistributeByPercentage", "Loop",
}  # fmt: skip


def found(tried: dict[str, Any], where: FlowType) -> list[Finding]:
    flow = document([tried], where)
    return [one for one in check(read(written(flow), name="tried.json", type=where)) if one.action in ("tried", "")]


def rules(tried: dict[str, Any], where: FlowType) -> set[str]:
    findings = found(tried, where)
    assert all(one.says and one.fix for one in findings)
    return {one.rule for one in findings}


def test_every_type_of_the_documentation_has_a_rule_and_an_example() -> None:
    assert len(DOCUMENTED) == 56
    assert {MISNAMED.get(name, name) for name in DOCUMENTED} | set(UNDOCUMENTED.split()) == RULES.keys()
    assert EXAMPLES.keys() == RULES.keys()
    assert not RULES.keys() & NOT_SIMULATED
    assert not WRONG_NAMES.keys() & (RULES.keys() | NOT_SIMULATED)


@pytest.mark.parametrize("type", sorted(EXAMPLES))
def test_a_whole_action_is_let_pass(type: str) -> None:
    assert found(example(type), place(type)) == []


def _without() -> Iterator[tuple[str, str, str]]:
    for type, (parameters, errors, _) in EXAMPLES.items():
        rule = RULES[type]
        yield from ((type, "Parameters", name) for name in parameters if name in rule.required)
        yield from ((type, "Errors", error) for error in errors if error in rule.errors)


@pytest.mark.parametrize(("type", "part", "name"), list(_without()))
def test_what_a_type_needs_is_missed(type: str, part: str, name: str) -> None:
    tried = example(type)
    if part == "Parameters":
        del tried["Parameters"][name]
        assert "missing-parameter" in rules(tried, place(type))
    else:
        ways = tried["Transitions"]
        ways["Errors"] = [way for way in ways["Errors"] if way["ErrorType"] != name]
        assert "missing-branch" in rules(tried, place(type))


@pytest.mark.parametrize("type", sorted(EXAMPLES))
def test_what_a_type_does_not_know_is_refused_unless_it_is_not_documented(type: str) -> None:
    tried = example(type)
    tried["Parameters"]["Sung"] = "True"
    assert ("unknown-parameter" in rules(tried, place(type))) is not RULES[type].open
    if type not in TERMINAL:
        tried["Transitions"].setdefault("Errors", []).append({"ErrorType": "OutOfTune", "NextAction": "end"})
        assert ("unknown-branch" in rules(tried, place(type))) is not RULES[type].open


@pytest.mark.parametrize("type", sorted(EXAMPLES))
def test_an_action_stands_only_where_connect_takes_it(type: str) -> None:
    allowed = {where.value for where in FlowType if "flow-type" not in rules(example(type), where)}
    plain = allowed - {"CAMPAIGN", "MODULE"}
    everywhere = {where.value for where in FlowType} - {"CAMPAIGN", "MODULE"}
    if type in PLACES:
        assert plain == PLACES[type]
    elif type in ("ConnectParticipantWithLexBot",):
        assert plain == FRONT | QUEUE
    elif type == "UpdatePreviousContactParticipantState":
        assert plain == FRONT
    elif type in ("CheckVoiceId", "StartVoiceIdStream"):
        assert plain == everywhere - HOLDS
    else:
        assert plain == everywhere
    assert ("MODULE" in allowed) is ("CONTACT_FLOW" in allowed or type == "EndFlowModuleExecution")


def test_the_meaning_of_next_action_is_that_of_exports() -> None:
    forbidden = {type for type in RULES if next_of(type, {}) is Next.FORBIDDEN}
    assert forbidden == TERMINAL
    assert all(next_of(type, {}) is Next.MIRROR for type in MIRRORS)
    assert next_of("GetParticipantInput", {"StoreInput": "False"}) is Next.MIRROR
    assert next_of("GetParticipantInput", {"StoreInput": "True"}) is Next.SUCCESS
    assert next_of("TransferParticipantToThirdParty", {"ContinueFlowExecution": "False"}) is Next.MIRROR
    assert next_of("TransferParticipantToThirdParty", {"ContinueFlowExecution": "true"}) is Next.SUCCESS
    assert next_of("InvokeLambdaFunction", {}) is Next.SUCCESS


@pytest.mark.parametrize(("wrong", "right"), sorted(WRONG_NAMES.items()))
def test_a_wrong_name_is_refused_with_the_right_one(wrong: str, right: str) -> None:
    (finding,) = [one for one in found(action("tried", wrong), FlowType.INBOUND) if one.rule == "unknown-type"]
    assert finding.fix == f"use {right}"


def test_a_misspelt_name_is_refused_with_the_nearest() -> None:
    (finding,) = found(action("tried", "MesageParticipant"), FlowType.INBOUND)
    assert finding.fix == "use MessageParticipant"


@pytest.mark.parametrize(
    ("type", "name", "fix"), [(type, name, fix) for type, all in WRONG_PARAMETERS.items() for name, fix in all.items()]
)
def test_a_wrong_parameter_is_refused_with_the_right_one(type: str, name: str, fix: str) -> None:
    tried = example(type)
    tried["Parameters"][name] = "7"
    assert fix in {one.fix for one in found(tried, place(type)) if one.rule == "unknown-parameter"}


@pytest.mark.parametrize("type", sorted(NOT_SIMULATED))
def test_a_type_without_published_rules_is_refused_by_its_own_name(type: str) -> None:
    assert rules(action("tried", type), FlowType.INBOUND) == {"unsupported-type"}


def test_module_content_needs_settings_and_returns_by_a_branch_that_they_declare() -> None:
    flow = document([example("EndFlowModuleExecution")], FlowType.MODULE)
    text = written({**flow, "Settings": {"Transitions": [{"ReferenceName": "Other"}]}})
    assert {one.rule for one in check(read(text, name="m", type=FlowType.MODULE))} == {"unknown-branch"}
    del flow["Settings"]
    assert "settings" in {one.rule for one in check(read(written(flow), name="m", type=FlowType.MODULE))}
    assert guess(written({**flow, "Settings": SETTINGS}), "x.json") is FlowType.MODULE


def _ways(*conditions: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"NextAction": "end", "Condition": {"Operator": o, "Operands": [v]}} for o, v in conditions]


# Type, parameters that are set, conditions in place of its own, the rule that finds it.
DETAILS: list[tuple[str, dict[str, Any], list[dict[str, Any]] | None, str]] = [
    ("TagContact", {}, _ways(("Equals", "x")), "unknown-branch"),
    ("InvokeFlowModule", {}, _ways(("TextContains", "x")), "unknown-branch"),
    ("GetMetricData", {"AgentId": "a"}, None, "parameter"),
    ("CreateTask", {"ScheduledTime": "2026-11-22"}, None, "parameter"),
    ("MessageParticipantIteratively", {"Messages": [{"Text": ""}]}, None, "empty-text"),
    ("UpdateContactData", {"LanguageCode": None}, None, "empty-text"),
    ("DistributeByPercentage", {}, [], "missing-branch"),
    ("CheckMetricData", {}, [], "missing-branch"),
    ("Wait", {"Events": []}, None, "unknown-branch"),
    ("Wait", {"Events": "CustomerReturned"}, None, "parameter"),
    ("UntagContact", {"TagKeys": []}, None, "parameter"),
    ("UntagContact", {"TagKeys": ["aws:x"]}, None, "parameter"),
    ("UpdateFlowAttributes", {"FlowAttributes": {}}, None, "parameter"),
    ("UpdateFlowAttributes", {"FlowAttributes": {"a.b": {"Value": "1"}}}, None, "parameter"),
    ("UpdateFlowAttributes", {"FlowAttributes": {"a": "1"}}, None, "parameter"),
    ("CreateCase", {"LinkContactToCase": "true"}, None, "missing-branch"),
    ("UpdateContactMediaStreamingBehavior", {"Participants": []}, None, "parameter"),
    ("UpdateContactMediaStreamingBehavior", {"Participants": [{"ParticipantType": "Agent"}]}, None, "parameter"),
    ("UpdateContactRoutingCriteria", {"RoutingCriteria": {"Steps": []}}, None, "parameter"),
    ("UpdateContactRoutingCriteria", {"RoutingCriteria": {"Steps": [{}]}}, None, "parameter"),
    (
        "UpdateContactRoutingCriteria",
        {"RoutingCriteria": {"Steps": [{**STEP, "Expiry": {"DurationInSeconds": "0"}}]}},
        None,
        "parameter",
    ),
    ("ConnectParticipantWithLexBot", {"Text": "x" * 6_001}, None, "parameter"),
    ("GetParticipantInput", {"Text": "x" * 6_001}, None, "parameter"),
    ("GetParticipantInput", {"InputEncryption": {}}, None, "unknown-parameter"),
    ("GetParticipantInput", {"InputTimeLimitSeconds": "0"}, None, "parameter"),
]
PHONE = {"Text": "Key it", "InputTimeLimitSeconds": "5", "StoreInput": "True"}


@pytest.mark.parametrize(("type", "parameters", "conditions", "rule"), DETAILS)
def test_a_detail_is_checked(
    type: str, parameters: dict[str, Any], conditions: list[dict[str, Any]] | None, rule: str
) -> None:
    tried = example(type)
    tried["Parameters"].update(parameters)
    if conditions is not None:
        tried["Transitions"]["Conditions"] = conditions
    assert rules(tried, place(type)) == {rule}


def test_data_that_sets_nothing_a_task_without_a_flow_and_intents_without_a_default_are_refused() -> None:
    data, task = example("UpdateContactData"), example("CreateTask")
    data["Parameters"] = {"TargetContact": "Current"}
    del task["Parameters"]["ContactFlowId"]
    assert rules(data, FlowType.INBOUND) == rules(task, FlowType.INBOUND) == {"missing-parameter"}
    for type in ("InvokeFlowModule", "ConnectParticipantWithLexBot"):
        tried = example(type)
        tried["Transitions"]["Errors"] = [{"ErrorType": ANY, "NextAction": "end"}]
        assert rules(tried, FlowType.INBOUND) == {"missing-branch"}


@pytest.mark.parametrize(
    ("number", "errors", "expected"),
    [
        ({"NumberFormat": "Local", "CountryCode": "US"}, (ANY, "InvalidPhoneNumber"), set()),
        ({"NumberFormat": "E164"}, (ANY, "InvalidPhoneNumber"), set()),
        ({"NumberFormat": "Local"}, (ANY, "InvalidPhoneNumber"), {"missing-parameter"}),
        ({"NumberFormat": "Any"}, (ANY, "InvalidPhoneNumber"), {"parameter"}),
        ({"NumberFormat": "E164"}, (ANY,), {"missing-branch"}),
    ],
)
def test_a_keyed_phone_number(number: dict[str, str], errors: tuple[str, ...], expected: set[str]) -> None:
    tried = action(
        "tried", "GetParticipantInput", {**PHONE, "InputValidation": {"PhoneNumberValidation": number}}, errors
    )
    assert rules(tried, FlowType.INBOUND) == expected
    tried["Parameters"]["InputEncryption"] = {"EncryptionKeyId": "i", "Key": "k"}
    assert rules(tried, FlowType.INBOUND) == expected | {"unknown-parameter"}


def test_keyed_digits_are_no_phone_number_and_no_menu() -> None:
    digits = {**PHONE, "InputValidation": {"CustomValidation": {"MaximumLength": "4"}}}
    assert rules(action("tried", "GetParticipantInput", digits, [ANY]), FlowType.INBOUND) == set()
    strange = action("tried", "GetParticipantInput", digits, [ANY, "InvalidPhoneNumber"])
    assert rules(strange, FlowType.INBOUND) == {"unknown-branch"}
    asked = action("tried", "GetParticipantInput", digits, [ANY], [("Equals", "1")])
    assert rules(asked, FlowType.INBOUND) == {"unknown-branch"}
    menu = example("GetParticipantInput")
    menu["Transitions"]["Errors"].append({"ErrorType": "InvalidPhoneNumber", "NextAction": "end"})
    assert rules(menu, FlowType.INBOUND) == {"unknown-branch"}


def test_a_name_of_51_characters_and_a_branch_declared_twice_are_refused() -> None:
    long = action("x" * 51, "ResumeContact", {}, [ANY])
    flow = read(written(document([long], FlowType.INBOUND)), name="l", type=FlowType.INBOUND)
    assert {one.rule for one in check(flow)} == {"identifier"}
    twice = {
        **document([example("ResumeContact")], FlowType.MODULE),
        "Settings": {"Transitions": SETTINGS["Transitions"] * 2},
    }
    module = read(written(twice), name="m", type=FlowType.MODULE)
    assert {one.rule for one in check(module)} == {"settings"}
