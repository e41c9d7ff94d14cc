"""What every caller hears beside the client's own texts, and the voice that says it."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.channels.voice.model.words import de, en, es, fr, it, nl, pl

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
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": en.WORDS,
    "de": de.WORDS,
    "fr": fr.WORDS,
    "es": es.WORDS,
    "it": it.WORDS,
    "nl": nl.WORDS,
    "pl": pl.WORDS,
}
_DAYS: Mapping[str, tuple[str, ...]] = {
    "en": en.DAYS,
    "de": de.DAYS,
    "fr": fr.DAYS,
    "es": es.DAYS,
    "it": it.DAYS,
    "nl": nl.DAYS,
    "pl": pl.DAYS,
}
# Of the waiting, held and departing caller: our flow remembers them for the whole call.
_REMEMBERED = ("comfort", "connecting", "onHold", "goodbye")


def words(language: str, key: str, /, **filled: str) -> str:
    """One of our sentences, in the language or in English. `pt-BR` is spoken as `pt` where we know that."""
    return _WORDS[_known(language)][key].format(**filled)


def weekday(language: str, day: int) -> str:
    """0 is Monday."""
    return _DAYS[_known(language)][day]


def phrases(language: str, name: str) -> dict[str, str]:
    """The phrases of the waiting, held and departing caller, in the language or in English."""
    return {key: words(language, key, name=name) for key in _REMEMBERED}


def voice(language: str) -> dict[str, str]:
    """The Polly voice and the language code of a language, English where we know none."""
    speaker, code = _VOICES[_known(language)]
    return {"voice": speaker, "languageCode": code}


def spoken_language(language: str) -> str:
    """Which of our languages is spoken to somebody of this one."""
    return _known(language)


def _known(language: str) -> str:
    return next((one for one in (language, language.partition("-")[0]) if one in _WORDS), _USUAL)
