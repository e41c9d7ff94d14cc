"""Answers our flows. A flow may ask the same thing again: the contact's state machine makes that silent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.channels.voice.model.call import Answer, FlowCall, Outcome, Step, answer
from chalicelib.channels.voice.model.talk import not_in_service
from chalicelib.channels.voice.service.arriving import arrive
from chalicelib.channels.voice.service.callback import (
    callback,
    callback_number,
    callback_over,
    callback_poll,
    callback_set,
)
from chalicelib.channels.voice.service.callback_time import callback_at, callback_time
from chalicelib.channels.voice.service.choosing import choose, consent, faq, told_on
from chalicelib.channels.voice.service.looking_up import account, order
from chalicelib.channels.voice.service.on_call import page, paged
from chalicelib.channels.voice.service.outbound import outbound
from chalicelib.channels.voice.service.planes import Asked, Planes
from chalicelib.channels.voice.service.survey import survey
from chalicelib.channels.voice.service.transferring import outside, transfer
from chalicelib.channels.voice.service.voicemail import left
from chalicelib.channels.voice.service.waiting import poll

STEPS: Mapping[str, Asked] = {
    Step.ARRIVE: arrive,
    Step.CHOOSE: choose,
    Step.TOLD: told_on,
    Step.FAQ: faq,
    Step.ORDER: order,
    Step.ACCOUNT: account,
    Step.CONSENT: consent,
    Step.LEFT: left,
    Step.POLL: poll,
    Step.CALLBACK: callback,
    Step.CALLBACK_NUMBER: callback_number,
    Step.CALLBACK_TIME: callback_time,
    Step.CALLBACK_AT: callback_at,
    Step.CALLBACK_SET: callback_set,
    Step.CALLBACK_POLL: callback_poll,
    Step.CALLBACK_OVER: callback_over,
    Step.TRANSFER: transfer,
    Step.OUTSIDE: outside,
    Step.OUTBOUND: outbound,
    Step.SURVEY: survey,
    Step.PAGE: page,
    Step.PAGED: paged,
}


class Attendant:
    """Answers `InvokeLambdaFunction`: one answer per step, and the same one when asked again."""

    def __init__(self, planes: Planes) -> None:
        self._planes = planes

    def answer(self, call: FlowCall, now: datetime) -> Answer:
        if not call.is_call:
            return not_in_service()
        step = STEPS.get(call.step)
        return step(self._planes, call, now) if step is not None else answer(Outcome.FALLBACK)
