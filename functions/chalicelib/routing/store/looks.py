"""What stands: one team's lines, seats and contacts, read consistently."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.aws.table import Database, Item, every
from chalicelib.contacts.model.contact import Contact
from chalicelib.contacts.store import contact_key
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId
from chalicelib.routing.model.board import Board, Queue, View
from chalicelib.routing.model.eligibility import Profile
from chalicelib.routing.model.line import Line, Waiting
from chalicelib.routing.model.seat import Seat
from chalicelib.routing.store import items
from chalicelib.routing.store.items import FREE, LINES, TABLE

_MOST_SEEN = 2000
_PAGE = 25  # agents who are free, in one look
_FURTHER = 200  # the same, where those did not settle it


class Looks:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._lines: dict[TeamId, int] = {}  # items about lines at the last look: how much the next one asks for
        self._seen: dict[AgentId, Seat] = {}  # a guess at what stands; every write holds it against the truth

    # Looking

    def board(self, team: TeamId) -> Board:
        rows = every(self._database, TABLE, items.team_pk(team), between=LINES)
        self._lines[team] = len(rows)
        return items.as_board(team, rows)

    def look(self, team: TeamId) -> View:
        """The lines and the first of those who are free, in one query (in two where the lines have just grown)."""
        pk, rows = items.team_pk(team), list[Item]()
        limit = self._lines.get(team, 2 * _PAGE) + _PAGE
        page = self._database.query(TABLE, pk, begins="LINE", limit=limit)
        rows += page.items
        while page.next is not None and not rows[-1]["sk"].startswith(FREE):
            page = self._database.query(TABLE, pk, begins="LINE", limit=limit, after=page.next)
            rows += page.items
        lines = [row for row in rows if not row["sk"].startswith(FREE)]
        self._lines[team] = len(lines)
        return View(
            items.as_board(team, lines),
            tuple(items.as_seat(row) for row in rows[len(lines) :]),
            _place(rows[-1]) if page.next is not None else "",
        )

    def free(self, team: TeamId, after: str = "") -> tuple[list[Seat], str]:
        """More of those who are free, from a place on; and where the list was cut off this time."""
        behind = (f"{FREE}{after}!", f"{FREE}~")
        page = self._database.query(TABLE, items.team_pk(team), between=behind, limit=_FURTHER)
        return [items.as_seat(row) for row in page.items], _place(page.items[-1]) if page.next is not None else ""

    def profiles(self, team: TeamId) -> dict[Profile, int]:
        """Who is signed in, as counts of each profile."""
        rows = every(self._database, TABLE, items.team_pk(team), begins="LINE@")
        return {items.as_profile(row["profile"]): row["signed_in"] for row in rows}

    def heads(self, line: Line, limit: int = 2) -> tuple[Waiting, ...]:
        page = self._database.query(TABLE, items.queue_pk(line), limit=limit)
        return tuple(Waiting.at(line, row["sk"]) for row in page.items)

    def queue(self, line: Line) -> Queue:
        """The line as it says of itself."""
        item = self._database.get(TABLE, items.line_key(line))
        return items.as_queue(item) if item is not None else Queue(line=line, waiting=0)

    def personal(self, team: TeamId, agent: AgentId) -> list[Waiting]:
        """A line that is short by nature: its contacts wait there for minutes, and only where there is no room."""
        rows = every(self._database, TABLE, items.personal_pk(team, agent), begins="WAIT#")
        return [items.as_personal(agent, row) for row in rows]

    def seat(self, team: TeamId, agent: AgentId) -> Seat:
        """Of whichever team he sits in now, where he has left this one."""
        item = self._database.get(TABLE, items.seat_key(team, agent))
        if item is None:
            moved = self._whereabouts(agent)
            item = self._database.get(TABLE, items.seat_key(moved, agent)) if moved not in ("", team) else None
        if item is None:
            raise NotFound("seat", agent)
        return self._saw(items.as_seat(item))

    def seats(self, team: TeamId) -> list[Seat]:
        return [items.as_seat(row) for row in every(self._database, TABLE, items.team_pk(team), begins="SEAT#")]

    def contact(self, tenant: TenantId, contact: ContactId) -> Contact:
        item = self._database.get("contacts", contact_key(tenant, contact))
        if item is None:
            raise NotFound("contact", contact)
        return Contact.from_item(item)

    def contacts(self, keys: Sequence[tuple[TenantId, ContactId]]) -> list[Contact]:
        found: list[Contact] = []
        for start in range(0, len(keys), 100):
            asked = [contact_key(*key) for key in keys[start : start + 100]]
            found += [Contact.from_item(item) for item in self._database.get_many("contacts", asked)]
        return found

    def find(self, team: TeamId, agent: AgentId) -> Seat | None:
        """His seat, in this team or in the one that he sat in before; None for who never had one."""
        asked = [items.seat_key(team, agent), items.whereabouts_key(agent)]
        found = {item["pk"]: item for item in self._database.get_many(TABLE, asked)}
        here, where = found.get(items.team_pk(team)), found.get(items.whereabouts_key(agent).pk)
        if here is None and where is not None and where["team"] != team:
            here = self._database.get(TABLE, items.seat_key(where["team"], agent))
        return self._saw(items.as_seat(here)) if here is not None else None

    def waits_alone(self, waiting: Waiting) -> bool:
        """Whether it waits in its own agent's line."""
        return self._database.get(TABLE, items.waiting_key(waiting)) is not None

    def _whereabouts(self, agent: AgentId) -> TeamId:
        item = self._database.get(TABLE, items.whereabouts_key(agent))
        return TeamId(item["team"]) if item is not None else TeamId("")

    def _saw(self, seat: Seat) -> Seat:
        if len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
        self._seen[seat.agent] = seat
        return seat


def _place(row: Item) -> str:
    return str(row["sk"]).removeprefix(FREE)
