"""When a client is there, as people say it: "We are open today until 6 p.m." """

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.channels.voice.model.phrases import spoken_language, weekday, words
from chalicelib.tenancy.model.tenant import Tenant

_PARTS = {15: " y cuarto", 30: " y media"}
_A_WEEK = timedelta(days=6)


def opening(tenant: Tenant, now: datetime, language: str) -> str:
    """Until when the client is there, or from when on, in its own zone; with the name of a day that is special."""
    change = tenant.next_change(now)
    said = _until(change, now, tenant, language) if tenant.is_open(now) else _from(change, now, tenant, language)
    said = said.replace("..", ".")  # behind "p.m."
    special = tenant.hours.special_day(now.astimezone(tenant.zone.info).date())
    # The name of the day is in the client's own language.
    if special is None or language != tenant.language:
        return said
    return f"{words(language, 'holiday', name=special.name)} {said}"


def _until(change: datetime | None, now: datetime, tenant: Tenant, language: str) -> str:
    if change is None:
        return words(language, "open_always")
    local, today = change.astimezone(tenant.zone.info), now.astimezone(tenant.zone.info).date()
    midnight = local.hour == local.minute == 0 and local.date() == today + timedelta(days=1)
    time = time_said(language, 24 if midnight else local.hour, local.minute)
    if local.date() == today or midnight:
        return words(language, "open_today", time=time)
    if change - now > _A_WEEK:
        return words(language, "open_always")
    return words(language, "open_until", day=weekday(language, local.weekday()), time=time)


def _from(change: datetime | None, now: datetime, tenant: Tenant, language: str) -> str:
    if change is None or change - now > _A_WEEK:
        return words(language, "closed_long")
    local, today = change.astimezone(tenant.zone.info), now.astimezone(tenant.zone.info).date()
    time = time_said(language, local.hour, local.minute)
    if local.date() == today:
        return words(language, "closed_today", time=time)
    if local.date() == today + timedelta(days=1):
        return words(language, "closed_tomorrow", time=time)
    return words(language, "closed_on", day=weekday(language, local.weekday()), time=time)


def time_said(language: str, hour: int, minute: int) -> str:
    """A time of day as the language's speakers say it, its numbers in digits: the voice reads them. 24 is the midnight
    at a day's end."""
    match spoken_language(language):
        case "de":
            return f"{hour} Uhr {minute}" if minute else f"{hour} Uhr"
        case "fr":
            return _french(hour, minute)
        case "es":
            return _spanish(hour % 24, minute)
        case "it":
            return f"{hour} e {minute}" if minute else str(hour)
        case "nl":
            return f"{hour} uur {minute}" if minute else f"{hour} uur"
        case "pl":
            return f"{hour % 24}:{minute:02}"
        case _:
            return _english(hour % 24, minute)


def _english(hour: int, minute: int) -> str:
    if not minute and hour in (0, 12):
        return "noon" if hour else "midnight"
    half = "a.m." if hour < 12 else "p.m."
    return f"{hour % 12 or 12}:{minute:02} {half}" if minute else f"{hour % 12 or 12} {half}"


def _french(hour: int, minute: int) -> str:
    named = {0: "minuit", 12: "midi", 24: "minuit"}.get(hour) or f"{hour} heure{'s' if hour > 1 else ''}"
    return f"{named} {minute}" if minute else named


def _spanish(hour: int, minute: int) -> str:
    clock = hour % 12 or 12
    past = _PARTS.get(minute, f" y {minute}") if minute else ""
    part = "de la mañana" if hour < 12 else "de la tarde" if hour < 20 else "de la noche"
    return f"{'la' if clock == 1 else 'las'} {clock}{past} {part}"
