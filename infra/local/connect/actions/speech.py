"""What the listener hears, and the keys that a caller presses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from infra.local.connect.script import Case, Failed, Next, Outcome, Pause, Scene, Steps

HOLD_MUSIC_S = 3_600.0  # a loop without an interruption plays until somebody stops it
_TAG = re.compile(r"<[^>]+>")
_E164 = re.compile(r"\+[1-9]\d{6,14}")


def message_participant(scene: Scene) -> Steps:
    text = _spoken(scene, scene.action.parameters)
    if not text:
        return Failed(why="nothing to say")
    yield Pause(scene.say(text))
    return Next()


def message_participant_iteratively(scene: Scene) -> Steps:
    interval = scene.field("InterruptFrequencySeconds")
    left = float(interval) if interval else HOLD_MUSIC_S
    texts = [text for text in (_spoken(scene, message) for message in scene.given("Messages")) if text]
    if not texts:
        return Failed(why="nothing to say")
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
    if not text:
        return Failed(why="nothing to say")
    key = yield Pause(scene.say(text), for_key=True)
    if key is None:
        key = yield Pause(float(scene.field("InputTimeLimitSeconds") or 5), for_key=True)
    if str(scene.given("StoreInput")).lower() == "true":
        return (yield from _store(scene, key))
    return Failed("InputTimeLimitExceeded") if key is None else Case(key)


def _store(scene: Scene, first: str | None) -> Steps:
    if first is None:
        scene.script.stored_input = "Timeout"
        return Next()
    keyed = yield from _row(scene, first)
    scene.script.stored_input = keyed
    if "PhoneNumberValidation" in scene.given("InputValidation"):
        return _phone_number(scene, keyed)
    return Next()


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
        elif row + key == end or (row and key == end):
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


def _phone_number(scene: Scene, keyed: str) -> Outcome:
    number = f"+{keyed}" if not keyed.startswith("+") else keyed
    if not _E164.fullmatch(number):
        return Failed("InvalidPhoneNumber")
    scene.script.stored_input = number
    return Next()


def _spoken(scene: Scene, message: Mapping[str, Any]) -> str:
    """The words of a prompt; an audio file stands as its name."""
    if "Text" in message:
        return scene.text(str(message["Text"])).strip()
    if "SSML" in message:
        return _TAG.sub("", scene.text(str(message["SSML"]))).strip()
    if "PromptId" in message:
        prompt = scene.text(str(message["PromptId"])).strip()
        return f"[audio {prompt.rsplit('/', 1)[-1]}]" if prompt else ""
    uri = scene.text(str((message.get("Media") or {}).get("Uri", ""))).strip()
    return f"[audio {uri.rsplit('/', 1)[-1]}]" if uri else ""
