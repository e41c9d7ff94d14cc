"""In which country a telephone number is. The library that knows is large: it is imported when somebody asks."""

from __future__ import annotations


def is_country(code: str) -> bool:
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415

    return code in SUPPORTED_REGIONS


def country_by_letters(number: str) -> str:
    """The two letters of the country of a number in E.164; empty where it is in none that we know of."""
    from phonenumbers import NumberParseException, parse, region_code_for_number  # noqa: PLC0415

    try:
        return region_code_for_number(parse(number)) or ""
    except NumberParseException:
        return ""
