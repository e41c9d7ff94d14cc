"""Action type → the function that carries it out. A test holds its keys to those of `catalogue.RULES`."""

from __future__ import annotations

from collections.abc import Mapping

from infra.local.connect.actions import contact, control, lambdas, speech
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
    "UpdateContactTargetQueue": contact.update_contact_target_queue,
    "TransferContactToQueue": contact.transfer_contact_to_queue,
    "DequeueContactAndTransferToQueue": contact.dequeue_contact_and_transfer_to_queue,
    "UpdateContactRoutingBehavior": contact.update_contact_routing_behavior,
    "UpdateContactEventHooks": contact.update_contact_event_hooks,
    "UpdateContactRecordingBehavior": contact.unheard,
    "UpdateContactTextToSpeechVoice": contact.update_contact_text_to_speech_voice,
    "UpdateFlowLoggingBehavior": contact.unheard,
    "TransferToFlow": control.transfer_to_flow,
    "EndFlowExecution": control.end_flow_execution,
    "DisconnectParticipant": control.disconnect_participant,
}
