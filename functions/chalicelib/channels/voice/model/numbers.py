"""Telephone numbers as callers key them in and as they hear them read back."""

from __future__ import annotations

import re

from chalicelib.tenancy.model.abroad import has_its_length
from chalicelib.tenancy.model.address import E164
from chalicelib.tenancy.model.form import Unfit
from chalicelib.tenancy.model.tariff import country_of, is_abroad, is_dear

_NORTH_AMERICA = "1"
_NO_TRUNK = frozenset({"39", "34", "48", "45", "47", "30", "420", "351", "352"})  # a leading 0, if any, is dialled


def keyed(keys: str, home: str) -> str | None:
    """The number that a caller keyed in who called `home`; None for what cannot be called back from there.

    Only a number of the client's own country, and no dear one: a callback must not be a way to have us call anywhere.
    """
    code = country_of(home)
    digits = keys.strip()
    if not re.fullmatch(r"[0-9]{4,20}", digits):
        return None
    national = _national(digits, code)
    return callable_number(f"+{code}{national}", home) if national else None


def callable_number(number: str, home: str) -> str | None:
    """The number itself where we may call it back: one of the client's country, and neither dear nor its own."""
    code = country_of(home)
    try:
        whole = E164.parse(number)
    except Unfit:
        return None
    rest = whole[len(code) + 1 :]
    if is_abroad(whole, home) or whole == home or is_dear(whole):
        return None
    if code == _NORTH_AMERICA and not re.fullmatch(r"[2-9]\d{9}", rest):
        return None
    return str(whole) if has_its_length(whole) else None


def _national(digits: str, code: str) -> str:
    """What follows the country's code; empty where the caller keyed another country's."""
    for prefix in ("00", "011") if code == _NORTH_AMERICA else ("00",):
        if digits.startswith(prefix):
            rest = digits.removeprefix(prefix)
            return rest.removeprefix(code) if rest.startswith(code) else ""
    if code == _NORTH_AMERICA:
        return digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    if digits.startswith("0") and code not in _NO_TRUNK:
        return digits[1:]
    # Some key the country's code without the zeros before it.
    long_enough = len(digits) >= len(code) + 9
    return digits.removeprefix(code) if long_enough and digits.startswith(code) else digits


def apart(number: str, home: str) -> str:
    """Digit by digit in groups, as a number is read out; without the country's code where it is the listener's."""
    code = country_of(number)
    rest = number.lstrip("+").removeprefix(code)
    if code != country_of(home):
        return ", ".join(_said(group) for group in (code, *_groups(rest)))
    if code == _NORTH_AMERICA and len(rest) == 10:
        return ", ".join(_said(group) for group in (rest[:3], rest[3:6], rest[6:]))
    return ", ".join(_said(group) for group in _groups(rest if code in _NO_TRUNK else f"0{rest}"))


def _groups(digits: str) -> list[str]:
    """Of three, and no single digit at the end."""
    groups = [digits[place : place + 3] for place in range(0, len(digits), 3)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2][:2], groups[-2][2:] + groups[-1]]
    return groups


def _said(group: str) -> str:
    return " ".join(group)
