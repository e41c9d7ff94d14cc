"""What the listener hears, and the keys that a caller presses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from infra.local.connect.script import Case, Failed, Next, Outcome, Pause, Scene, Steps

HOLD_MUSIC_S = 3_600.0  # a loop without an interruption plays until somebody stops it
MOST_CHARACTERS = 6_000  # of a prompt, with its marks
MOST_SPOKEN = 3_000  # without them
_TAG = re.compile(r"<[^>]+>")
# Countries of the phone numbers that a flow may ask for in their local form.
CALLING_CODES = {
    "US": "1", "CA": "1", "GB": "44", "DE": "49", "FR": "33", "ES": "34", "IT": "39", "NL": "31", "AT": "43",
    "CH": "41", "PL": "48", "AU": "61", "NZ": "64", "JP": "81", "IN": "91", "SG": "65", "BR": "55", "MX": "52",
}  # fmt: skip
_E164 = re.compile(r"\+[1-9]\d{6,14}")


def message_participant(scene: Scene) -> Steps:
    text = _spoken(scene, scene.action.parameters)
    if text is None:
        return Failed(why="nothing to say, or too much")
    yield Pause(scene.say(text))
    return Next()


def message_participant_iteratively(scene: Scene) -> Steps:
    interval = scene.field("InterruptFrequencySeconds")
    left = float(interval) if interval else HOLD_MUSIC_S
    texts = [text for text in (_spoken(scene, message) for message in scene.given("Messages")) if text is not None]
    if not texts:
        return Failed(why="nothing to say, or too much")
    for text in texts:
        if left > 0:
            took = min(scene.say(text), left)
            yield Pause(took)
            left -= took
    # Connect says it over and over; as text, once is enough.
    yield Pause(left)
    while not interval:
        yield Pause(HOLD_MUSIC_S)
    return Case("MessagesInterrupted")


def get_participant_input(scene: Scene) -> Steps:
    text = _spoken(scene, scene.action.parameters)
    if text is None:
        return Failed(why="nothing to say, or too much")
    key = yield Pause(scene.say(text), for_key=True)
    if key is None:
        key = yield Pause(float(scene.field("InputTimeLimitSeconds") or 5), for_key=True)
    if str(scene.given("StoreInput")).lower() == "true":
        return (yield from _store(scene, key))
    return Failed("InputTimeLimitExceeded") if key is None else Case(key)


def _store(scene: Scene, first: str | None) -> Steps:
    keyed = "Timeout" if first is None else (yield from _row(scene, first))
    if "PhoneNumberValidation" in (scene.given("InputValidation") or {}) and keyed != "Timeout":
        return _phone_number(scene, keyed, scene.given("InputValidation")["PhoneNumberValidation"])
    secret = scene.given("InputEncryption")
    scene.script.stored_input = _sealed(scene, keyed, secret) if secret and keyed != "Timeout" else keyed
    return Next()


def _sealed(scene: Scene, keyed: str, secret: Mapping[str, Any]) -> str:
    """Stands for the cipher text, so that no card number reaches a log or a Lambda in plain."""
    return f"[encrypted with {scene.text(str(secret.get('EncryptionKeyId', 'no key')))}, {len(keyed)} keys]"


def _row(scene: Scene, first: str) -> Any:
    """Keys until the terminator, the longest length, or a pause between two."""
    keys = scene.given("DTMFConfiguration") or {}
    end = str(keys.get("InputTerminationSequence", "#"))
    cancel_is_off = str(keys.get("DisableCancelKey", "False")).lower() == "true"
    pause = float(keys.get("InterdigitTimeLimitSeconds", 5))
    longest = _longest(scene.given("InputValidation"))
    row = ""
    key: str | None = first
    while key is not None:
        if key == "*" and not cancel_is_off:
            row = ""
        elif (row + key).endswith(end):
            row = (row + key).removesuffix(end)
            break
        else:
            row += key
        if len(row) >= longest:
            break
        key = yield Pause(pause, for_key=True)
    return row or "Timeout"


def _longest(validation: Mapping[str, Any]) -> int:
    custom = validation.get("CustomValidation")
    return int(custom["MaximumLength"]) if custom else 20


def _phone_number(scene: Scene, keyed: str, rules: Mapping[str, Any]) -> Outcome:
    """E.164 is keyed with its country code and without the plus; a local number gets that of `CountryCode`."""
    number = f"+{keyed}"
    if rules.get("NumberFormat") == "Local":
        code = CALLING_CODES.get(scene.text(str(rules.get("CountryCode", ""))))
        if code is None:
            return Failed(why="a country that this simulator does not know")
        number = f"+{code}{keyed.lstrip('0')}"
        if code == "1" and len(keyed) != 10:
            return Failed("InvalidPhoneNumber")
    if not _E164.fullmatch(number):
        return Failed("InvalidPhoneNumber")
    scene.script.stored_input = number
    return Next()


def _spoken(scene: Scene, message: Mapping[str, Any]) -> str | None:
    """The words of a prompt; an audio file stands as its name. None where there are none, or too many.

    SSML without a word in it is a prompt: exports use one to listen in silence.
    """
    if "Text" in message or "SSML" in message:
        text = scene.text(str(message.get("Text", message.get("SSML")))).strip()
        words = _TAG.sub("", text).strip() if "SSML" in message else text
        return words if text and len(text) <= MOST_CHARACTERS and len(words) <= MOST_SPOKEN else None
    named = message.get("PromptId") or (message.get("Media") or {}).get("Uri", "")
    prompt = scene.text(str(named)).strip()
    return f"[audio {prompt.rsplit('/', 1)[-1]}]" if prompt else None
