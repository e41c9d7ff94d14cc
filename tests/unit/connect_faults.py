"""Faults for good flows, ours and published ones: what is wrong, the change, and the rule that finds it."""

from __future__ import annotations

import copy

from tests.fakes.faults import (
    Change,
    Doc,
    appended,
    before,
    branched,
    chained,
    compared,
    first,
    given,
    gone,
    led,
    renamed,
    unbranched,
    uncompared,
)
from tests.fakes.flows import action

ANY = "NoMatchingError"
INBOUND, QUEUE = "inbound.json", "customer_queue.json"


def by_name(flow: Doc) -> None:
    given("CheckMetricData", MetricType="NumberOfContactsInQueue")(flow)
    compared("CheckMetricData", Operator="TextContains", Operands=["a"])(flow)


def same_key(flow: Doc) -> None:
    conditions = first(flow, "GetParticipantInput")["Transitions"]["Conditions"]
    conditions.append(conditions[0])


def early_dequeue(flow: Doc) -> None:
    """The first action goes to the dequeue at once, past the loop of prompts."""
    start = next(one for one in flow["Actions"] if one["Identifier"] == flow["StartAction"])
    start["Transitions"]["NextAction"] = first(flow, "DequeueContactAndTransferToQueue")["Identifier"]


def third(continues: str, *errors: str) -> Doc:
    parameters = {
        "ThirdPartyPhoneNumber": "+15550100",
        "ThirdPartyConnectionTimeLimitSeconds": "30",
        "ContinueFlowExecution": continues,
    }
    return action("dial", "TransferParticipantToThirdParty", parameters, errors, to="arrive")


LARGE = {f"k{n}": "x" * 1_000 for n in range(33)}
SEVEN = {str(n): "y" for n in range(7)}
MESSAGE = "MessageParticipant"
LAMBDA = "InvokeLambdaFunction"

BAD_NUMBER = action(
    "number",
    "UpdateContactCallbackNumber",
    {"CallbackNumber": "+15550100"},
    ["InvalidCallbackNumber", "CallbackNumberNotDialable"],
    to="arrive",
)

