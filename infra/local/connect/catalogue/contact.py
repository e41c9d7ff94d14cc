"""Actions that need a contact: its data, its queue, its way on."""

from __future__ import annotations

from collections.abc import Mapping

from infra.local.connect.catalogue.rules import (
    BOOLEAN,
    CATCH_ALL,
    FRONT,
    FRONT_AND_QUEUE,
    HOLDS,
    PLACE,
    TRANSFERS,
    Bounds,
    Next,
    Rule,
    Ways,
    names,
)
from infra.local.connect.language import FlowType

_THREE_DAYS_S = 259_200
_SIX_DAYS_S = 518_400
_LONG = 2**63 - 1
_MODULES = frozenset({FlowType.INBOUND, FlowType.MODULE})

DATA: Mapping[str, Rule] = {
    "UpdateContactAttributes": Rule(
        required=names("Attributes"),
        optional=names("TargetContact"),
        choices={"TargetContact": names("Current Related")},
        errors=CATCH_ALL,
    ),
    "UpdateContactData": Rule(
        optional=names("Name Description LanguageCode CustomerId References WisdomSessionArn TargetContact"),
        choices={"TargetContact": names("Current Related")},
        errors=CATCH_ALL,
    ),
    "TagContact": Rule(required=names("Tags"), errors=CATCH_ALL),
    "UntagContact": Rule(required=names("TagKeys"), errors=CATCH_ALL),
    "UpdateContactEventHooks": Rule(
        required=names("EventHooks"), optional=names("EventHooksConfiguration"), errors=CATCH_ALL
    ),
    "UpdateContactRecordingBehavior": Rule(required=names("RecordingBehavior"), optional=names("AnalyticsBehavior")),
    # One object per channel, with settings that the documentation goes on extending.
    "UpdateContactRecordingAndAnalyticsBehavior": Rule(errors=names("NoMatchingError ChannelMismatch"), open=True),
    "UpdateContactMediaStreamingBehavior": Rule(
        required=names("MediaStreamingState MediaStreamType Participants"),
        choices={"MediaStreamingState": names("Enabled Disabled"), "MediaStreamType": names("Audio")},
        errors=CATCH_ALL,
        never_in=HOLDS,
    ),
    "UpdateContactMediaProcessing": Rule(
        required=names("ChatProcessor"), errors=CATCH_ALL, tolerated=names("ChannelMismatch")
    ),
    "UpdateContactTextToSpeechVoice": Rule(
        required=names("TextToSpeechVoice"),
        optional=names("TextToSpeechEngine TextToSpeechStyle"),
        tolerated=CATCH_ALL,
    ),
    "UpdatePreviousContactParticipantState": Rule(
        required=names("PreviousContactParticipantState"),
        choices={"PreviousContactParticipantState": names("AgentOnHold CustomerOnHold OffHold")},
        errors=CATCH_ALL,
        only_in=FRONT,
    ),
    "CreateWisdomSession": Rule(required=names("WisdomAssistantArn"), errors=CATCH_ALL),
}

