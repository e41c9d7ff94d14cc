"""Names that documentation, old exports and block titles suggest, and Connect refuses."""

from __future__ import annotations

from collections.abc import Mapping

WRONG_NAMES: Mapping[str, str] = {
    "UnTagContact": "UntagContact",
    "UpdateRoutingCriteria": "UpdateContactRoutingCriteria",
    "RouteContactToAgent": "UpdateContactTargetQueue with AgentId, then TransferContactToQueue",
    "StoreUserInput": 'GetParticipantInput with StoreInput "True"',
    "StoreCustomerInput": 'GetParticipantInput with StoreInput "True"',
    "GetUserInput": "GetParticipantInput",
    "GetCustomerInput": "GetParticipantInput or ConnectParticipantWithLexBot",
    "SetWorkingQueue": "UpdateContactTargetQueue",
    "SetQueue": "UpdateContactTargetQueue",
    "SetAttributes": "UpdateContactAttributes",
    "SetContactAttributes": "UpdateContactAttributes",
    "SetCallbackNumber": "UpdateContactCallbackNumber",
    "SetContactFlow": "UpdateContactEventHooks",
    "SetEventHook": "UpdateContactEventHooks",
    "SetLoggingBehavior": "UpdateFlowLoggingBehavior",
    "SetRecordingBehavior": "UpdateContactRecordingBehavior",
    "SetVoice": "UpdateContactTextToSpeechVoice",
    "CheckStaffing": "CheckMetricData",
    "CheckQueueStatus": "CheckMetricData",
    "CheckAttribute": "Compare",
    "CheckContactAttributes": "Compare",
    "CheckHours": "CheckHoursOfOperation",
    "ChangeRoutingPriority": "UpdateContactRoutingBehavior",
    "GetQueueMetrics": "GetMetricData",
    "TransferContactToCallback": "CreateCallbackContact",
    "TransferToQueue": "UpdateContactTargetQueue, then TransferContactToQueue",
    "TransferToAgent": "TransferContactToAgent",
    "TransferToPhoneNumber": "TransferParticipantToThirdParty",
    "Transfer": "TransferContactToQueue or TransferToFlow",
    "Distribute": "DistributeByPercentage",
    "PlayPrompt": "MessageParticipant",
    "LoopPrompts": "MessageParticipantIteratively",
    "InvokeExternalResource": "InvokeLambdaFunction",
    "InvokeLambda": "InvokeLambdaFunction",
    "InvokeModule": "InvokeFlowModule",
    "ReturnFromModule": "EndFlowModuleExecution",
    "Disconnect": "DisconnectParticipant",
    "EndFlow": "EndFlowExecution",
}

# Type → a parameter that is not there → what to do instead.
WRONG_PARAMETERS: Mapping[str, Mapping[str, str]] = {
    "Wait": {"TimeoutSeconds": "use TimeLimitSeconds"},
    "TransferContactToQueue": {
        "QueueId": "name the queue in an UpdateContactTargetQueue before it",
        "AgentId": "name the agent in an UpdateContactTargetQueue before it",
    },
    "InvokeFlowModule": {"ContactFlowModuleId": "use FlowModuleId"},
    "InvokeLambdaFunction": {"LambdaFunctionArn": "use LambdaFunctionARN"},
    "UntagContact": {"Tags": "use TagKeys"},
}