# What is wrong, the flow, the change, the rule that finds it.
OURS: list[tuple[str, str, Change, str]] = [
    ("a queue transfer that goes on by NextAction", INBOUND, led("TransferContactToQueue", "arrive"), "mirror"),
    ("a queue named at the transfer", INBOUND, given("TransferContactToQueue", QueueId="q"), "unknown-parameter"),
    (
        "a transfer that forgets a full queue",
        INBOUND,
        unbranched("TransferContactToQueue", "QueueAtCapacity"),
        "missing-branch",
    ),
    (
        "a queue and an agent at once",
        INBOUND,
        given("UpdateContactTargetQueue", QueueId="q", AgentId="a"),
        "missing-parameter",
    ),
    ("a Lambda of nine seconds", INBOUND, given(LAMBDA, InvocationTimeLimitSeconds="9"), "parameter"),
    (
        "a Lambda whose limit is a reference",
        INBOUND,
        given(LAMBDA, InvocationTimeLimitSeconds="$.External.s"),
        "static",
    ),
    (
        "a Lambda that runs out of band for too long",
        INBOUND,
        given(LAMBDA, InvocationType="ASYNCHRONOUS", InvocationTimeLimitSeconds="61"),
        "parameter",
    ),
    ("a Lambda called in no known way", INBOUND, given(LAMBDA, InvocationType="LATER"), "parameter"),
    (
        "an answer that is neither a map nor JSON",
        INBOUND,
        given(LAMBDA, ResponseValidation={"ResponseType": "XML"}),
        "parameter",
    ),
    ("a literal compared", INBOUND, given("Compare", ComparisonValue="menu"), "reference"),
    ("a whole namespace compared", INBOUND, given("Compare", ComparisonValue="$.External"), "reference"),
    (
        "nothing to compare with",
        INBOUND,
        lambda flow: first(flow, "Compare")["Transitions"].update(Conditions=[]),
        "missing-branch",
    ),
    ("an operator that is none", INBOUND, compared("Compare", Operator="IsLike"), "operator"),
    ("two operands", INBOUND, compared("Compare", Operands=["a", "b"]), "operand"),
    ("an empty operand", INBOUND, compared("Compare", Operands=[""]), "empty-text"),
    ("seven tags", INBOUND, given("TagContact", Tags=SEVEN), "parameter"),
    ("a tag of AWS's own", INBOUND, given("TagContact", Tags={"aws:x": "y"}), "parameter"),
    ("a tag as long as a page", INBOUND, given("TagContact", Tags={"x": "y" * 257}), "parameter"),
    ("no tag at all", INBOUND, given("TagContact", Tags={}), "parameter"),
    ("attributes of 33 KB", INBOUND, given("UpdateContactAttributes", Attributes=LARGE), "too-large"),
    ("no attribute at all", INBOUND, given("UpdateContactAttributes", Attributes={}), "parameter"),
    ("attributes of a third contact", INBOUND, given("UpdateContactAttributes", TargetContact="Other"), "parameter"),
    ("a prompt of 6001 characters", INBOUND, given(MESSAGE, Text="x" * 6_001), "parameter"),
    ("two prompts in one action", INBOUND, given(MESSAGE, SSML="<speak>x</speak>"), "missing-parameter"),
    ("no prompt", INBOUND, gone(MESSAGE, "Text"), "missing-parameter"),
    ("input that waits 181 seconds", INBOUND, given("GetParticipantInput", InputTimeLimitSeconds="181"), "parameter"),
    (
        "stored input that stores nothing known",
        INBOUND,
        gone("GetParticipantInput", "InputValidation"),
        "missing-parameter",
    ),
    (
        "stored input of no length",
        INBOUND,
        given("GetParticipantInput", InputValidation={"CustomValidation": {}}),
        "parameter",
    ),
    (
        "stored input that times out",
        INBOUND,
        branched("GetParticipantInput", "InputTimeLimitExceeded"),
        "unknown-branch",
    ),
    (
        "a secret without its key",
        INBOUND,
        given("GetParticipantInput", InputEncryption={"Key": "k"}),
        "missing-parameter",
    ),
    (
        "a pause of 21 seconds between two keys",
        INBOUND,
        given("GetParticipantInput", DTMFConfiguration={"InterdigitTimeLimitSeconds": "21"}),
        "parameter",
    ),
    (
        "a letter that ends the input",
        INBOUND,
        given("GetParticipantInput", DTMFConfiguration={"InputTerminationSequence": "A"}),
        "parameter",
    ),
    (
        "two hooks in one action",
        INBOUND,
        given("UpdateContactEventHooks", EventHooks={"AgentHold": "a", "CustomerHold": "b"}),
        "parameter",
    ),
    ("a hook that is none", INBOUND, given("UpdateContactEventHooks", EventHooks={"CustomerBored": "a"}), "parameter"),
    ("a chain that adds up wrongly", INBOUND, chained("50", "30"), "percentage"),
    ("a share of nothing", INBOUND, chained("1"), "percentage"),
    ("a share beyond the whole", INBOUND, chained("101"), "percentage"),
    ("a share that is no number", INBOUND, chained("half"), "percentage"),
    ("a callback number written down", INBOUND, before(BAD_NUMBER), "reference"),
    (
        "a loop of 101",
        INBOUND,
        before(
            action(
                "round",
                "Loop",
                {"LoopCount": "101"},
                (),
                [("Equals", "ContinueLooping"), ("Equals", "DoneLooping")],
                to="arrive",
            )
        ),
        "parameter",
    ),
    (
        "a loop that is never done",
        INBOUND,
        before(action("round", "Loop", {"LoopCount": "1"}, (), [("Equals", "ContinueLooping")], to="arrive")),
        "missing-branch",
    ),
    (
        "a wait longer than a week",
        INBOUND,
        before(
            action("rest", "Wait", {"TimeLimitSeconds": "604801"}, [ANY], [("Equals", "WaitCompleted")], to="arrive")
        ),
        "parameter",
    ),
    ("a transfer to outside that forgets its errors", INBOUND, before(third("True", ANY)), "missing-branch"),
    (
        "a transfer to outside that takes errors it never has",
        INBOUND,
        before(third("False", ANY, "CallFailed")),
        "unknown-branch",
    ),
    ("a queue flow that moves on before its loop", QUEUE, early_dequeue, "order"),
    (
        "a loop that stops for nobody",
        QUEUE,
        lambda flow: first(flow, "MessageParticipantIteratively")["Transitions"].update(Conditions=[]),
        "missing-branch",
    ),
    (
        "a message with two prompts",
        QUEUE,
        given("MessageParticipantIteratively", Messages=[{"Text": "a", "SSML": "b"}]),
        "parameter",
    ),
    (
        "audio from nowhere",
        QUEUE,
        given("MessageParticipantIteratively", Messages=[{"Media": {"Uri": "s3://x"}}]),
        "parameter",
    ),
    ("a loop without messages", QUEUE, given("MessageParticipantIteratively", Messages=[]), "parameter"),
    (
        "an inbound transfer in a queue flow",
        QUEUE,
        renamed("DequeueContactAndTransferToQueue", "TransferContactToQueue"),
        "flow-type",
    ),
    (
        "a conversation that a hold flow hangs up",
        "customer_hold.json",
        before(action("bye", "DisconnectParticipant", ends=True)),
        "flow-type",
    ),
    (
        "an outbound call from a whisper to the agent",
        "agent_whisper.json",
        before(action("out", "CompleteOutboundCall", to="end")),
        "flow-type",
    ),
    (
        "an action that nothing leads to",
        INBOUND,
        appended(action("lost", "DisconnectParticipant", ends=True)),
        "unreachable",
    ),
    (
        "two actions of one name",
        INBOUND,
        lambda flow: flow["Actions"].append(copy.deepcopy(flow["Actions"][0])),
        "duplicate-identifier",
    ),
    ("a way into the void", INBOUND, led(LAMBDA, "nowhere"), "dangling"),
    (
        "a name that JavaScript owns",
        INBOUND,
        lambda flow: flow["Actions"][-1].update(Identifier="__defineGetter__"),
        "identifier",
    ),
    ("a settings object in a flow", INBOUND, lambda flow: flow.update(Settings={}), "settings"),
]

