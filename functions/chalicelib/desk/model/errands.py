"""What an agent is shown of a call that we begin, and how he says when somebody is to be called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Invalid
from chalicelib.outreach.model.appointment import Appointment, AppointmentState
from chalicelib.outreach.model.dispatch import Dispatch, Result, Standing
from chalicelib.tenancy.model.on_call import By


def moment(text: str, zone: ZoneInfo) -> datetime:
    """`2026-11-23T15:30` on the wall clock of the zone, or with an offset. Raises Invalid, also for an hour that a
    change of the clock leaves out."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Invalid("at", f"{text!r} is no time", "write it like 2026-11-23T15:30") from None
    if at.tzinfo is not None:
        return at
    local = at.replace(tzinfo=zone)
    there = datetime.fromtimestamp(local.timestamp(), zone)
    if there.replace(tzinfo=None) != at:
        raise Invalid("at", f"{text} does not exist in {zone.key}: the clock is set forward", "choose another hour")
    return local


_STANDINGS: Mapping[Standing, tuple[str, str]] = {
    Standing.RUNNING: ("Trying to reach somebody", "ringing"),
    Standing.ACKNOWLEDGED: ("Taken", "ready"),
    Standing.UNANSWERED: ("Nobody took it", "late"),
    Standing.CANCELLED: ("Cancelled", "off"),
}
_RESULTS: Mapping[Result, str] = {
    Result.PENDING: "being made",
    Result.PLACED: "not taken yet",
    Result.FAILED: "could not be made",
    Result.NO_ANSWER: "did not answer",
    Result.HUNG_UP: "hung up without taking it",
    Result.PASSED: "passed it on",
    Result.STOPPED: "stopped: nobody needs it any more",
    Result.TAKEN: "took it",
}
_WAYS: Mapping[By, str] = {By.VOICE: "Call", By.SMS: "Text message", By.EMAIL: "Mail"}


@dataclass(frozen=True, slots=True)
class SentFor:
    """Whoever is on call was sent for."""

    dispatch: Dispatch
    who: str = ""  # who took it, or called it off, as people call him

    def as_json(self) -> dict[str, Any]:
        """Where it stands, for the page: what is known, and the same in words."""
        return _told(self.dispatch, self.who)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """On whose clock a time is told: the client's, and where the number that is called may be. `promised` are the calls
    to come that this customer was promised already, with who will make them: a name, or nobody in particular."""

    zone: str
    theirs: tuple[str, ...]
    number: str
    promised: tuple[tuple[Appointment, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "zone": self.zone,
            "theirs": list(self.theirs),
            "number": self.number,
            "promised": [
                {"at": stamp(one.at), "number": one.number, "who": who, "out": one.state is AppointmentState.OUT}
                for one, who in self.promised
            ],
        }


def _told(dispatch: Dispatch, who: str) -> dict[str, Any]:
    words, tone = _STANDINGS[dispatch.standing]
    by = f" by {who}" if who else ""
    return {
        "id": dispatch.contact,
        "ladder": str(dispatch.ladder.name),
        "title": str(dispatch.ladder.title),
        "message": dispatch.message,
        "standing": dispatch.standing.value,
        "words": f"{words}{by}",
        "tone": tone,
        "who": who,
        "how": dispatch.how,
        "started_at": stamp(dispatch.started_at),
        "ended_at": stamp(dispatch.ended_at) if dispatch.ended_at else "",
        "attempts": [
            {
                "n": one.n,
                "who": one.person,
                "by": one.by.value,
                "way": _WAYS[one.by],
                "at": stamp(one.at),
                "result": one.result.value,
                "words": _RESULTS[one.result],
            }
            for one in dispatch.attempts
        ],
    }
