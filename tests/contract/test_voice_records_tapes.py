"""How long what was recorded is kept: marked with its record, or when the call is settled, and nothing waits for it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.channels.voice.service.reconciling import PATIENCE
from chalicelib.channels.voice.service.records import SETTLE_S
from chalicelib.kernel.errors import Unavailable
from tests.contract.test_voice_records import AFTER, SETTLED, Line, line
from tests.unit.test_voice_records import raw

__all__ = ["line"]

TAPE = "recordings/calls/one.wav"
TAPED = {"Recordings": [{"Location": TAPE}]}


def test_a_recording_is_marked_when_its_record_comes_and_once(line: Line) -> None:
    line.talked()
    for _ in range(2):
        line.record(**TAPED)
    assert line.tapes.days == {TAPE: 90}
    assert line.look(SETTLED) == ["agrees"]
    assert line.look(SETTLED + PATIENCE) == []


def test_a_recording_that_comes_after_its_record_is_marked_when_the_call_is_settled(line: Line) -> None:
    line.talked(talk=60)
    line.tapes.late.add(TAPE)
    assert line.record(talk=50, **TAPED) == "new"
    assert line.look(SETTLED) == ["telephony_rules", "unmarked"], "billing does not wait for a tape"
    line.tapes.late.clear()
    later = SETTLED + timedelta(seconds=2 * SETTLE_S)
    assert line.look(later) == ["telephony_rules"]
    assert line.tapes.days == {TAPE: 90}
    assert line.look(later + PATIENCE) == []
    assert len(line.topic.told) == len(line.reports(SETTLED)) == 1, "the same finding twice tells nobody anything"


def test_a_bucket_that_does_not_answer_holds_no_record_up_and_is_asked_again(line: Line) -> None:
    line.talked()
    line.tapes.broken.add(TAPE)
    value = raw(ContactId=line.call, Attributes={"tenantId": line.shop.id}, **TAPED)
    read = line.keeper.take(json.dumps(value), "1", AFTER)
    assert (read.outcome, type(read.unmarked)) == ("new", Unavailable)
    assert line.look(SETTLED) == ["agrees", "unmarked"]
    line.tapes.broken.clear()
    assert line.look(SETTLED + timedelta(seconds=2 * SETTLE_S)) == ["agrees"]
    assert line.tapes.days == {TAPE: 90}


@pytest.mark.parametrize(("what", "told"), [("broken", ["never_marked"]), ("late", [])])
def test_patience_ends_with_a_recording_too_and_only_one_that_lies_there_is_told_of(
    line: Line, what: str, told: list[str]
) -> None:
    line.talked()
    getattr(line.tapes, what).add(TAPE)
    line.record(**TAPED)
    looks = [found for hours in range(72) if (found := line.look(SETTLED + timedelta(hours=hours)))]
    assert looks[:-1] == [["agrees", "unmarked"]] * (len(looks) - 1)
    assert 3 < len(looks) < 12
    assert looks[-1] == ["agrees", *told]
