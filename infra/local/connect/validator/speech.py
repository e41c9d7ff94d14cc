"""Prompts, and the keys that a caller presses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.local.connect.catalogue import KEYS, SPEECH, Bounds, is_true
from infra.local.connect.language import Action
from infra.local.connect.validator.complaint import Complaint, listed, number

LONGEST_PROMPT = 6_000
LONGEST_TERMINATOR = 5
_FORMATS = ("Local", "E164")


def speech(action: Action) -> Iterator[Complaint]:
    yield from _prompt(action.parameters)


def _prompt(given: Mapping[str, Any]) -> Iterator[Complaint]:
    for name in ("Text", "SSML"):
        text = given.get(name)
        if isinstance(text, str) and len(text) > LONGEST_PROMPT:
            yield "parameter", f"{name} has {len(text)} characters", f"say at most {LONGEST_PROMPT}"
    media = given.get("Media")
    if media is None:
        return
    kinds = (media.get("SourceType"), media.get("MediaType")) if isinstance(media, Mapping) else ()
    if kinds != ("S3", "Audio") or "Uri" not in media:
        yield "parameter", "Media is no audio file of S3", 'give Uri, SourceType "S3" and MediaType "Audio"'


def iterative(action: Action) -> Iterator[Complaint]:
    messages = action.parameters.get("Messages")
    if not isinstance(messages, list) or not messages:
        yield "parameter", "Messages is no list with something in it", "give at least one message"
        messages = []
    for message in messages:
        if not isinstance(message, Mapping) or len(message.keys() & SPEECH) != 1 or message.keys() - SPEECH:
            yield "parameter", "a message does not hold exactly one prompt", f"give one of {listed(SPEECH)}"
        else:
            yield from _prompt(message)
    if bool(action.conditions) != ("InterruptFrequencySeconds" in action.parameters):
        fix = "give both InterruptFrequencySeconds and its branch MessagesInterrupted, or neither"
        yield "missing-branch", "only one half of an interruption is there", fix


def bot(action: Action) -> Iterator[Complaint]:
    yield from _prompt(action.parameters)
    if action.conditions and "NoMatchingCondition" not in {error for error, _ in action.errors}:
        yield "missing-branch", "a bot with intents has no branch for NoMatchingCondition", "add it"


def get_input(action: Action) -> Iterator[Complaint]:
    yield from _prompt(action.parameters)
    yield from _keys(action.parameters.get("DTMFConfiguration"))
    named = {error for error, _ in action.errors}
    if is_true(action.parameters.get("StoreInput")):
        yield from _stored(action, named)
    else:
        yield from _menu(action, named)


def _menu(action: Action, named: set[str]) -> Iterator[Complaint]:
    for error in sorted({"NoMatchingCondition", "InputTimeLimitExceeded"} - named):
        yield "missing-branch", f"a menu has no branch for {error}", "add it"
    if "InvalidPhoneNumber" in named:
        yield "unknown-branch", "a menu never takes InvalidPhoneNumber", "take it out"
    for name in sorted({"InputValidation", "InputEncryption"} & action.parameters.keys()):
        yield "unknown-parameter", f"a menu has no {name}", 'use StoreInput "True" to store what is keyed'


def _stored(action: Action, named: set[str]) -> Iterator[Complaint]:
    for error in sorted(named & {"NoMatchingCondition", "InputTimeLimitExceeded"}):
        yield "unknown-branch", f"stored input never takes {error}", "take it out"
    if action.conditions:
        yield "unknown-branch", "stored input has no conditions", "compare $.StoredCustomerInput after it"
    rules = action.parameters.get("InputValidation")
    if not isinstance(rules, Mapping) or len(rules.keys() & {"CustomValidation", "PhoneNumberValidation"}) != 1:
        fix = "add CustomValidation or PhoneNumberValidation"
        yield "missing-parameter", "stored input has no InputValidation", fix
    elif "PhoneNumberValidation" in rules:
        yield from _phone_number(rules["PhoneNumberValidation"], action, named)
    else:
        yield from _digits(rules["CustomValidation"], action, named)


def _phone_number(given: Any, action: Action, named: set[str]) -> Iterator[Complaint]:
    if "InvalidPhoneNumber" not in named:
        yield "missing-branch", "a phone number has no branch for InvalidPhoneNumber", "add it"
    if "InputEncryption" in action.parameters:
        yield "unknown-parameter", "a phone number is never encrypted", "encrypt under CustomValidation only"
    kind = given.get("NumberFormat") if isinstance(given, Mapping) else None
    if kind not in _FORMATS:
        yield "parameter", f"NumberFormat is {kind!r}", f"use {listed(_FORMATS)}"
    elif kind == "Local" and "CountryCode" not in given:
        yield "missing-parameter", "a local number has no CountryCode", "name the country, such as US"


def _digits(given: Any, action: Action, named: set[str]) -> Iterator[Complaint]:
    if "InvalidPhoneNumber" in named:
        yield "unknown-branch", "only a phone number takes InvalidPhoneNumber", "take it out"
    length = given.get("MaximumLength", "") if isinstance(given, Mapping) else ""
    yield from number("MaximumLength", length, Bounds(least=1, most=1_000))
    secret = action.parameters.get("InputEncryption")
    if secret is not None and (not isinstance(secret, Mapping) or {"EncryptionKeyId", "Key"} - secret.keys()):
        yield "missing-parameter", "InputEncryption is not whole", "give EncryptionKeyId and Key"


def _keys(given: Any) -> Iterator[Complaint]:
    if not isinstance(given, Mapping):
        return
    end = str(given.get("InputTerminationSequence", "#"))
    if len(end) > LONGEST_TERMINATOR or not set(end) <= KEYS:
        yield "parameter", f"InputTerminationSequence is {end!r}", f"use at most {LONGEST_TERMINATOR} keys"
    if "InterdigitTimeLimitSeconds" in given:
        seconds = given["InterdigitTimeLimitSeconds"]
        yield from number("InterdigitTimeLimitSeconds", seconds, Bounds(least=1, most=20))
