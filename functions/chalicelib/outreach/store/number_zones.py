"""Where numbers may be: the zones that the library `phonenumbers` knows for them. Loaded where lists are."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from phonenumbers import NumberParseException, parse, timezone


def zones_of(number: str) -> tuple[str, ...]:
    """All zones in which who has this number may live, in E.164; none where nothing is known of it."""
    try:
        found = timezone.time_zones_for_number(parse(number))
    except NumberParseException:
        return ()
    return tuple(zone for zone in found if zone != timezone.UNKNOWN_TIMEZONE and _is_known(zone))


def _is_known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, LookupError):
        return False
    return True
