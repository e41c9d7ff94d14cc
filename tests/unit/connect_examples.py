"""A whole action of every type of the language, and a flow in which it may stand."""

from __future__ import annotations

import copy
from typing import Any

from infra.local.connect.catalogue import RULES
from infra.local.connect.language import FlowType
from tests.fakes.flows import action

ANY, NONE, FULL = "NoMatchingError", "NoMatchingCondition", "QueueAtCapacity"
PROFILE = {"ProfileRequestData": {"ProfileId": "$.Customer.ProfileId"}, "ProfileResponseData": {"City": "City"}}
CASE = {"LinkContactToCase": "false"}
VIEW = {"Id": "arn:aws:connect:us-east-1:aws:view/form:1"}
STEP = {"Expression": {"AttributeCondition": {"Name": "language"}}, "Expiry": {"DurationInSeconds": "30"}}
STREAM = {"ParticipantType": "Customer", "MediaDirections": ["From", "To"]}

# Type → parameters, errors, conditions.
EXAMPLES: dict[str, tuple[dict[str, Any], tuple[str, ...], tuple[tuple[str, str], ...]]] = {
    "MessageParticipant": ({"Text": "Hello $.External.name"}, (), ()),
    "MessageParticipantIteratively": (
        {"Messages": [{"Text": "Wait"}], "InterruptFrequencySeconds": "20"},
        (ANY,),
        (("Equals", "MessagesInterrupted"),),
    ),
    "GetParticipantInput": (
        {"Text": "Press", "InputTimeLimitSeconds": "5", "StoreInput": "False"},
        (NONE, ANY, "InputTimeLimitExceeded"),
        (("Equals", "1"), ("Equals", "#")),
    ),
    "ConnectParticipantWithLexBot": (
        {"Text": "How?", "LexV2Bot": {"AliasArn": "arn:bot"}},
        (NONE, ANY, "InputTimeLimitExceeded"),
        (("Equals", "BookRoom"),),
    ),
    "ShowView": ({"ViewResource": VIEW}, (NONE, ANY, "TimeLimitExceeded"), (("Equals", "Submit"),)),
    "AuthenticateParticipant": ({"CognitoConfiguration": {"AppClientId": "x"}}, (ANY,), ()),
    "DisconnectParticipant": ({}, (), ()),
    "InvokeLambdaFunction": (
        {"LambdaFunctionARN": "arn:f", "InvocationTimeLimitSeconds": "8", "InvocationType": "SYNCHRONOUS"},
        (ANY,),
        (),
    ),
    "AssociateContactToCustomerProfile": (PROFILE, (ANY,), ()),
    "CreateCustomerProfile": (PROFILE, (ANY,), ()),
    "UpdateCustomerProfile": (PROFILE, (ANY,), ()),
    "GetCustomerProfile": (PROFILE, (ANY, "MultipleFoundError", "NoneFoundError"), ()),
    "GetCustomerProfileObject": (PROFILE, (ANY, "NoneFoundError"), ()),
    "GetCalculatedAttributesForCustomerProfile": (PROFILE, (ANY, "NoneFoundError"), ()),
    "UpdateContactAttributes": ({"Attributes": {"a": "$.External.b"}, "TargetContact": "Current"}, (ANY,), ()),
    "UpdateContactData": ({"LanguageCode": "en-US"}, (ANY,), ()),
    "TagContact": ({"Tags": {"tenantId": "$.Attributes.tenantId"}}, (ANY,), ()),
    "UntagContact": ({"TagKeys": ["tenantId"]}, (ANY,), ()),
    "UpdateContactEventHooks": ({"EventHooks": {"CustomerQueue": "arn:flow"}}, (ANY,), ()),
    "UpdateContactRecordingBehavior": ({"RecordingBehavior": {"RecordedParticipants": ["Agent"]}}, (), ()),
    "UpdateContactRecordingAndAnalyticsBehavior": ({"VoiceBehavior": {}}, (ANY, "ChannelMismatch"), ()),
    "UpdateContactMediaStreamingBehavior": (
        {"MediaStreamingState": "Enabled", "MediaStreamType": "Audio", "Participants": [STREAM]},
        (ANY,),
        (),
    ),
    "UpdateContactMediaProcessing": ({"ChatProcessor": {"ProcessingEnabled": "True"}}, (ANY, "ChannelMismatch"), ()),
    "UpdateContactTextToSpeechVoice": ({"TextToSpeechVoice": "Joanna", "TextToSpeechEngine": "Neural"}, (ANY,), ()),
    "UpdatePreviousContactParticipantState": ({"PreviousContactParticipantState": "OffHold"}, (ANY,), ()),
    "CreateWisdomSession": ({"WisdomAssistantArn": "arn:w"}, (ANY,), ()),
    "UpdateContactTargetQueue": ({"QueueId": "arn:queue"}, (ANY,), ()),
    "TransferContactToQueue": ({}, (FULL, ANY), ()),
    "DequeueContactAndTransferToQueue": ({"AgentId": "$.External.agent"}, (FULL, ANY), ()),
    "UpdateContactRoutingBehavior": ({"QueueTimeAdjustmentSeconds": "-600"}, (), ()),
    "UpdateContactRoutingCriteria": ({"RoutingCriteria": {"Steps": [STEP]}}, (ANY,), ()),
    "UpdateContactCallbackNumber": (
        {"CallbackNumber": "$.StoredCustomerInput"},
        ("InvalidCallbackNumber", "CallbackNumberNotDialable"),
        (),
    ),
    "CreateCallbackContact": (
        {"InitialCallDelaySeconds": "5", "RetryDelaySeconds": "600", "MaximumConnectionAttempts": "1"},
        (ANY,),
        (),
    ),
    "TransferContactToAgent": ({}, (), ()),
    "CompleteOutboundCall": ({"CallerId": {"Number": "$.External.callerId"}}, (), ()),
    "TransferParticipantToThirdParty": (
        {
            "ThirdPartyPhoneNumber": "+15550100",
            "ThirdPartyConnectionTimeLimitSeconds": "30",
            "ContinueFlowExecution": "True",
        },
        (ANY, "CallFailed", "ConnectionTimeLimitExceeded"),
        (),
    ),
    "CreateTask": ({"Name": "Call back", "ContactFlowId": "arn:flow", "DelaySeconds": "60"}, (ANY,), ()),
    "ResumeContact": ({}, (ANY,), ()),
    "StartOutboundChatContact": (
        {
            "SourceEndpoint": {"Address": "arn:n", "Type": "CONNECT_PHONENUMBER_ARN"},
            "DestinationEndpoint": {"Address": "+15550100", "Type": "TELEPHONE_NUMBER"},
            "ContactFlowArn": "arn:flow",
            "ContactSubtype": "connect:SMS",
        },
        (ANY,),
        (),
    ),
    "LoadContactContent": ({"ContentType": "EmailMessage"}, (ANY,), ()),
    "CreateCase": ({**CASE, "CaseTemplateId": "t"}, (ANY,), ()),
    "GetCase": ({**CASE, "GetLastUpdatedCase": "true", "CustomerId": "$.CustomerId"}, (ANY, "NoneFound"), ()),
    "UpdateCase": ({**CASE, "CaseId": "c"}, (ANY,), ()),
    "InvokeFlowModule": ({"FlowModuleId": "arn:module"}, (ANY, NONE), (("Equals", "Success"),)),
    "EndFlowModuleExecution": ({"Result": "Success", "ResultData": "$.External"}, (), ()),
    "Compare": ({"ComparisonValue": "$.External.rows[0].name"}, (NONE,), (("TextContains", "a"),)),
    "Loop": ({"LoopCount": "3"}, (), (("Equals", "ContinueLooping"), ("Equals", "DoneLooping"))),
    "Wait": (
        {"TimeLimitSeconds": "900", "Events": ["CustomerReturned"]},
        (ANY,),
        (("Equals", "WaitCompleted"), ("Equals", "CustomerReturned")),
    ),
    "DistributeByPercentage": ({}, (NONE,), (("NumberLessThan", "4"), ("NumberLessThan", "10"))),
    "CheckHoursOfOperation": ({}, (ANY,), (("Equals", "True"), ("Equals", "False"))),
    "CheckMetricData": ({"MetricType": "NumberOfAgentsStaffed"}, (NONE, ANY), (("NumberGreaterThan", "0"),)),
    "GetMetricData": ({"QueueId": "$.External.queue", "QueueChannel": "Voice"}, (ANY,), ()),
    "CheckOutboundCallStatus": ({}, (ANY,), (("Equals", "CallAnswered"),)),
    "CheckVoiceId": ({"CheckVoiceIdOption": "voiceAuthentication"}, (ANY,), (("Equals", "Authenticated"),)),
    "StartVoiceIdStream": ({}, (ANY,), ()),
    "CheckSegmentMembership": ({"SegmentId": "s"}, (ANY,), ()),
    "UpdateFlowAttributes": ({"FlowAttributes": {"a": {"Value": "1"}}}, (ANY,), ()),
    "UpdateFlowLoggingBehavior": ({"FlowLoggingBehavior": "Enabled"}, (), ()),
    "TransferToFlow": ({"ContactFlowId": "arn:flow"}, (ANY,), ()),
    "EndFlowExecution": ({}, (), ()),
}
TERMINAL = {"EndFlowExecution", "DisconnectParticipant", "TransferContactToAgent", "EndFlowModuleExecution"}


def example(type: str) -> dict[str, Any]:
    parameters, errors, conditions = copy.deepcopy(EXAMPLES[type])
    return action("tried", type, parameters, errors, conditions, ends=type in TERMINAL)


def place(type: str) -> FlowType:
    """A type of flow that allows the action, and an end for it to lead to."""
    return next(one for one in FlowType if one is not FlowType.CAMPAIGN and RULES[type].allowed_in(one))
