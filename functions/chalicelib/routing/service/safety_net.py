"""The sweep: once a minute it repairs what no message came for, and counts it. The counts are alarmed on: they
should be 0. It may read what the router never does, all seats of a team and whole lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from chalicelib.contacts.model.contact import Contact, State
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId
from chalicelib.routing.model.board import Board
from chalicelib.routing.model.line import Waiting
from chalicelib.routing.model.matcher import lines_for
from chalicelib.routing.model.offer import INCOMPLETE, offered_until
from chalicelib.routing.model.seat import Seat
from chalicelib.routing.model.share import Share
from chalicelib.routing.model.terms import helped_by, shares_of
from chalicelib.tenancy.model.routing import Client

if TYPE_CHECKING:
    from chalicelib.routing.service.router import Router

VANISHED_S = 600  # without a sign of life from his page (it pings every 4 minutes) an agent is gone
WRAP_UP_S = 900  # the longest that Amazon Connect allows, too
LATE_S = 15  # after an offer's end
SLEPT_S = 5  # that something may take to be noticed: less is no fault
# What people leave behind: no fault of ours, unless there is much of it.
LEFT_BEHIND = ("vanished", "unwrapped")
# What the router should have done, and did not.
FAULTS = ("overdue_offers", "slept", "overdue_personal", "stale_heads", "wrong_counts", "lost_places", "ghosts")
REPAIRS = (*LEFT_BEHIND, *FAULTS)
# The sums that ring: an alarm on one metric is one that everything understands.
SUMS = {"left_behind": LEFT_BEHIND, "repaired": FAULTS}


class Ledger(Protocol):
    """What the sweep sees of the store, and mends in it. Each mend is held against what was seen: where the floor
    was faster, nothing is mended, and nothing counted."""

    def board(self, team: TeamId) -> Board: ...
    def seats(self, team: TeamId) -> list[Seat]: ...
    def contacts(self, keys: Sequence[tuple[TenantId, ContactId]]) -> list[Contact]: ...
    def personal(self, team: TeamId, agent: AgentId) -> list[Waiting]: ...
    def mend_lines(self, team: TeamId, now: datetime) -> tuple[int, int, int]:
        """How many heads and how many counts of lines were wrong, and how many stood there who wait no more. Lines
        that are long empty are struck."""
        ...

    def mend_own_lines(self, team: TeamId, now: datetime) -> tuple[int, int]:
        """Of the agents' own lines: how many seats counted wrongly who waits there, and how many wait there no more."""
        ...

    def mend_standings(self, team: TeamId) -> int:
        """How many clients' standings and counts of who is signed in differed from what the seats say."""
        ...

    def mend_places(self, team: TeamId) -> int:
        """How many agents stood among those who are free and are not, or are and did not stand there."""
        ...

    def set_terms(self, team: TeamId, shares: Mapping[TenantId, Share], helps: frozenset[TeamId]) -> None: ...


class SafetyNet:
    def __init__(
        self,
        router: Router,
        ledger: Ledger,
        teams: Callable[[], Sequence[TeamId]],
        clients: Callable[[], Sequence[Client]],
    ) -> None:
        self._router = router
        self._ledger = ledger
        self._teams = teams
        self._clients = clients

    def sweep(self, now: datetime) -> dict[str, int]:
        """What was repaired in all teams, by kind, and the sums that are alarmed on."""
        caught: Counter[str] = Counter(dict.fromkeys(REPAIRS, 0))
        self.renew_terms()
        for team in self._teams():
            caught.update(self.sweep_team(team, now))
        return dict(caught) | {name: sum(caught[kind] for kind in kinds) for name, kinds in SUMS.items()}

    def renew_terms(self) -> int:
        """What was applied reaches the teams; how many of them it changed."""
        clients = list(self._clients())
        helps, changed = helped_by(clients), 0
        for team in self._teams():
            board = self._ledger.board(team)
            shares = shares_of(client for client in clients if client.team_id == team)
            if (board.shares, board.helps) != (shares, helps.get(team, frozenset())):
                self._ledger.set_terms(team, shares, helps.get(team, frozenset()))
                changed += 1
        return changed

    def sweep_team(self, team: TeamId, now: datetime) -> dict[str, int]:
        caught: Counter[str] = Counter(dict.fromkeys(REPAIRS, 0))
        for seat in self._ledger.seats(team):
            if seat.signed_in and _longer_than(VANISHED_S, seat.beat, now):
                self._router.sign_out(seat, now, "vanished")
                caught["vanished"] += 1
        seats = self._ledger.seats(team)
        keys = [(held.tenant, contact) for seat in seats for contact, held in seat.contacts.items()]
        for contact in self._ledger.contacts(keys):
            caught["overdue_offers"] += self._missed_long_ago(contact, now)
            caught["unwrapped"] += self._ended_long_ago(contact, now)
        miscounted, strays = self._ledger.mend_own_lines(team, now)
        seats = self._ledger.seats(team)
        caught["overdue_personal"] += sum(self._joined_late(seat, now) for seat in seats if seat.personal)
        heads, counts, ghosts = self._ledger.mend_lines(team, now)
        caught["stale_heads"] += heads
        caught["ghosts"] += ghosts + strays
        caught["wrong_counts"] += counts + miscounted + self._ledger.mend_standings(team)
        caught["lost_places"] += self._ledger.mend_places(team)
        caught["slept"] += self._woken(team, now)
        return dict(caught)

    def _missed_long_ago(self, contact: Contact, now: datetime) -> bool:
        until = offered_until(contact)
        overdue = until is not None and _longer_than(LATE_S, stamp(until), now)
        return overdue and self._router.miss(contact.tenant, contact.contact, contact.offer, now)

    def _ended_long_ago(self, contact: Contact, now: datetime) -> bool:
        """Closes what its agent never wrapped up: it would keep his place, and would never be billed."""
        ended = contact.last("ended")
        if contact.state is not State.ENDED or ended is None or not _longer_than(WRAP_UP_S, stamp(ended.at), now):
            return False
        return self._router.close(contact, INCOMPLETE, now)

    def _joined_late(self, seat: Seat, now: datetime) -> int:
        late = [
            waiting
            for waiting in self._ledger.personal(seat.team, seat.agent)
            if waiting.joins_at + SLEPT_S < now.timestamp()
        ]
        for waiting in late:
            self._router.again(waiting.tenant, waiting.contact, now)
        return len(late)

    def _woken(self, team: TeamId, now: datetime) -> int:
        """Who could have been served for seconds, and was not."""
        board, at = self._ledger.board(team), now.timestamp()
        earlier = at - SLEPT_S
        waiting = sum(queue.waiting for queue in board.queues.values())
        if not waiting:
            return 0
        quiet = [
            seat
            for seat in self._ledger.seats(team)
            if seat.free and _longer_than(SLEPT_S, seat.idle_since, now) and lines_for(seat, board, earlier)
        ]
        self._router.stir(team, now)
        after = self._ledger.board(team)
        return min(len(quiet), waiting - sum(queue.waiting for queue in after.queues.values())) if quiet else 0


def _longer_than(seconds: int, since: str, now: datetime) -> bool:
    return bool(since) and instant(since) < now - timedelta(seconds=seconds)
