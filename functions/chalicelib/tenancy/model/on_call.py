"""Who is on call for a client, and in which order they are tried until somebody takes it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from chalicelib.tenancy.model.address import E164, Mailbox
from chalicelib.tenancy.model.form import Line, Name, rule
from chalicelib.tenancy.model.hours import Hours

ON_DUTY = "on_duty"  # in the place of a person's name: all whose hours are now


class By(StrEnum):
    VOICE = "voice"
    SMS = "sms"
    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody of the client's. Where a step names a person, the person is tried at any hour."""

    name: Line = rule("What steps call the person, and what everybody is told of who took it.")
    phone: E164 | None = rule("Where the person is called and texted.", default=None)
    email: Mailbox | None = rule("Where the person gets mail.", default=None)
    hours: Hours | None = rule(
        "When the person is on duty, in the client's time zone; always if left out.",
        default=None,
    )

    def reached(self, by: By) -> str:
        """The address for that way; empty where there is none."""
        return (self.email if by is By.EMAIL else self.phone) or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rung of the ladder."""

    who: Line = rule("A person's name, or on_duty: all whose hours are now, in the order of the file.")
    by: By = rule("voice (a call that is taken with a key), sms or email (both with a link that takes it).")
    wait_s: int = rule(
        "Seconds from a text or a mail to the next step. After a call that nobody took, the next one begins at once. "
        "Where a step reaches nobody, the next round begins so long after this one, and not sooner.",
        default=180,
        least=30,
        most=3600,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCall:
    """A ladder: its steps are taken in order, round after round, until somebody takes it."""

    name: Name = rule("The ladder as reports know it.")
    title: Line = rule("What agents read, and what mails are about.")
    rounds: int = rule("How often the ladder is climbed.", default=2, least=1, most=9)
    people: tuple[Person, ...] = rule("Who may be tried.", least=1, most=20)
    steps: tuple[Step, ...] = rule("Who is tried how, in this order.", least=1, most=20)
    unanswered: Mailbox | None = rule(
        "Gets a mail where nobody took it in the last round; needed where duty hours leave gaps.",
        default=None,
    )
    voicemail: bool = rule("A message that a caller leaves on tape begins it by itself.", default=False)

    def person(self, name: str) -> Person | None:
        return next((person for person in self.people if person.name == name), None)
