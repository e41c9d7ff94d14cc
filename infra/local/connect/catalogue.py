"""The rules of every action type that this simulator carries out, and the names that it must refuse.

To add a type: one `Rule` here, one function under `actions/`, and its row in the tests. `errors` lists the
branches that must be there, `tolerated` those that exports also carry; `conditions` says what the ordered
conditions may compare with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from infra.local.connect.language import FlowType

_F = FlowType


class Ways(Enum):
    """What the conditions of an action look like."""

    NONE = "none"
    NAMED = "named"  # Equals on one of `Rule.cases`
    FREE = "free"  # any operator on any operand


class Next(Enum):
    """What `NextAction` means."""

    SUCCESS = "success"
    MIRROR = "mirror"  # of the error branch: on success this flow is over
    OPTIONAL = "optional"
    FORBIDDEN = "forbidden"  # a terminal action


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    one_of: frozenset[str] = frozenset()  # exactly one of these
    errors: frozenset[str] = frozenset()
    tolerated: frozenset[str] = frozenset()
    ways: Ways = Ways.NONE
    cases: frozenset[str] = frozenset()
    all_cases: bool = False
    next: Next = Next.SUCCESS
    only_in: frozenset[FlowType] = frozenset()  # empty: in every type
    never_in: frozenset[FlowType] = frozenset()

    def parameters(self) -> frozenset[str]:
        return self.required | self.optional | self.one_of


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CATCH_ALL = _set("NoMatchingError")
_SPEECH = _set("Text SSML PromptId Media")
_TRANSFERS = frozenset({_F.AGENT_TRANSFER, _F.QUEUE_TRANSFER})
_FRONT = frozenset({_F.INBOUND, *_TRANSFERS})
_FRONT_AND_QUEUE = _FRONT | {_F.CUSTOMER_QUEUE}
_WHISPERS = frozenset({_F.AGENT_WHISPER, _F.CUSTOMER_WHISPER, _F.OUTBOUND_WHISPER})
_HOLDS = frozenset({_F.CUSTOMER_HOLD, _F.AGENT_HOLD})
KEYS = frozenset("0123456789*#")
HOOKS = _set(
    "AgentHold AgentWhisper CustomerHold CustomerQueue CustomerRemaining CustomerWhisper DefaultAgentUI "
    "DisconnectAgentUI PauseContact ResumeContact"
)

RULES: Mapping[str, Rule] = {
    "MessageParticipant": Rule(
        one_of=_SPEECH, optional=_set("SkipWhenDTMFBufferEnabled"), tolerated=_CATCH_ALL, never_in=_HOLDS
    ),
    "MessageParticipantIteratively": Rule(
        required=_set("Messages"),
        optional=_set("InterruptFrequencySeconds"),
        tolerated=_CATCH_ALL,
        ways=Ways.NAMED,
        cases=_set("MessagesInterrupted"),
        next=Next.OPTIONAL,
        only_in=_HOLDS | {_F.CUSTOMER_QUEUE},
    ),
    "GetParticipantInput": Rule(
        required=_set("StoreInput InputTimeLimitSeconds"),
        optional=_set("DTMFConfiguration InputValidation InputEncryption"),
        one_of=_SPEECH,
        errors=_CATCH_ALL,
        tolerated=_set("NoMatchingCondition InputTimeLimitExceeded InvalidPhoneNumber"),
        ways=Ways.NAMED,
        cases=KEYS,
        only_in=_FRONT_AND_QUEUE,
    ),
    "InvokeLambdaFunction": Rule(
        required=_set("LambdaFunctionARN InvocationTimeLimitSeconds"),
        optional=_set("InvocationType LambdaInvocationAttributes ResponseValidation"),
        errors=_CATCH_ALL,
    ),
    "UpdateContactAttributes": Rule(required=_set("Attributes"), optional=_set("TargetContact"), errors=_CATCH_ALL),
    "UpdateFlowAttributes": Rule(required=_set("FlowAttributes"), errors=_CATCH_ALL),
    "UpdateContactData": Rule(
        optional=_set("Name Description LanguageCode CustomerId References WisdomSessionArn TargetContact"),
        errors=_CATCH_ALL,
    ),
    "TagContact": Rule(required=_set("Tags"), errors=_CATCH_ALL),
    "UntagContact": Rule(required=_set("TagKeys"), errors=_CATCH_ALL),
    "Compare": Rule(
        required=_set("ComparisonValue"), errors=_set("NoMatchingCondition"), ways=Ways.FREE, next=Next.MIRROR
    ),
    "Loop": Rule(
        required=_set("LoopCount"),
        tolerated=_CATCH_ALL,
        ways=Ways.NAMED,
        cases=_set("ContinueLooping DoneLooping"),
        all_cases=True,
        next=Next.MIRROR,
    ),
    "Wait": Rule(
        required=_set("TimeLimitSeconds"),
        optional=_set("Events"),
        errors=_CATCH_ALL,
        tolerated=_set("ParticipantNotFound"),
        ways=Ways.NAMED,
        cases=_set("WaitCompleted CustomerReturned BotParticipantDisconnected"),
        next=Next.MIRROR,
    ),
    "DistributeByPercentage": Rule(
        errors=_set("NoMatchingCondition"), ways=Ways.FREE, next=Next.MIRROR, only_in=_FRONT_AND_QUEUE
    ),
    "UpdateContactTargetQueue": Rule(one_of=_set("QueueId AgentId"), errors=_CATCH_ALL, only_in=_FRONT_AND_QUEUE),
    "TransferContactToQueue": Rule(errors=_set("NoMatchingError QueueAtCapacity"), next=Next.MIRROR, only_in=_FRONT),
    "DequeueContactAndTransferToQueue": Rule(
        one_of=_set("QueueId AgentId"),
        errors=_set("NoMatchingError QueueAtCapacity"),
        next=Next.MIRROR,
        only_in=frozenset({_F.CUSTOMER_QUEUE}),
    ),
    "UpdateContactRoutingBehavior": Rule(
        one_of=_set("QueuePriority QueueTimeAdjustmentSeconds"), only_in=_FRONT_AND_QUEUE
    ),
    "UpdateContactEventHooks": Rule(
        required=_set("EventHooks"), optional=_set("EventHooksConfiguration"), errors=_CATCH_ALL
    ),
    "UpdateContactRecordingBehavior": Rule(required=_set("RecordingBehavior"), optional=_set("AnalyticsBehavior")),
    "UpdateContactTextToSpeechVoice": Rule(
        required=_set("TextToSpeechVoice"),
        optional=_set("TextToSpeechEngine TextToSpeechStyle"),
        tolerated=_CATCH_ALL,
    ),
    "UpdateFlowLoggingBehavior": Rule(required=_set("FlowLoggingBehavior")),
    "TransferToFlow": Rule(required=_set("ContactFlowId"), errors=_CATCH_ALL, next=Next.MIRROR, only_in=_FRONT),
    "EndFlowExecution": Rule(next=Next.FORBIDDEN, only_in=_WHISPERS | _HOLDS | {_F.CUSTOMER_QUEUE}),
    "DisconnectParticipant": Rule(next=Next.FORBIDDEN, never_in=_WHISPERS | _HOLDS),
}

# Real types that this simulator does not carry out yet: a flow that uses one is refused, never half run.
NOT_SIMULATED = _set(
    "AssociateContactToCustomerProfile AuthenticateParticipant CheckHoursOfOperation CheckMetricData "
    "CheckOutboundCallStatus CheckSegmentMembership CheckVoiceId CompleteOutboundCall ConnectParticipantWithLexBot "
    "CreateCallbackContact CreateCase CreateCustomerProfile CreateTask CreateWisdomSession EndFlowModuleExecution "
    "GetCalculatedAttributesForCustomerProfile GetCase GetCustomerProfile GetCustomerProfileObject GetMetricData "
    "InvokeFlowModule LoadContactContent ResumeContact ShowView StartOutboundChatContact StartVoiceIdStream "
    "TransferContactToAgent TransferParticipantToThirdParty UpdateCase UpdateContactCallbackNumber "
    "UpdateContactMediaProcessing UpdateContactMediaStreamingBehavior UpdateContactRecordingAndAnalyticsBehavior "
    "UpdateContactRoutingCriteria UpdateCustomerProfile UpdatePreviousContactParticipantState"
)

# Names that documentation, old exports and block titles suggest, and Connect refuses.
WRONG_NAMES: Mapping[str, str] = {
    "UnTagContact": "UntagContact",
    "UpdateRoutingCriteria": "UpdateContactRoutingCriteria",
    "StoreUserInput": 'GetParticipantInput with StoreInput "True"',
    "GetUserInput": "GetParticipantInput",
    "SetWorkingQueue": "UpdateContactTargetQueue",
    "SetAttributes": "UpdateContactAttributes",
    "CheckStaffing": "CheckMetricData",
    "TransferContactToCallback": "CreateCallbackContact",
    "PlayPrompt": "MessageParticipant",
    "Disconnect": "DisconnectParticipant",
    "Transfer": "TransferContactToQueue or TransferToFlow",
}

OPERATORS = _set(
    "Equals TextStartsWith TextEndsWith TextContains NumberGreaterThan NumberGreaterOrEqualTo NumberLessThan "
    "NumberLessOrEqualTo KeyExists"
)
