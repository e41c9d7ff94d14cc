"""A whole routing floor on the fake store: what happens on it, and the books that must agree after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.contacts.model.contact import Arrival, Contact, State, opened
from chalicelib.contacts.store import contact_key
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId, contact_id
from chalicelib.routing.model.board import Board, Queue
from chalicelib.routing.model.capacity import COST, UNITS
from chalicelib.routing.model.line import Waiting
from chalicelib.routing.model.matcher import drained_of, lines_for, seats_for
from chalicelib.routing.model.seat import Seat
from chalicelib.routing.store import items
from tests.fakes.memory import MemoryDatabase

_ON_A_SEAT = frozenset({State.OFFERED, State.CONNECTED, State.HELD, State.ENDED})


def arrived(tenant: TenantId, channel: Channel, source: str, now: datetime) -> Contact:
    """As a channel opens it, without the day's listing."""
    arrival = Arrival(channel=channel, entry_point="e", customer="c", source_id=source)
    return opened(tenant, contact_id(channel, source), arrival, now)


def put(database: MemoryDatabase, contact: Contact) -> Contact:
    key = contact_key(contact.tenant, contact.contact)
    database.tables.setdefault("contacts", {})[key] = {"pk": key.pk, "sk": key.sk, **contact.as_item()}
    return contact


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that stands, read at once."""

    contacts: dict[ContactId, Contact]
    seats: list[Seat]
    places: list[Seat]
    boards: dict[TeamId, Board]
    waiting: list[tuple[str, Waiting]]  # (partition, place)

    @staticmethod
    def of(database: MemoryDatabase, teams: Iterable[TeamId]) -> Books:
        rows = database.tables.get("routing", {}).values()
        contacts = [
            Contact.from_item(row) for row in database.tables.get("contacts", {}).values() if row["sk"] == "CONTACT"
        ]
        boards = {}
        for team in teams:
            mine = [
                row
                for row in rows
                if row["pk"] == items.team_pk(team) and items.LINES[0] <= row["sk"] <= items.LINES[1]
            ]
            boards[team] = items.as_board(team, mine)
        lines = {items.queue_pk(queue.line): queue.line for board in boards.values() for queue in board.queues.values()}
        waiting = [(row["pk"], Waiting.at(lines[row["pk"]], row["sk"])) for row in rows if "#WAIT#" in row["pk"]]
        waiting += [
            (row["pk"], items.as_personal(AgentId(row["pk"].rpartition("#")[2]), row))
            for row in rows
            if row["sk"].startswith("WAIT#")
        ]
        return Books(
            contacts={contact.contact: contact for contact in contacts},
            seats=[items.as_seat(row) for row in rows if row["sk"].startswith("SEAT#")],
            places=[items.as_seat(row) for row in rows if row["sk"].startswith(items.FREE)],
            boards=boards,
            waiting=waiting,
        )

    def faults(self) -> list[str]:
        """In words; empty where all of them agree."""
        return [*self._contacts(), *self._seats(), *self._standings(), *self._lines()]

    def _contacts(self) -> list[str]:
        found = []
        on = Counter(contact for seat in self.seats for contact in seat.contacts)
        waits = Counter(waiting.contact for _, waiting in self.waiting)
        for name, contact in self.contacts.items():
            expected = (int(contact.state in _ON_A_SEAT), int(contact.state is State.QUEUED))
            if (on[name], waits[name]) != expected:
                found.append(f"{name} is {contact.state}, on {on[name]} seats and in {waits[name]} lines")
        found += [f"{name} is on a seat or in a line and nowhere else" for name in {*on, *waits} - set(self.contacts)]
        return found

    def _seats(self) -> list[str]:
        found = []
        for seat in self.seats:
            for name, held in seat.contacts.items():
                contact = self.contacts[name]
                if contact.agent != seat.agent:
                    found.append(f"{name} lies before {seat.agent} and is {contact.agent}'s")
                if contact.state is State.HELD and not held.paused:
                    found.append(f"{name} is on hold, and {seat.agent} has room for it")
            load = sum(COST[held.channel] for held in seat.contacts.values() if not held.paused)
            if seat.units != load or load > UNITS:
                found.append(f"{seat.agent} carries {load} and his seat says {seat.units}")
            own = sum(1 for _, waiting in self.waiting if waiting.prefer == seat.agent)
            if seat.personal != own:
                found.append(f"{own} wait for {seat.agent} and his seat says {seat.personal}")
        stand = {(place.agent, place.place, place.version) for place in self.places}
        free = {(seat.agent, seat.place, seat.version) for seat in self.seats if seat.place}
        if stand != free or len(stand) != len(self.places):
            found.append(f"those who are free are {sorted(free)}, and there stand {sorted(stand)}")
        return found

    def _standings(self) -> list[str]:
        found = []
        units: Counter[tuple[TeamId, TenantId]] = Counter()
        claimed: Counter[tuple[TeamId, TenantId]] = Counter()
        for seat in self.seats:
            for key, (some, all_of_it) in seat.standings().items():
                units[key] += some
                claimed[key] += all_of_it
        for team, board in self.boards.items():
            for tenant in {*board.busy, *(one for where, one in claimed if where == team)}:
                says = (board.busy.get(tenant, 0), board.claimed.get(tenant, 0))
                if says != (units[team, tenant], claimed[team, tenant]):
                    found.append(f"{tenant} has {units[team, tenant]} units in {team} and its standing says {says}")
                if claimed[team, tenant] > board.limit(tenant).ceiling:
                    found.append(f"{tenant} is above its ceiling in {team}")
            signed_in = Counter(seat.profile for seat in self.seats if seat.signed_in and seat.team == team)
            if {one: count for one, count in board.profiles.items() if count} != signed_in:
                found.append(f"signed in to {team} are {signed_in}, and its lines say {board.profiles}")
        return found

    def _lines(self) -> list[str]:
        found = []
        for team, board in self.boards.items():
            for queue in board.queues.values():
                places = self.places_of(queue)
                if queue.waiting != len(places):
                    found.append(f"{len(places)} wait in a line of {team} that says {queue.waiting}")
                if queue.heads and queue.heads[0].deadline > places[0].deadline:
                    found.append(f"a line of {team} names {queue.heads[0].contact}, and {places[0].contact} is first")
        return found

    def places_of(self, queue: Queue) -> list[Waiting]:
        pk = items.queue_pk(queue.line)
        return sorted((waiting for where, waiting in self.waiting if where == pk), key=lambda one: one.key)

    def sleepers(self, team: TeamId, now: float) -> list[str]:
        """Who waits although an agent may and can take it."""
        board = self.boards[team]
        if not self.waiting:
            return []
        for queue in list(board.queues.values()):
            places = tuple(self.places_of(queue))
            board = board.with_heads(queue.line, places, len(places) + 1)
        seats = [seat for seat in self.seats if seat.team == team and seat.free]
        if board.reserves_hard:
            free = sum(UNITS - seat.units for seat in seats if not seat.profile.dedicated)
            board = replace(board, free=free)
        drained = drained_of(seats, board, now)
        found = []
        for queue in board.queues.values():
            if queue.heads:
                found += [
                    choice.waiting.contact for choice in seats_for(queue.heads[0], seats, board, now, drained=drained)
                ]
        for seat in seats:
            own = [waiting for _, waiting in self.waiting if waiting.prefer == seat.agent]
            fed = lines_for(seat, board, now, personal=own, drained=drained) if own else []
            found += [choice.waiting.contact for choice in fed if choice.waiting.prefer]
        return [f"{contact} waits, and an agent is free for it" for contact in dict.fromkeys(found)]
