"""What every caller hears beside the client's own texts, and the voice that says it."""

from __future__ import annotations

from collections.abc import Mapping

NOT_IN_SERVICE = "This number is not in service. Please check the number and dial again. Goodbye."

_USUAL = "en"
_VOICES: Mapping[str, tuple[str, str]] = {
    "en": ("Joanna", "en-US"),
    "de": ("Vicki", "de-DE"),
    "fr": ("Lea", "fr-FR"),
    "es": ("Lucia", "es-ES"),
    "it": ("Bianca", "it-IT"),
    "nl": ("Laura", "nl-NL"),
    "pl": ("Ola", "pl-PL"),
}
_PHRASES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "comfort": "Thank you for waiting for {name}. You keep your place in line.",
        "connecting": "You are being connected.",
        "onHold": "Please hold the line.",
        "goodbye": "Thank you for calling {name}. Goodbye.",
    },
    "de": {
        "comfort": "Danke, dass Sie auf {name} warten. Sie behalten Ihren Platz.",
        "connecting": "Sie werden verbunden.",
        "onHold": "Bitte bleiben Sie in der Leitung.",
        "goodbye": "Vielen Dank für Ihren Anruf bei {name}. Auf Wiederhören.",
    },
}


def phrases(language: str, name: str) -> dict[str, str]:
    """The phrases of the waiting, held and departing caller, in the language or in English."""
    texts = _PHRASES.get(language, _PHRASES[_USUAL])
    return {key: text.format(name=name) for key, text in texts.items()}


def voice(language: str) -> dict[str, str]:
    """The Polly voice and the language code of a language, English where we know none."""
    speaker, code = _VOICES.get(language, _VOICES[_USUAL])
    return {"voice": speaker, "languageCode": code}
