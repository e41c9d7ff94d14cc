"""A call as sound: telephone quality, one soft tone per word, so that a listener hears who speaks when.

Nothing is synthesized: what was said stands beside the sound, as text.
"""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

RATE = 8_000  # samples a second, one byte each: telephone quality
_SILENCE = 0x80  # the middle of unsigned 8-bit samples
_LOUDNESS = 28  # of 127: soft
_WORD_S = 0.22
_PAUSE_S = 0.09  # between two words
_PITCH_HZ = {"system": 440, "agent": 330, "customer": 262, "outside": 220, "keys": 697}
_OTHER_HZ = 294


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Said `at_s` seconds after the recording began, by the system, an agent, the customer, or as keys."""

    at_s: float
    who: str
    text: str


def wav(seconds: float, said: Sequence[Words]) -> bytes:
    """Mono, exactly `seconds` long to the sample. Who is interrupted stops; what does not fit in is cut off."""
    sound = bytearray([_SILENCE]) * max(round(seconds * RATE), 0)
    ordered = sorted(said, key=lambda words: words.at_s)
    for words, following in zip_longest(ordered, ordered[1:]):
        _speak(sound, words, seconds if following is None else following.at_s)
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(RATE)
        file.writeframes(bytes(sound))
    return held.getvalue()


def _speak(sound: bytearray, words: Words, until_s: float) -> None:
    tone = _tone(_PITCH_HZ.get(words.who, _OTHER_HZ))
    at = round(words.at_s * RATE)
    step = round((_WORD_S + _PAUSE_S) * RATE)
    last = min(round(until_s * RATE), len(sound))
    for _ in words.text.split():
        if at < 0 or at + len(tone) > last:
            return
        sound[at : at + len(tone)] = tone
        at += step


def _tone(pitch_hz: int) -> bytes:
    """One word, rising and falling, so that nothing clicks."""
    samples = round(_WORD_S * RATE)
    return bytes(
        _SILENCE
        + round(_LOUDNESS * math.sin(math.pi * sample / samples) * math.sin(2 * math.pi * pitch_hz * sample / RATE))
        for sample in range(samples)
    )
