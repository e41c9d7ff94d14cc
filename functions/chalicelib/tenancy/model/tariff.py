"""What is known of a telephone number's price by the number alone: its country, and whether it is a premium one."""

from __future__ import annotations

import re

# The codes of two digits, of which the second tells that it is whole (ITU E.164, annex); all others have three.
_SHORT = frozenset(
    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 "
    "91 92 93 94 95 98".split()
)
# Where who calls pays more than for a call, by what follows the country's code.
_DEAR = {
    "1": re.compile(r"900|976|[2-9]\d\d976"),
    "31": re.compile(r"90[069]"),
    "33": re.compile(r"89"),
    "34": re.compile(r"80[367]|90[57]"),
    "39": re.compile(r"89|899"),
    "41": re.compile(r"90[016]"),
    "43": re.compile(r"9[0-3]"),
    "44": re.compile(r"9|70|87[0-3]"),
    "48": re.compile(r"70"),
    "49": re.compile(r"900|137|118|180|190"),
}


# Countries of their own under +1, by their area codes (NANPA, "Area code map: countries"). The territories of the USA
# are at home there, and so are numbers that are free to call.
_ISLANDS = {
    code: country
    for country, codes in {
        "AG": "268", "AI": "264", "BB": "246", "BM": "441", "BS": "242", "DM": "767", "DO": "809 829 849", "GD": "473",
        "JM": "876 658", "KN": "869", "KY": "345", "LC": "758", "MS": "664", "SX": "721", "TC": "649", "TT": "868",
        "VC": "784", "VG": "284",
    }.items()
    for code in codes.split()
}  # fmt: skip


def country_of(number: str) -> str:
    """The calling code of a number in E.164, without its plus."""
    digits = number.lstrip("+")
    if digits[:1] in ("1", "7"):
        return digits[:1]
    return digits[:2] if digits[:2] in _SHORT else digits[:3]


def is_abroad(number: str, home: str) -> bool:
    """Whether a call from the one to the other leaves the country; both in E.164."""
    return _realm(number) != _realm(home)


def _realm(number: str) -> str:
    code = country_of(number)
    return _ISLANDS.get(number.lstrip("+")[1:4], code) if code == "1" else code


def is_dear(number: str) -> bool:
    """Whether a number in E.164 costs who calls it more than a call: nobody shall have us dial one."""
    code = country_of(number)
    return code in _DEAR and _DEAR[code].match(number.lstrip("+")[len(code) :]) is not None