ENGINE = "aws-samples__amazon-connect-rules-engine__RulesEngine"
MENU = "aws-samples__amazon-connect-data-analytics-sample__SimpleInboundFlow.json"
PUBLISHED: list[tuple[str, str, Change, str]] = [
    (
        "hours that are only ever open",
        f"{ENGINE}Queue.json",
        uncompared("CheckHoursOfOperation", "False"),
        "missing-branch",
    ),
    (
        "hours that are half open",
        f"{ENGINE}Queue.json",
        compared("CheckHoursOfOperation", Operands=["Half"]),
        "unknown-branch",
    ),
    ("more than two agents asked for", f"{ENGINE}Queue.json", compared("CheckMetricData", Operands=["2"]), "operand"),
    ("a metric that is none", f"{ENGINE}Queue.json", given("CheckMetricData", MetricType="AgentsAwake"), "parameter"),
    ("a metric by reference", f"{ENGINE}Queue.json", given("CheckMetricData", MetricType="$.External.m"), "static"),
    ("a queue compared by its name", f"{ENGINE}Queue.json", by_name, "operand"),
    (
        "no call back for a bad number",
        f"{ENGINE}Queue.json",
        unbranched("UpdateContactCallbackNumber", "InvalidCallbackNumber"),
        "missing-branch",
    ),
    (
        "a call back after four days",
        f"{ENGINE}Queue.json",
        given("CreateCallbackContact", RetryDelaySeconds="345600"),
        "parameter",
    ),
    (
        "two settings of the rank",
        f"{ENGINE}Queue.json",
        given("UpdateContactRoutingBehavior", QueueTimeAdjustmentSeconds="1"),
        "missing-parameter",
    ),
    ("a rank of zero", f"{ENGINE}Queue.json", given("UpdateContactRoutingBehavior", QueuePriority="0"), "parameter"),
    (
        "a phone number without its error",
        f"{ENGINE}Queue.json",
        unbranched("GetParticipantInput", "InvalidPhoneNumber"),
        "missing-branch",
    ),
    (
        "a wait by the documentation's name",
        f"{ENGINE}Disconnect.json",
        given("Wait", TimeoutSeconds="9"),
        "unknown-parameter",
    ),
    (
        "a wait that ends by no branch",
        f"{ENGINE}Disconnect.json",
        uncompared("Wait", "WaitCompleted"),
        "missing-branch",
    ),
    (
        "a wait for an event without its branch",
        f"{ENGINE}Disconnect.json",
        given("Wait", Events=["CustomerReturned", "BotParticipantDisconnected"]),
        "missing-branch",
    ),
    ("a wait for what never happens", f"{ENGINE}Disconnect.json", given("Wait", Events=["CustomerSang"]), "parameter"),
    (
        "a bot that is not waited for",
        f"{ENGINE}Disconnect.json",
        branched("Wait", "ParticipantNotFound"),
        "unknown-branch",
    ),
    (
        "a transfer to outside without a limit",
        f"{ENGINE}ExternalNumber.json",
        gone("TransferParticipantToThirdParty", "ThirdPartyConnectionTimeLimitSeconds"),
        "missing-parameter",
    ),
    ("a menu by two keys at once", MENU, compared("GetParticipantInput", Operands=["12"]), "unknown-branch"),
    ("a menu without a time-out", MENU, unbranched("GetParticipantInput", "InputTimeLimitExceeded"), "missing-branch"),
    (
        "a menu that checks what it stores",
        MENU,
        given("GetParticipantInput", InputValidation={"CustomValidation": {"MaximumLength": "1"}}),
        "unknown-parameter",
    ),
    ("logging with an error branch", MENU, branched("UpdateFlowLoggingBehavior", ANY), "unknown-branch"),
    ("logging that is half on", MENU, given("UpdateFlowLoggingBehavior", FlowLoggingBehavior="Some"), "parameter"),
    (
        "a recording of nobody known",
        MENU,
        given("UpdateContactRecordingBehavior", RecordingBehavior={"RecordedParticipants": ["Cat"]}),
        "parameter",
    ),
    ("a recording that fails by a branch", MENU, branched("UpdateContactRecordingBehavior", ANY), "unknown-branch"),
    ("the same key twice", MENU, same_key, "duplicate-branch"),
]
