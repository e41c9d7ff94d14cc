"""Seats, lines and terms as DynamoDB items, and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from chalicelib.aws.table import Absent, Condition, Delete, Equals, Item, Key, Put, Update, Write
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId
from chalicelib.routing.model.board import Board, Queue
from chalicelib.routing.model.eligibility import Profile
from chalicelib.routing.model.line import Line, Waiting
from chalicelib.routing.model.seat import Seat, SeatContact, signature
from chalicelib.routing.model.share import Share
from chalicelib.workforce.model import Status

TABLE = "routing"
LINES = ("LINE", "LINE~")  # everything about lines, without the agents who are free
FREE = "LINE~"
UNREAD = "?"  # the head of a line in which somebody came or went: to be read

# What is written of a seat when it changes; `personal` is counted up and down, `beat` and `connection` have writers
# of their own.
_TEXTS = ("reason", "since", "idle_since", "version")


def team_pk(team: TeamId) -> str:
    return f"TEAM#{team}"


def head_key(team: TeamId) -> Key:
    return Key(team_pk(team), "LINE")


def standing_key(team: TeamId, tenant: TenantId) -> Key:
    return Key(team_pk(team), f"LINE#{tenant}")


def line_key(line: Line) -> Key:
    return Key(team_pk(line.team), f"LINE#{line.id}")


def profile_key(profile: Profile) -> Key:
    return Key(team_pk(profile.team), f"LINE@{signature(profile)}")


def seat_key(team: TeamId, agent: AgentId) -> Key:
    return Key(team_pk(team), f"SEAT#{agent}")


def whereabouts_key(agent: AgentId) -> Key:
    return Key(f"AGENT#{agent}", "SEAT")


def queue_pk(line: Line) -> str:
    return f"TEAM#{line.team}#WAIT#{line.id}"


def personal_pk(team: TeamId, agent: AgentId) -> str:
    return f"TEAM#{team}#AGENT#{agent}"


def waiting_key(waiting: Waiting) -> Key:
    if waiting.prefer:
        return Key(personal_pk(waiting.line.team, waiting.prefer), f"WAIT#{waiting.key}")
    return Key(queue_pk(waiting.line), waiting.key)


def waiting_put(waiting: Waiting) -> Put:
    key = waiting_key(waiting)
    item: Item = {"pk": key.pk, "sk": key.sk}
    return Put(table=TABLE, item=item | ({"line": waiting.line.text} if waiting.prefer else {}))


def as_personal(agent: AgentId, item: Item) -> Waiting:
    place = Waiting.at(Line.read(item["line"]), item["sk"].removeprefix("WAIT#"))
    return Waiting(
        line=place.line, contact=place.contact, deadline=place.deadline, since=place.since, prefer=agent
    )  # fmt: skip


# Seats


def profile_item(profile: Profile) -> Item:
    sets = {name: set(getattr(profile, name)) for name in ("languages", "certifications", "walls", "tenants")}
    skills = dict(profile.skills)
    return {"team": profile.team, "skills": skills, **{name: some for name, some in sets.items() if some}}


def as_profile(item: Item) -> Profile:
    return Profile(
        team=TeamId(item["team"]),
        skills=tuple(sorted(item["skills"].items())),
        languages=frozenset(item.get("languages", ())),
        certifications=frozenset(item.get("certifications", ())),
        walls=frozenset(item.get("walls", ())),
        tenants=frozenset(item.get("tenants", ())),
    )


def _held_item(held: SeatContact) -> Item:
    item: Item = {
        "tenant": held.tenant,
        "channel": held.channel.value,
        "team": held.team,
        "counted": held.counted,
        "deadline": held.deadline,
    }
    return item | ({"paused": held.paused, "pauses": held.pauses} if held.pauses else {})


def _as_held(item: Item) -> SeatContact:
    return SeatContact(**{**item, "channel": Channel(item["channel"])})


def seat_item(seat: Seat) -> Item:
    texts = {name: getattr(seat, name) for name in (*_TEXTS, "connection", "beat")}
    return {
        "agent": seat.agent,
        "team": seat.team,
        "status": seat.status.value,
        "units": seat.units,
        "held": len(seat.contacts),
        "personal": seat.personal,
        "contacts": {contact: _held_item(held) for contact, held in seat.contacts.items()},
        "profile": profile_item(seat.profile),
        "signature": signature(seat.profile),
        **{name: text for name, text in texts.items() if text},
    }


def as_seat(item: Item) -> Seat:
    texts = {name: item.get(name, "") for name in (*_TEXTS, "connection", "beat")}
    team = TeamId(item["team"])
    return Seat(
        agent=AgentId(item["agent"]),
        team=team,
        status=Status(item["status"]),
        units=item["units"],
        profile=as_profile(item["profile"]) if "profile" in item else Profile(team=team),
        contacts={ContactId(contact): _as_held(held) for contact, held in item["contacts"].items()},
        personal=item.get("personal", 0),
        **texts,
    )


def unchanged(seat: Seat) -> Condition:
    return Equals("version", seat.version) if seat.version else Absent("version")


def seat_change(before: Seat, after: Seat) -> Update:
    """Holds `before` against what stands, and writes what differs."""
    old, new = seat_item(before), seat_item(after)
    changed = {
        name: new[name]
        for name in (*_TEXTS, "status", "units", "held", "contacts", "profile", "signature", "connection", "beat")
        if name in new and new[name] != old.get(name)
    }
    gone = tuple(name for name in ("reason", "connection") if name in old and name not in new)
    added = after.personal - before.personal
    return Update(
        table=TABLE,
        key=seat_key(after.team, after.agent),
        set=changed,
        add={"personal": added} if added else {},
        remove=gone,
        when=(unchanged(before),),
    )


def place_changes(before: Seat, after: Seat) -> list[Write]:
    """Where the agent stands among those who are free. Follows every change of a seat: it carries its version."""
    writes: list[Write] = []
    if before.place and before.place != after.place:
        writes.append(Delete(table=TABLE, key=Key(team_pk(before.team), FREE + before.place)))
    if after.place:
        item = {"pk": team_pk(after.team), "sk": FREE + after.place, **seat_item(after)}
        writes.append(Put(table=TABLE, item=item))
    return writes


def signed_in_change(profile: Profile, change: int) -> Update:
    return Update(
        table=TABLE, key=profile_key(profile), set={"profile": profile_item(profile)}, add={"signed_in": change}
    )  # fmt: skip


def standing_changes(
    before: Seat, after: Seat, when: Mapping[tuple[TeamId, TenantId], tuple[Condition, ...]] = MappingProxyType({})
) -> list[Write]:
    """What the change of the seat means for the clients' shares."""
    return standing_changes_of([(before, after)], when)


