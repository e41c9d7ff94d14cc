"""Who is on the floor for too long, on the fake and on the emulator: found there, and gone from it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import wiring
from chalicelib.aws.table import Database
from chalicelib.channels.voice import wiring as telephone
from chalicelib.channels.voice.service.lost_calls import Found, LostCalls
from chalicelib.contacts.model.contact import Arrival, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import TenantId
from chalicelib.tenancy.model.tenant import Tenant
from tests.contract.routing_team import SHOP, Floor, check, floor_of, seat_of
from tests.contract.test_voice_records_doors import door

CALL = Channel.VOICE


@pytest.fixture
def floor(database: Database) -> Floor:
    return floor_of(database)


@dataclass(frozen=True)
class Line:
    ended_at: datetime | None = None


class Lines:
    """The port `Telephone`: what it says of each call; of others nothing."""

    def __init__(self) -> None:
        self.known: dict[str, Line] = {}
        self.asked: list[str] = []

    def describe(self, call: str) -> Line | None:
        self.asked.append(call)
        return self.known.get(call)


def looks(floor: Floor, lines: Lines, *, of: str = "of_the_floor", client: TenantId = SHOP) -> Found:
    teams, clients = [floor.team], [client]
    calls = LostCalls(
        lines, floor.contacts, floor.router, floor.store, lambda: teams, lambda: clients, lambda seconds: None
    )
    found: Found = getattr(calls, of)(floor.clock())
    return found


def test_who_left_a_line_unheard_is_no_longer_in_it_and_who_waits_is(floor: Floor) -> None:
    lines = Lines()
    (gone, _), (here, _) = floor.arrives(CALL), floor.arrives(CALL)
    chat, _ = floor.arrives(Channel.CHAT)
    left = floor.clock.passes(60)
    floor.clock.passes(1_900)
    young, _ = floor.arrives(CALL)
    lines.known = {gone.source_id: Line(left), here.source_id: Line()}
    assert looks(floor, lines).counts == {"ended": 1, "goes_on": 1}
    assert lines.asked == [gone.source_id, here.source_id]
    assert floor.now_of(gone).facts[-1].at == left
    assert [floor.now_of(one).state for one in (gone, here, chat, young)] == [
        State.ABANDONED, State.QUEUED, State.QUEUED, State.QUEUED
    ]  # fmt: skip
    check(floor)


def test_a_conversation_that_nobody_ended_lets_its_agent_go(floor: Floor) -> None:
    lines, maria = Lines(), floor.agent("maria")
    call, _ = floor.arrives(CALL)
    floor.router.accept(SHOP, call.contact, agent=maria.agent, now=floor.clock.passes(1))
    over = floor.clock.passes(300)
    floor.clock.passes(4 * 3600)
    lines.known = {call.source_id: Line(over)}
    assert looks(floor, lines).told == ((call.contact, "ended"),)
    assert (floor.now_of(call).state, floor.now_of(call).facts[-1].at) == (State.ENDED, over)
    assert seat_of(floor, maria)[1] == [call.contact], "he wraps it up as any other"
    floor.finish(call, maria)
    assert seat_of(floor, maria) == (0, [])


def test_what_a_day_left_is_read_once_it_is_over(floor: Floor) -> None:
    # A client of its own: the days of the others hold what other tests left on the emulator.
    lines, maria, client = Lines(), floor.agent("maria"), TenantId(f"shop-{floor.team}")
    waits, _ = floor.arrives(CALL, tenant=client)
    day = floor.clock()
    assert floor.now_of(waits).agent == maria.agent
    floor.router.decline(client, waits.contact, agent=maria.agent, now=floor.clock.passes(1))
    floor.clock.passes(int(timedelta(days=1).total_seconds()))
    assert floor.contacts.of_day(client, day.date().isoformat()) == [waits.contact]
    assert looks(floor, lines, of="of_yesterday", client=client).told == ((waits.contact, "unknown_to_telephony"),)
    gone = floor.now_of(waits)
    assert (gone.state, gone.facts[-1].data["where"]) == (State.ABANDONED, "unknown_to_telephony")
    assert not any(queue.waiting for queue in floor.store.board(floor.team).queues.values())


def test_the_two_clocks_end_what_telephony_knows_nothing_of(
    stage: None, shop: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Lambda calls them, with everything as it is wired but telephony."""
    telephone.lost_calls.cache_clear()
    calls, lines, now = telephone.lost_calls(), Lines(), datetime.now(UTC)
    monkeypatch.setattr(calls, "_telephone", lines)
    monkeypatch.setattr(calls, "_clients", lambda: [shop.id])
    arrival = Arrival(channel=CALL, entry_point="+15550100200", customer="", source_id=uuid.uuid4().hex)
    opened = wiring.contacts().open(shop.id, arrival, now - timedelta(days=1))
    assert opened.contact not in [one for one, _ in calls.of_the_floor(now).told]
    told = door("lost_calls_of_yesterday", {})
    assert told["unknown_to_telephony"] >= 1
    assert lines.asked.count(arrival.source_id) == 1
    assert wiring.contacts().get(shop.id, opened.contact).state is State.ABANDONED
    assert door("lost_calls", {}) == {}
