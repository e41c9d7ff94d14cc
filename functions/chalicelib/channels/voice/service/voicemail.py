"""A caller leaves a message. The call has served itself with that; its record makes the message a contact."""

from __future__ import annotations

from datetime import datetime

from chalicelib.channels.voice.model.call import Answer, FlowCall, Outcome, answer
from chalicelib.channels.voice.model.phrases import words
from chalicelib.channels.voice.model.talk import language_of, own_or, say, spoken
from chalicelib.channels.voice.service.planes import Planes
from chalicelib.tenancy.model.calls import Voicemail
from chalicelib.tenancy.model.tenant import Tenant

TOPIC = "voicemail"
_TURN_S = 30  # our flow listens in turns of so many seconds


def voicemail(planes: Planes, tenant: Tenant, call: FlowCall, language: str, now: datetime, before: str = "") -> Answer:
    """Told at the beginning: most callers say their words and hang up. Then they are served, and not before: until then
    a machine is at work for them."""
    planes.contacts.read_out(tenant.id, call.ours, TOPIC, now)
    terms = tenant.calls.voicemail or Voicemail()
    message = f"{before} {own_or(tenant, terms.greeting, language, 'voicemail')}".strip()
    return answer(Outcome.VOICEMAIL, message=spoken(message), turns=str(-(-terms.most_s // _TURN_S)), next="left")


def left(planes: Planes, call: FlowCall, now: datetime) -> Answer:
    tenant = planes.client(call)
    return say(words(language_of(tenant, call) if tenant is not None else call.remembered("language"), "left"))
