"""What a client has us call people for: its campaigns. Nothing of it must be written: who has none calls nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.tenancy.model.address import E164
from chalicelib.tenancy.model.form import Line, Name, Prose, Slug, rule
from chalicelib.tenancy.model.hours import Hours
from chalicelib.tenancy.model.menu import Texts

EARLIEST, LATEST = 8 * 60, 21 * 60  # minutes after midnight where who is called lives: 47 CFR 64.1200(c)(1)


class Mode(StrEnum):
    PREVIEW = "preview"  # the agent reads who it is, and then calls
    PROGRESSIVE = "progressive"  # the call is made as soon as an agent has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """People whom agents call, one after the other, between the calls that come in."""

    name: Slug = rule("The campaign as commands and reports know it.")
    title: Line = rule("What agents read.")
    mode: Mode = rule(
        "preview: the agent reads who it is and presses Call. progressive: the call is made at once.",
        default=Mode.PREVIEW,
    )
    first_day: date | None = rule("The first day on which we call, where who is called lives.", default=None)
    last_day: date | None = rule("The last day on which we call.", default=None)
    attempts: int = rule("How often a person is called at most.", default=3, least=1, most=9)
    retry_s: int = rule(
        "Seconds until a person who was not reached is called again.", default=4 * 3600, least=900, most=7 * 24 * 3600
    )
    a_day: int = rule(
        "How often a number is called within 24 hours at most, by all campaigns of the client.",
        default=1,
        least=1,
        most=5,
    )
    a_week: int = rule("The same within seven days.", default=7, least=1, most=7)
    caller_id: E164 | None = rule(
        "The number that people see, one of the client's phones; the usual one if left out.", default=None
    )
    skill: Name = rule("The skill that an agent needs for it; the client's usual one if left out.", default=Name(""))
    hours: Hours = rule("When we call, on the clock of who is called; never before 08:00 or after 21:00.")
    opening: Texts = rule("The first sentence, per language; that of the usual script if left out.", empty=dict)
    steps: tuple[Prose, ...] = rule("What to ask or do next, in order, for the agent's eyes.", empty=tuple, most=40)
