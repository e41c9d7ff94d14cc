"""Services beside the call: profiles, cases, bots, views. The stage asks its world, which may have none."""

from __future__ import annotations

from collections.abc import Mapping

from infra.local.connect.script import Case, Enquiry, Failed, Found, Handler, Next, Scene, Steps

# action type → the namespace that its answer is read under
_NAMESPACES = {
    "AssociateContactToCustomerProfile": "Customer",
    "AuthenticateParticipant": "Customer",
    "CheckOutboundCallStatus": "OutboundCall",
    "CheckSegmentMembership": "Customer",
    "CheckVoiceId": "VoiceId",
    "ConnectParticipantWithLexBot": "Lex",
    "CreateCase": "Case",
    "CreateCustomerProfile": "Customer",
    "CreateWisdomSession": "Wisdom",
    "GetCalculatedAttributesForCustomerProfile": "Customer",
    "GetCase": "Case",
    "GetCustomerProfile": "Customer",
    "GetCustomerProfileObject": "Customer",
    "LoadContactContent": "ContactContent",
    "ResumeContact": "Resumed",
    "ShowView": "Views",
    "StartOutboundChatContact": "OutboundChat",
    "StartVoiceIdStream": "VoiceId",
    "UpdateCase": "Case",
    "UpdateContactMediaProcessing": "MediaProcessing",
    "UpdateCustomerProfile": "Customer",
}
_DEFAULT_LIMIT_S = 8
_VIEW_LIMIT_S = 400


def asking(type: str) -> Handler:
    """The handler of one such action: what comes back is kept, and says which way to go."""
    namespace = _NAMESPACES[type]

    def handler(scene: Scene) -> Steps:
        default = _VIEW_LIMIT_S if type == "ShowView" else _DEFAULT_LIMIT_S
        limit = scene.number("InvocationTimeLimitSeconds", default)
        if limit is None:
            return Failed(why="the time limit is no number")
        found: Found = yield Enquiry(type, scene.filled(dict(scene.action.parameters)), float(limit))
        if found.failed:
            return Failed(found.failed)
        kept = scene.script.found
        kept[namespace] = {**kept.get(namespace, {}), **found.values}
        return Next() if found.case is None else Case(found.case)

    return handler


HANDLERS: Mapping[str, Handler] = {type: asking(type) for type in _NAMESPACES}