def standing_changes_of(
    seats: Iterable[tuple[Seat, Seat]],
    when: Mapping[tuple[TeamId, TenantId], tuple[Condition, ...]] = MappingProxyType({}),
) -> list[Write]:
    """The same of several seats, each as it was and as it is: what one gives up for another is no change."""
    units: Counter[tuple[TeamId, TenantId]] = Counter()
    claimed: Counter[tuple[TeamId, TenantId]] = Counter()
    for before, after in seats:
        for sign, seat in ((-1, before), (1, after)):
            for key, (some, all_of_it) in seat.standings().items():
                units[key] += sign * some
                claimed[key] += sign * all_of_it
    return [
        standing_change(*key, units[key], claimed[key], when.get(key, ()))
        for key in sorted(units)
        if units[key] or claimed[key]
    ]


def standing_change(
    team: TeamId, tenant: TenantId, units: int, claimed: int, when: tuple[Condition, ...] = ()
) -> Update:
    key = standing_key(team, tenant)
    return Update(table=TABLE, key=key, add={"units": units, "claimed": claimed}, when=when)


# Lines and terms


def share_item(share: Share) -> Item:
    item: Item = {
        "weight": repr(share.weight),
        "reserve": repr(share.reserve),
        "cap": repr(share.cap),
        "hard": share.hard,
    }
    return item | ({"ceiling": repr(share.ceiling)} if share.ceiling is not None else {})


def _as_share(item: Item) -> Share:
    return Share(
        weight=float(item["weight"]),
        reserve=float(item["reserve"]),
        cap=float(item["cap"]),
        ceiling=float(item["ceiling"]) if "ceiling" in item else None,
        hard=item["hard"],
    )


def as_queue(item: Item) -> Queue:
    line = Line.read(item["line"])
    head = item.get("head", "")
    waiting = max(0, item["waiting"])
    heads = (Waiting.at(line, head),) if waiting and head and head != UNREAD else ()
    pace = {"taken": item.get("taken", ""), "pace_ms": item.get("pace_ms", 0), "paced": item.get("paced", "")}
    return Queue(line=line, waiting=waiting, heads=heads, jumps=item.get("jumps", 0), **pace)


def as_board(team: TeamId, items: Iterable[Item]) -> Board:
    what: dict[str, Any] = {"shares": {}, "helps": frozenset(), "profiles": {}, "busy": {}, "claimed": {}, "queues": {}}
    for item in items:
        name = item["sk"]
        if name == "LINE":
            what["shares"] = {TenantId(tenant): _as_share(share) for tenant, share in item["shares"].items()}
            what["helps"] = frozenset(TeamId(other) for other in item.get("helps", ()))
        elif name.startswith("LINE@"):
            what["profiles"][as_profile(item["profile"])] = item["signed_in"]
        elif name.count("#") == 1:
            tenant = TenantId(name.removeprefix("LINE#"))
            what["busy"][tenant], what["claimed"][tenant] = item["units"], item["claimed"]
        else:
            what["queues"][name.removeprefix("LINE#")] = as_queue(item)
    return Board(team=team, **what)
