"""One question to who stays on the line after his agent has hung up."""

from __future__ import annotations

from datetime import datetime

from chalicelib.channels.voice.model.call import Answer, FlowCall, Step
from chalicelib.channels.voice.model.phrases import words
from chalicelib.channels.voice.model.talk import ask_key, language_of, own_or, say
from chalicelib.channels.voice.service.planes import Planes
from chalicelib.kernel.errors import Conflict, NotFound

_ASKED, _ASKED_AGAIN = "asked", "asked-again"
_SCORES = "12345"


def survey(planes: Planes, call: FlowCall, now: datetime) -> Answer:
    """First the question, then what is keyed: a wrong key is forgiven once, silence is an answer too."""
    tenant = planes.client(call)
    if tenant is None or tenant.calls.survey is None:
        return say(call.remembered("goodbye") or words(call.remembered("language"), "thanks"))
    language = language_of(tenant, call)
    question = own_or(tenant, tenant.calls.survey.question, language, "survey")
    if call.about not in (_ASKED, _ASKED_AGAIN):
        return ask_key(question, Step.SURVEY, _ASKED)
    if len(call.keys) == 1 and call.keys in _SCORES:
        try:
            planes.contacts.rate(tenant.id, call.ours, score=int(call.keys), now=now)
        except (Conflict, NotFound):
            return say(words(language, "thanks"))  # rated before, or the end of the talk is not known yet
        return say(words(language, "thanks"))
    if call.keys and call.about == _ASKED:
        return ask_key(question, Step.SURVEY, _ASKED_AGAIN)
    return say(words(language, "goodbye", name=tenant.name))
