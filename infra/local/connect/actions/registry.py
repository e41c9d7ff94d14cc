"""Action type → the function that carries it out. A test holds its keys to those of `catalogue.RULES`."""

from __future__ import annotations

from collections.abc import Mapping

from infra.local.connect.actions import contact, control, lambdas, line, queues, services, speech
from infra.local.connect.script import Handler

HANDLERS: Mapping[str, Handler] = {
    "MessageParticipant": speech.message_participant,
    "MessageParticipantIteratively": speech.message_participant_iteratively,
    "GetParticipantInput": speech.get_participant_input,
    "InvokeLambdaFunction": lambdas.invoke_lambda_function,
    "UpdateContactAttributes": contact.update_contact_attributes,
    "UpdateFlowAttributes": contact.update_flow_attributes,
    "UpdateContactData": contact.update_contact_data,
    "TagContact": contact.tag_contact,
    "UntagContact": contact.untag_contact,
    "Compare": control.compare,
    "Loop": control.loop,
    "Wait": control.wait,
    "DistributeByPercentage": control.distribute_by_percentage,
    "UpdateContactTargetQueue": queues.update_contact_target_queue,
    "TransferContactToQueue": queues.transfer_contact_to_queue,
    "DequeueContactAndTransferToQueue": queues.dequeue_contact_and_transfer_to_queue,
    "UpdateContactRoutingBehavior": queues.update_contact_routing_behavior,
    "UpdateContactEventHooks": contact.update_contact_event_hooks,
    "UpdateContactRecordingBehavior": contact.update_contact_recording,
    "UpdateContactRecordingAndAnalyticsBehavior": contact.update_contact_recording,
    "UpdateContactMediaStreamingBehavior": contact.update_contact_media_streaming,
    "CreateTask": contact.create_task,
    "UpdateContactRoutingCriteria": queues.update_contact_routing_criteria,
    "CheckHoursOfOperation": queues.check_hours_of_operation,
    "CheckMetricData": queues.check_metric_data,
    "GetMetricData": queues.get_metric_data,
    "UpdateContactCallbackNumber": line.update_contact_callback_number,
    "CreateCallbackContact": line.create_callback_contact,
    "TransferParticipantToThirdParty": line.transfer_participant_to_third_party,
    "CompleteOutboundCall": line.complete_outbound_call,
    "TransferContactToAgent": line.transfer_contact_to_agent,
    "UpdatePreviousContactParticipantState": line.update_previous_contact_participant_state,
    "InvokeFlowModule": control.invoke_flow_module,
    "EndFlowModuleExecution": control.end_flow_module_execution,
    "UpdateContactTextToSpeechVoice": contact.update_contact_text_to_speech_voice,
    "UpdateFlowLoggingBehavior": contact.unheard,
    "TransferToFlow": control.transfer_to_flow,
    "EndFlowExecution": control.end_flow_execution,
    "DisconnectParticipant": control.disconnect_participant,
    **services.HANDLERS,
}
