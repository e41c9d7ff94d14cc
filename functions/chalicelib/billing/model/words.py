"""The sentences of an invoice in the language of its client.

A sentence is written in English where it is said, with places to fill in, and looked up here by that. A language that
has no sentence for it says it in English. Whoever makes a document takes the language from what is frozen with it,
never from today's configuration: so a replay finds the same words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from chalicelib.kernel.money import UnitPrice


@dataclass(frozen=True, slots=True)
class Words:
    sentences: Mapping[str, str]  # by the English one
    nouns: Mapping[str, tuple[str, str]]  # one and several, by the English singular
    point: str
    group: str  # between thousands

    def __call__(self, sentence: str, /, **fill: object) -> str:
        return self.sentences.get(sentence, sentence).format(**fill)

    def count(self, number: int, noun: str) -> str:
        """`1 call`, `100 chats`."""
        one, several = self.nouns.get(noun, (noun, f"{noun}s"))
        return f"{number} {one if number == 1 else several}"

    def number(self, written: str) -> str:
        """A decimal number of ours as the language writes it: 1490.00 is 1,490.00, and 1.490,00 in German."""
        whole, _, part = written.partition(".")
        grouped = f"{int(whole):,}".replace(",", self.group)
        return f"{grouped}{self.point}{part}" if part else grouped

    def price(self, unit_price: UnitPrice) -> str:
        return self.amount(unit_price.text(), unit_price.currency)

    def amount(self, written: str, currency: str) -> str:
        return f"{self.number(written)} {currency}"


@cache
def words_in(language: str) -> Words:
    """`de-AT` speaks German."""
    return _KNOWN.get(language.lower().partition("-")[0], ENGLISH)


ENGLISH = Words({}, {}, ".", ",")

GERMAN = Words(
    {
        # What a line is called
        "Calls handled by agents": "Angenommene Anrufe",
        "Calls": "Anrufe",
        "Wrap-up of calls": "Nacharbeit von Anrufen",
        "Automated minutes": "Automatisch bediente Anrufe",
        "Calls connected through": "Durchgestellte Anrufe",
        "Chats handled by agents": "Bearbeitete Chats",
        "Emails handled by agents": "Bearbeitete E-Mails",
        "Messages handled by agents": "Bearbeitete Nachrichten",
        "Letters handled by agents": "Bearbeitete Briefe",
        "Chats resolved by the bot": "Vom Bot gelöste Chats",
        "Texts sent": "Versandte SMS",
        "Attempts to reach somebody": "Versuche, jemanden zu erreichen",
        "Mails to people on call": "E-Mails an die Rufbereitschaft",
        "Seat hours": "Stunden der Plätze",
        "Dedicated seats": "Eigene Plätze",
        "Setup": "Einrichtung",
        "Deposit": "Kaution",
        "Discount": "Nachlass",
        "Minimum": "Mindestbetrag",
        "Maximum": "Höchstbetrag",
        "Service credit": "Gutschrift für den Service",
        "Service bonus": "Bonus für den Service",
        "Contacts above the agreed volume": "Kontakte über der vereinbarten Menge",
        "Contacts below the agreed volume": "Kontakte unter der vereinbarten Menge",
        "{text}, tier {n}": "{text}, Stufe {n}",
        "{text}, minimum": "{text}, Mindestbetrag",
        "{text}, maximum": "{text}, Höchstbetrag",
        "{text}, after hours": "{text}, außerhalb der Zeiten",
        "{text}, on holidays": "{text}, an Feiertagen",
        "{text}, {period}: as billed": "{text}, {period}: wie berechnet",
        "{text}, {period}: as it is now": "{text}, {period}: wie es jetzt ist",
        # What was counted
        "talk": "Gespräch",
        "hold": "Halten",
        "wrap-up": "Nacharbeit",
        "up to {n} s of wrap-up": "bis zu {n} s Nacharbeit",
        "{first} and {last}": "{first} und {last}",
        "each call": "jeder Anruf",
        "all calls together": "alle Anrufe zusammen",
        "by the second": "auf die Sekunde",
        "{what} in steps of {step} s": "{what} in Schritten von {step} s",
        "{what} the first {initial} s whole, then in steps of {step} s": (
            "{what} die ersten {initial} s ganz, dann in Schritten von {step} s"
        ),
        "{words}, at least {n} s": "{words}, mindestens {n} s",
        "{n} s of wrap-up added to each": "zu jedem {n} s Nacharbeit",
        "{n} s added for each automation event": "{n} s für jedes automatische Ereignis",
        "the first {n} below {below} s free": "die ersten {n} unter {below} s frei",
        "a call over a change of hours is cut there": "ein Anruf über einen Wechsel der Zeiten wird dort geteilt",
        "{n} included": "{n} enthalten",
        "{n} min included": "{n} min enthalten",
        "{n} h included": "{n} h enthalten",
        # What it costs
        "{price} each": "je {price}",
        "{price} per minute": "{price} je Minute",
        "{price} per hour": "{price} je Stunde",
        "then {price}": "dann {price}",
        "{price} × {factor} after hours": "{price} × {factor} außerhalb der Zeiten",
        "{price} × {factor} on holidays": "{price} × {factor} an Feiertagen",
        "{price} in tier {n} (up to {units})": "{price} in Stufe {n} (bis {units})",
        "{price} in tier {n} (and beyond)": "{price} in Stufe {n} (darüber)",
        "{price}, for all of it": "{price}, für alles",
        "{used}; in packages of {units}, begun ones in full, at {price} each": (
            "{used}; in Paketen zu {units}, angefangene ganz, je {price}"
        ),
        "{used}; up to {n} packages of {units}, begun ones in full, at {price} each": (
            "{used}; bis zu {n} Pakete zu {units}, angefangene ganz, je {price}"
        ),
        "{used}; all of it in packages of {units}, begun ones in full, at {price} each": (
            "{used}; alles in Paketen zu {units}, angefangene ganz, je {price}"
        ),
        "once, as tier {n} is reached": "einmal, sobald Stufe {n} erreicht ist",
        "the base fee of a month": "die Grundgebühr eines Monats",
        "{n} at {price} a month": "{n} zu {price} im Monat",
        "{seats} seats × {hours} h a month at {price} per hour": (
            "{seats} Plätze × {hours} h im Monat zu {price} je Stunde"
        ),
        "{rule}, {n} of {days} days": "{rule}, {n} von {days} Tagen",
        "{rule}; a part of a month is free": "{rule}; ein Teil eines Monats ist frei",
        "once, at the start": "einmal, zu Beginn",
        "once, at the start; it is paid back at the end": "einmal, zu Beginn; wird am Ende zurückgezahlt",
        "each time that it happens": "jedes Mal, wenn es vorkommt",
        "{percent} % of {amount} ({charges})": "{percent} % von {amount} ({charges})",
        "{percent} % off the base fee and all usage": "{percent} % auf Grundgebühr und alle Nutzung",
        "{percent} % of base": "{percent} % der Grundgebühr",
        "{percent} % of usage": "{percent} % der Nutzung",
        "{percent} % of base and usage": "{percent} % von Grundgebühr und Nutzung",
        "{percent} % of seats": "{percent} % der Plätze",
        "at least {amount}": "mindestens {amount}",
        "at most {amount}": "höchstens {amount}",
        "a month comes to at least {amount}": "ein Monat kommt auf mindestens {amount}",
        "a month comes to at most {amount}": "ein Monat kommt auf höchstens {amount}",
        "{contacts} contacts, {agreed} agreed; within {percent} % of them nothing changes; above that {price} each": (
            "{contacts} Kontakte, {agreed} vereinbart; bis {percent} % davon ändert sich nichts; darüber je {price}"
        ),
        "{contacts} contacts, {agreed} agreed; within {percent} % of them nothing changes; below that {price} each": (
            "{contacts} Kontakte, {agreed} vereinbart; bis {percent} % davon ändert sich nichts; darunter je {price}"
        ),
        "{channel} {shown} % within {within}, agreed {target} %": (
            "{channel} {shown} % in {within}, vereinbart {target} %"
        ),
        "calls": "Anrufe",
        "chats": "Chats",
        "emails": "E-Mails",
        "messages": "Nachrichten",
        "letters": "Briefe",
        # What was put right
        "of {number}; {rule}": "aus {number}; {rule}",
        "credited of line {n} of {number}: {reason}": "gutgeschrieben von Zeile {n} der Rechnung {number}: {reason}",
        # What the electronic invoice says
        "Payable by {day}": "Zahlbar bis {day}",
        "Exempt from VAT": "Steuerfrei",
        "Reverse charge": "Steuerschuldnerschaft des Leistungsempfängers",
        "Intra-Community supply": "Innergemeinschaftliche Lieferung",
        "Export outside the EU": "Ausfuhr",
        "Not subject to VAT": "Nicht steuerbar",
        "Deposit that is paid back, no supply": "Rückzahlbare Kaution, keine Leistung",
    },
    {
        "call": ("Anruf", "Anrufe"),
        "record": ("Beleg", "Belege"),
        "minute": ("Minute", "Minuten"),
        "hour": ("Stunde", "Stunden"),
        "chat": ("Chat", "Chats"),
        "email": ("E-Mail", "E-Mails"),
        "message": ("Nachricht", "Nachrichten"),
        "letter": ("Brief", "Briefe"),
        "text": ("SMS", "SMS"),
        "attempt": ("Versuch", "Versuche"),
        "mail": ("E-Mail", "E-Mails"),
    },
    ",",
    ".",
)

_KNOWN: Mapping[str, Words] = {"de": GERMAN}
