"""Recordings: as long as what was recorded, silent where it was paused, and where the record says they are."""

from __future__ import annotations

import io
import json
import wave
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.connect.parties import Line, Speaker, Take
from infra.local.connect.sound import RATE, Words, wav
from infra.local.connect.tapes import BucketTapes, files
from tests.fakes.lamp_shop import LampShop

BEGAN = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
LOCATION = "tapes/recordings/2026/11/23/c1_20261123T15:00_UTC.wav"


def samples(content: bytes) -> bytes:
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, 8_000, 1)
        return file.readframes(file.getnframes())


def is_heard(sound: bytes, begin_s: float, end_s: float) -> bool:
    return any(byte != 0x80 for byte in sound[round(begin_s * RATE) : round(end_s * RATE)])


def take(*said: tuple[float, Speaker, str], seconds: float = 10.0) -> Take:
    return Take(
        contact_id="c1",
        kind="call",
        participants=("Agent", "Customer"),
        location=LOCATION,
        began_at=BEGAN,
        ended_at=BEGAN + timedelta(seconds=seconds),
        lines=tuple(Line(n, BEGAN + timedelta(seconds=at), who, text) for n, (at, who, text) in enumerate(said, 1)),
    )


@given(
    seconds=st.floats(0, 20),
    said=st.lists(st.tuples(st.floats(-1, 25), st.sampled_from(["agent", "customer", "else"]), st.text(max_size=40))),
)
def test_a_recording_is_as_long_as_what_was_recorded_whatever_was_said(
    seconds: float, said: list[tuple[float, str, str]]
) -> None:
    content = wav(seconds, [Words(at_s=at, who=who, text=text) for at, who, text in said])
    assert len(samples(content)) == round(seconds * RATE)


def test_words_are_heard_when_they_were_said_one_tone_each_and_soft() -> None:
    sound = samples(wav(5, [Words(at_s=2, who="agent", text="Good morning")]))
    assert not is_heard(sound, 0, 2)
    assert is_heard(sound, 2.0, 2.22)
    assert not is_heard(sound, 2.22, 2.3), "there is a pause between two words"
    assert is_heard(sound, 2.31, 2.53)
    assert not is_heard(sound, 2.54, 5)
    assert 10 < max(abs(byte - 0x80) for byte in sound) < 64


def test_who_is_interrupted_stops() -> None:
    sound = samples(wav(5, [Words(at_s=0, who="system", text="one two three four five"), _yes(1.0)]))
    assert is_heard(sound, 0.3, 0.9)
    assert is_heard(sound, 1.0, 1.22)
    assert not is_heard(sound, 1.25, 5)


def _yes(at_s: float) -> Words:
    return Words(at_s=at_s, who="customer", text="yes")


def test_the_words_stand_beside_the_sound() -> None:
    said = ((1.5, Speaker.AGENT, "Good morning"), (4, Speaker.CUSTOMER, "My lamp is dark"))
    (key, content, kind), (words_key, told, _) = files(take(*said, seconds=7.25), LOCATION.partition("/")[2])
    assert (key, kind) == ("recordings/2026/11/23/c1_20261123T15:00_UTC.wav", "audio/wav")
    assert words_key == key.replace(".wav", ".json")
    assert json.loads(told) == {
        "contact": "c1",
        "kind": "call",
        "participants": ["Agent", "Customer"],
        "seconds": 7.25,
        "pauses": [],
        "lines": [
            {"at": 1.5, "who": "agent", "text": "Good morning"},
            {"at": 4.0, "who": "customer", "text": "My lamp is dark"},
        ],
    }
    sound = samples(content)
    assert (len(sound), is_heard(sound, 1.5, 4), is_heard(sound, 4, 7.25)) == (58_000, True, True)


def test_what_is_said_while_a_recording_is_paused_is_on_no_tape() -> None:
    board = LampShop()
    call = board.connected()
    exchange, contact = board.exchange, call.now.contact_id
    exchange.agent_says("maria", "Your card number, please")
    board.clock.advance(3)
    exchange.suspend_recording(contact)
    exchange.customer_says(call, "It is 4111")
    board.clock.advance(6)
    exchange.resume_recording(contact)
    exchange.agent_says("maria", "Thank you")
    board.clock.advance(2)
    exchange.hang_up(call)
    [tape] = board.tapes.takes
    bucket, _, key = tape.location.partition("/")
    (_, content, _), (_, told, _) = files(tape, key)
    assert bucket == "tapes"
    assert [line["text"] for line in json.loads(told)["lines"]] == ["Your card number, please", "Thank you"]
    [[paused, resumed]] = json.loads(told)["pauses"]
    assert resumed - paused == 6
    sound = samples(content)
    began = len(sound) / RATE - 11  # seconds; before that nobody spoke
    heard = [
        is_heard(sound, began, began + 2),
        is_heard(sound, began + 3, began + 9),
        is_heard(sound, began + 9, began + 11),
    ]
    assert heard == [True, False, True]


def test_a_recording_that_runs_yet_is_not_stored() -> None:
    running = take()
    running.ended_at = None
    with pytest.raises(ValueError, match="runs yet"):
        files(running, "key")


class Objects:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], str] = {}
        self.down = True

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803  boto3's names
        if self.down:
            self.down = False
            raise ConnectionError("the emulator is down")
        self.stored[Bucket, Key] = ContentType


def test_recordings_go_where_their_location_says_and_one_that_is_lost_is_told_and_stops_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    objects = Objects()
    tapes = BucketTapes(objects)
    tapes.put(take())
    tapes.put(take())
    tapes.close()
    key = LOCATION.partition("/")[2]
    assert objects.stored == {
        ("tapes", key): "audio/wav",
        ("tapes", key.replace(".wav", ".json")): "application/json",
    }
    assert [told.getMessage() for told in caplog.records] == [f"a recording was lost: {LOCATION}"]
