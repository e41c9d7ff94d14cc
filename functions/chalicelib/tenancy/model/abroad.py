"""In which country a telephone number is, and whether its country has numbers as long as it. The library that knows is
large: it is imported when somebody asks."""

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


def has_its_length(number: str) -> bool:
    """Whether a number in E.164 is as long as its country's are. Numbers that are only dialled within a place are too
    short: the library calls those possible, too. Whether it is anybody's is another question."""
    from phonenumbers import (  # noqa: PLC0415
        NumberParseException,
        ValidationResult,
        is_possible_number_with_reason,
        parse,
    )

    try:
        return bool(is_possible_number_with_reason(parse(number)) == ValidationResult.IS_POSSIBLE)
    except NumberParseException:
        return False
