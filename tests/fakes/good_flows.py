"""Small flows without a fault, one of each kind that matters; faults are planted into copies of them."""

from __future__ import annotations

from typing import Any

from infra.local.connect.language import VERSION, FlowType
from tests.fakes.flows import SETTINGS, action

Doc = dict[str, Any]
ANY, NONE, FULL, LATE = "NoMatchingError", "NoMatchingCondition", "QueueAtCapacity", "InputTimeLimitExceeded"
_LAMBDA = {
    "LambdaFunctionARN": "arn:aws:lambda:function",
    "InvocationTimeLimitSeconds": "8",
    "InvocationType": "SYNCHRONOUS",
    "LambdaInvocationAttributes": {"step": "number"},
    "ResponseValidation": {"ResponseType": "STRING_MAP"},
}
_DIGITS = {"CustomValidation": {"MaximumLength": "4"}}
_KEYS = {"InputTerminationSequence": "#", "DisableCancelKey": "False", "InterdigitTimeLimitSeconds": "5"}
_LOOP = [("Equals", "ContinueLooping"), ("Equals", "DoneLooping")]
_THIRD = {
    "ThirdPartyPhoneNumber": "+15550100124",
    "ThirdPartyConnectionTimeLimitSeconds": "30",
    "ContinueFlowExecution": "True",
}
_CALLBACK = {"InitialCallDelaySeconds": "5", "RetryDelaySeconds": "600", "MaximumConnectionAttempts": "1"}


def _flow(*actions: Doc, **more: Any) -> Doc:
    return {"Version": VERSION, "StartAction": actions[0]["Identifier"], "Actions": list(actions), **more}


def _say(name: str, text: str, to: str) -> Doc:
    return action(name, "MessageParticipant", {"Text": text}, [ANY], to=to)


def _bye() -> Doc:
    return action("bye", "DisconnectParticipant", ends=True)


def _reception() -> Doc:
    menu = {"Text": "Press 1", "StoreInput": "False", "InputTimeLimitSeconds": "5"}
    pin = {"Text": "Your number?", "StoreInput": "True", "InputTimeLimitSeconds": "5", "InputValidation": _DIGITS,
           "DTMFConfiguration": _KEYS}  # fmt: skip
    recorded = {"RecordingBehavior": {"RecordedParticipants": ["Agent", "Customer"]}}
    enqueue = action("enqueue", "TransferContactToQueue", {}, [ANY, FULL], to="sorry")
    return _flow(
        action("log", "UpdateFlowLoggingBehavior", {"FlowLoggingBehavior": "Enabled"}, to="record"),
        action("record", "UpdateContactRecordingBehavior", recorded, to="lookup"),
        action("lookup", "InvokeLambdaFunction", _LAMBDA, [ANY], to="keep"),
        action("keep", "UpdateContactAttributes", {"Attributes": {"tenant": "$.External.tenant"}}, [ANY], to="tag"),
        action("tag", "TagContact", {"Tags": {"tenant": "$.Attributes.tenant"}}, [ANY], to="hook"),
        action("hook", "UpdateContactEventHooks", {"EventHooks": {"CustomerQueue": "arn:flow"}}, [ANY], to="open"),
        action("open", "CheckHoursOfOperation", {}, [ANY], [("Equals", "True"), ("Equals", "False")], to="tier"),
        action("tier", "Compare", {"ComparisonValue": "$.External.tier"}, [NONE], [("Equals", "gold")], to="split"),
        action("split", "DistributeByPercentage", {}, [NONE], [("NumberLessThan", "11"), ("NumberLessThan", "51")],
               to="round"),
        action("round", "Loop", {"LoopCount": "3"}, [], _LOOP, to="menu"),
        action("menu", "GetParticipantInput", menu, [ANY, NONE, LATE], [("Equals", "1"), ("Equals", "2")], to="pin"),
        action("pin", "GetParticipantInput", pin, [ANY], to="queue"),
        action("queue", "UpdateContactTargetQueue", {"QueueId": "arn:queue/sales"}, [ANY], to="rank"),
        action("rank", "UpdateContactRoutingBehavior", {"QueuePriority": "2"}, to="staff"),
        action("staff", "CheckMetricData", {"MetricType": "NumberOfAgentsStaffed"}, [ANY, NONE],
               [("NumberGreaterThan", "0")], to="enqueue"),
        enqueue,
        _say("sorry", "Please call again.", "bye"),
        _bye(),
    )  # fmt: skip


def _outside() -> Doc:
    number = {"CallbackNumber": "$.CustomerEndpoint.Address"}
    return _flow(
        _say("hello", "One moment.", "away"),
        action("away", "TransferParticipantToThirdParty", _THIRD, [ANY, "CallFailed", "ConnectionTimeLimitExceeded"],
               to="number"),
        action("number", "UpdateContactCallbackNumber", number,
               ["InvalidCallbackNumber", "CallbackNumberNotDialable"], to="back"),
        action("back", "CreateCallbackContact", _CALLBACK, [ANY], to="wait"),
        action("wait", "Wait", {"TimeLimitSeconds": "60"}, [ANY], [("Equals", "WaitCompleted")], to="over"),
        action("over", "TransferToFlow", {"ContactFlowId": "arn:flow/elsewhere"}, [ANY], to="bye"),
        _bye(),
    )  # fmt: skip


def _queue() -> Doc:
    loop = action("loop", "MessageParticipantIteratively",
                  {"Messages": [{"Text": "Please hold."}], "InterruptFrequencySeconds": "20"}, [ANY],
                  [("Equals", "MessagesInterrupted")], to="poll")  # fmt: skip
    return _flow(
        loop,
        action("poll", "InvokeLambdaFunction", _LAMBDA, [ANY], to="found"),
        action("found", "Compare", {"ComparisonValue": "$.External.found"}, [NONE], [("Equals", "yes")], to="move"),
        action("move", "DequeueContactAndTransferToQueue", {"AgentId": "$.External.agent"}, [ANY, FULL], to="stay"),
        action("stay", "EndFlowExecution", ends=True),
    )


def _whisper() -> Doc:
    return _flow(_say("whisper", "A call for $.Attributes.tenant", "end"), action("end", "EndFlowExecution", ends=True))


def _module() -> Doc:
    put = {"FlowAttributes": {"seen": {"Value": "yes"}}}
    return _flow(
        action("put", "UpdateFlowAttributes", put, [ANY], to="back"),
        action("back", "EndFlowModuleExecution", {"Result": "Success"}, ends=True),
        Settings=SETTINGS,
    )


def good_flows() -> dict[str, tuple[FlowType, Doc]]:
    """By name; made anew each time, so that a fault stays where it was planted."""
    return {
        "reception": (FlowType.INBOUND, _reception()),
        "outside": (FlowType.INBOUND, _outside()),
        "queue": (FlowType.CUSTOMER_QUEUE, _queue()),
        "whisper": (FlowType.AGENT_WHISPER, _whisper()),
        "module": (FlowType.MODULE, _module()),
    }