ROUTING: Mapping[str, Rule] = {
    "UpdateContactTargetQueue": Rule(one_of=PLACE, errors=CATCH_ALL, only_in=FRONT_AND_QUEUE),
    "TransferContactToQueue": Rule(
        errors=names("NoMatchingError QueueAtCapacity"), next=Next.MIRROR, ends_flow=True, only_in=FRONT
    ),
    "DequeueContactAndTransferToQueue": Rule(
        one_of=PLACE,
        errors=names("NoMatchingError QueueAtCapacity"),
        next=Next.MIRROR,
        ends_flow=True,
        only_in=frozenset({FlowType.CUSTOMER_QUEUE}),
    ),
    "UpdateContactRoutingBehavior": Rule(
        one_of=names("QueuePriority QueueTimeAdjustmentSeconds"),
        numbers={
            "QueuePriority": Bounds(least=1, most=_LONG),
            "QueueTimeAdjustmentSeconds": Bounds(least=-_LONG, most=_LONG),
        },
        only_in=frozenset({FlowType.INBOUND}),
    ),
    "UpdateContactRoutingCriteria": Rule(required=names("RoutingCriteria"), errors=CATCH_ALL, only_in=FRONT_AND_QUEUE),
    "UpdateContactCallbackNumber": Rule(
        required=names("CallbackNumber"),
        errors=names("InvalidCallbackNumber CallbackNumberNotDialable"),
        only_in=FRONT_AND_QUEUE,
    ),
    "CreateCallbackContact": Rule(
        required=names("InitialCallDelaySeconds RetryDelaySeconds MaximumConnectionAttempts"),
        optional=names("ContactFlowId CallerId"),
        at_most_one=PLACE,
        numbers={
            "InitialCallDelaySeconds": Bounds(least=1, most=_THREE_DAYS_S),
            "RetryDelaySeconds": Bounds(least=1, most=_THREE_DAYS_S),
            "MaximumConnectionAttempts": Bounds(least=1, most=_LONG),
        },
        errors=CATCH_ALL,
        only_in=FRONT_AND_QUEUE,
    ),
    "TransferContactToAgent": Rule(next=Next.FORBIDDEN, only_in=TRANSFERS),
    # There is no error branch: a call that cannot be made ends the flow.
    "CompleteOutboundCall": Rule(
        optional=names("CallerId VoiceConnector"), only_in=frozenset({FlowType.OUTBOUND_WHISPER})
    ),
    "TransferParticipantToThirdParty": Rule(
        required=names("ThirdPartyPhoneNumber ThirdPartyConnectionTimeLimitSeconds ContinueFlowExecution"),
        optional=names("CallerId ThirdPartyDTMFDigits"),
        choices={"ContinueFlowExecution": BOOLEAN},
        numbers={"ThirdPartyConnectionTimeLimitSeconds": Bounds(least=1, most=600, dynamic=True)},
        errors=CATCH_ALL,
        tolerated=names("CallFailed ConnectionTimeLimitExceeded"),
        next=Next.BY_PARAMETER,
        only_in=FRONT,
    ),
}

OTHERS: Mapping[str, Rule] = {
    "CreateTask": Rule(
        required=names("Name"),
        optional=names("Description Attributes References ContactFlowId TaskTemplateId"),
        at_most_one=names("DelaySeconds ScheduledTime"),
        numbers={"DelaySeconds": Bounds(least=1, most=_SIX_DAYS_S, dynamic=True)},
        errors=CATCH_ALL,
    ),
    "ResumeContact": Rule(errors=CATCH_ALL),
    "StartOutboundChatContact": Rule(
        required=names("SourceEndpoint DestinationEndpoint ContactFlowArn ContactSubtype"),
        optional=names("InitialSystemMessage RelatedContact"),
        errors=CATCH_ALL,
    ),
    "LoadContactContent": Rule(
        required=names("ContentType"), choices={"ContentType": names("EmailMessage")}, errors=CATCH_ALL
    ),
    "CreateCase": Rule(
        required=names("LinkContactToCase CaseTemplateId"),
        optional=names("CaseRequestFields"),
        choices={"LinkContactToCase": BOOLEAN},
        errors=CATCH_ALL,
        tolerated=names("ContactNotLinked"),
    ),
    "GetCase": Rule(
        required=names("LinkContactToCase GetLastUpdatedCase"),
        optional=names("CustomerId CaseRequestFields CaseResponseFields"),
        choices={"LinkContactToCase": BOOLEAN, "GetLastUpdatedCase": BOOLEAN},
        errors=CATCH_ALL,
        tolerated=names("ContactNotLinked MultipleFound NoneFound"),
    ),
    "UpdateCase": Rule(
        required=names("LinkContactToCase CaseId"),
        optional=names("CaseRequestFields"),
        choices={"LinkContactToCase": BOOLEAN},
        errors=CATCH_ALL,
        tolerated=names("ContactNotLinked"),
    ),
    "InvokeFlowModule": Rule(
        required=names("FlowModuleId"),
        optional=names("Input"),
        errors=CATCH_ALL,
        tolerated=names("NoMatchingCondition"),
        ways=Ways.WORDS,
        only_in=_MODULES,
    ),
    "EndFlowModuleExecution": Rule(
        optional=names("Result ResultData"), next=Next.FORBIDDEN, only_in=frozenset({FlowType.MODULE})
    ),
}

RULES: Mapping[str, Rule] = {**DATA, **ROUTING, **OTHERS}
