"""What came late stands behind the invoice that billed it: there it is explained, disputed and credited."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws.table import Database
from chalicelib.billing.model.ledger import Meter
from chalicelib.billing.model.standing import Issued, Start, State
from chalicelib.kernel.errors import Conflict, NotFound, TooLarge
from chalicelib.kernel.ids import ContactId
from chalicelib.tenancy.model.form import Amount
from chalicelib.tenancy.model.plan import ShortCalls, Tier, VoiceTerms
from chalicelib.tenancy.model.tenant import Tenant
from tests.fakes.counting_house import CountingHouse, called
from tests.fakes.memory import MemoryDatabase
from tests.fakes.usage import terms

OCTOBER, NOVEMBER, DECEMBER = "2026-10", "2026-11", "2026-12"
IN_OCTOBER = datetime(2026, 10, 14, 9, tzinfo=UTC)
AFTER_OCTOBER = datetime(2026, 11, 5, 9, tzinfo=UTC)
IN_NOVEMBER = datetime(2026, 11, 10, 12, tzinfo=UTC)
AFTER_NOVEMBER = datetime(2026, 12, 5, 9, tzinfo=UTC)
BY = "fiona"
TIERED = VoiceTerms(tiers=(Tier(up_to=10, price=Amount("1.00")), Tier(price=Amount("3.00"))))
START = Start(at=AFTER_OCTOBER, cutoff=AFTER_OCTOBER)


def amended(house: CountingHouse, shop: Tenant, contact: str, seconds: int | None) -> None:
    """Corrected to so many seconds in November, or taken back."""
    key = house.corrections.key(shop.id, ContactId(contact), Meter.VOICE.value)
    if seconds is None:
        house.corrections.reverse(key, "a test call", BY, IN_NOVEMBER)
        return
    changed = {"quantity": seconds, "seconds": {"talk": seconds, "hold": 0, "wrap": 0}}
    house.corrections.correct(key, changed, "the switch was wrong", BY, IN_NOVEMBER)


def late_month(house: CountingHouse, shop: Tenant) -> Issued:
    """October with three calls; then a fourth comes, one is longer than it was, one was none. November's invoice."""
    for contact, minutes in (("kept", 1), ("longer", 2), ("none", 4)):
        called(house, shop, contact, IN_OCTOBER, talk=60 * minutes)
    house.invoices.finalise(shop.id, OCTOBER, BY, AFTER_OCTOBER)
    called(house, shop, "late", IN_OCTOBER, now=IN_NOVEMBER, talk=480)
    called(house, shop, "gone", IN_OCTOBER, now=IN_NOVEMBER)
    amended(house, shop, "gone", None)
    amended(house, shop, "longer", 180)
    amended(house, shop, "none", None)
    called(house, shop, "own", IN_NOVEMBER)
    return house.invoices.finalise(shop.id, NOVEMBER, BY, AFTER_NOVEMBER)


def adjustment_places(house: CountingHouse, shop: Tenant, label: str) -> list[int]:
    lines = house.invoices.document(shop.id, label)["lines"]
    return [place for place, line in enumerate(lines) if line["kind"] == "adjustment"]


def told(found: dict[str, Any]) -> list[tuple[str, str, int, int]]:
    return [(row["contact"], row["what"], row["was_billed"], row["billed"]) for row in found["contacts"]]


def test_a_line_that_adjusts_leads_to_the_contacts_that_made_the_difference(house: CountingHouse, shop: Tenant) -> None:
    late_month(house, shop)
    places = adjustment_places(house, shop, NOVEMBER)
    assert [house.invoices.document(shop.id, NOVEMBER)["lines"][place]["amount"] for place in places] == [-700, 1_200]
    for place in places:
        found = house.explaining.explain(shop.id, NOVEMBER, place, AFTER_NOVEMBER)
        assert sorted(told(found)) == [
            ("late", "added", 0, 480),
            ("longer", "changed", 120, 180),
            ("none", "reversed", 240, 0),
        ]
        assert (found["of"], found["next"]) == (3, None)
        assert sum(new - was for _, _, was, new in told(found)) * 100 // 60 == 500
    first = house.explaining.explain(shop.id, NOVEMBER, places[0], AFTER_NOVEMBER, most=2)
    second = house.explaining.explain(shop.id, NOVEMBER, places[0], AFTER_NOVEMBER, after=first["next"], most=2)
    assert (first["next"], second["next"], len(told(first) + told(second))) == (2, None, 3)


def test_a_draft_says_so_before_it_is_an_invoice(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop, "kept", IN_OCTOBER)
    house.invoices.finalise(shop.id, OCTOBER, BY, AFTER_OCTOBER)
    called(house, shop, "late", IN_OCTOBER, now=IN_NOVEMBER)
    lines = house.billing.draft(shop.id, NOVEMBER, IN_NOVEMBER + timedelta(days=1)).as_document()["lines"]
    place = next(place for place, line in enumerate(lines) if line["kind"] == "adjustment")
    found = house.explaining.explain(shop.id, NOVEMBER, place, IN_NOVEMBER + timedelta(days=1))
    assert told(found) == [("late", "added", 0, 60)]


def test_each_invoice_explains_only_what_it_billed_itself(house: CountingHouse, shop: Tenant) -> None:
    late_month(house, shop)
    called(house, shop, "later", IN_OCTOBER, now=AFTER_NOVEMBER + timedelta(days=3))
    house.invoices.finalise(shop.id, DECEMBER, BY, datetime(2027, 1, 5, tzinfo=UTC))
    (place, _) = adjustment_places(house, shop, DECEMBER)
    assert told(house.explaining.explain(shop.id, DECEMBER, place, AFTER_NOVEMBER)) == [("later", "added", 0, 60)]
    (place, _) = adjustment_places(house, shop, NOVEMBER)
    assert len(told(house.explaining.explain(shop.id, NOVEMBER, place, AFTER_NOVEMBER))) == 3
    with pytest.raises(NotFound):
        house.disputes.open(shop.id, NOVEMBER, ContactId("later"), "why", "carla", AFTER_NOVEMBER)


def test_a_minimum_that_moved_leads_to_all_that_came(database: Database, shop: Tenant) -> None:
    least = replace(shop, plan=replace(terms(per_minute="1.00"), minimum=Amount("50.00")))
    house = CountingHouse(database, least)
    house.invoices.finalise(shop.id, OCTOBER, BY, AFTER_OCTOBER)
    called(house, shop, "late", IN_OCTOBER, now=IN_NOVEMBER, talk=6000)
    house.invoices.finalise(shop.id, NOVEMBER, BY, AFTER_NOVEMBER)
    document = house.invoices.document(shop.id, NOVEMBER)
    (place,) = [at for at in adjustment_places(house, shop, NOVEMBER) if document["lines"][at]["amount"] == -5_000]
    assert told(house.explaining.explain(shop.id, NOVEMBER, place, AFTER_NOVEMBER)) == [("late", "added", 0, 6000)]


@pytest.mark.parametrize(("contact", "net"), [("late", 800), ("longer", 100), ("own", 100)])
def test_a_dispute_is_accepted_on_the_invoice_that_billed_the_contact(
    house: CountingHouse, shop: Tenant, contact: str, net: int
) -> None:
    """Of one that was longer than it had been, what the difference cost: the rest stands behind October's."""
    issued = late_month(house, shop)
    house.disputes.open(shop.id, NOVEMBER, ContactId(contact), "not ours", "carla", AFTER_NOVEMBER)
    answer = house.disputes.accept(shop.id, NOVEMBER, ContactId(contact), "so it is", BY, AFTER_NOVEMBER)
    (note,) = house.crediting.notes(shop.id, NOVEMBER)
    assert (note.of, note.net, answer.credit_note) == (issued.number, net, note.numbered.number)
    (place,) = note.lines
    kind = "voice_seconds" if contact == "own" else "adjustment"
    assert house.invoices.document(shop.id, NOVEMBER)["lines"][place]["kind"] == kind
    assert house.crediting.notes(shop.id, OCTOBER) == []
    assert all(proof.ok for proof in house.replay.all([shop.id], AFTER_NOVEMBER))


def test_all_that_came_late_can_be_disputed_one_by_one_and_never_above_what_it_added(
    house: CountingHouse, shop: Tenant
) -> None:
    late_month(house, shop)
    for contact in ("late", "longer"):
        house.disputes.open(shop.id, NOVEMBER, ContactId(contact), "not ours", "carla", AFTER_NOVEMBER)
    for contact in ("longer", "late"):
        house.disputes.accept(shop.id, NOVEMBER, ContactId(contact), "yes", BY, AFTER_NOVEMBER)
    assert sum(note.net for note in house.crediting.notes(shop.id, NOVEMBER)) == 900
    house.disputes.open(shop.id, OCTOBER, ContactId("longer"), "not ours", "carla", AFTER_NOVEMBER)
    house.disputes.accept(shop.id, OCTOBER, ContactId("longer"), "yes", BY, AFTER_NOVEMBER)
    assert [note.net for note in house.crediting.notes(shop.id, OCTOBER)] == [200]


def test_what_each_late_contact_cost_depends_on_those_accepted_before(shop: Tenant) -> None:
    """Ten minutes at 1.00, all further ones at 3.00: three calls of ten minutes cost 70.00, and no more comes back."""
    house = CountingHouse(MemoryDatabase(), replace(shop, plan=replace(shop.plan, voice=TIERED)))
    house.invoices.finalise(shop.id, OCTOBER, BY, AFTER_OCTOBER)
    for contact in ("a", "b", "c"):
        called(house, shop, contact, IN_OCTOBER, now=IN_NOVEMBER, talk=600)
    house.invoices.finalise(shop.id, NOVEMBER, BY, AFTER_NOVEMBER)
    for contact in ("a", "b", "c"):
        house.disputes.open(shop.id, NOVEMBER, ContactId(contact), "not ours", "carla", AFTER_NOVEMBER)
        house.disputes.accept(shop.id, NOVEMBER, ContactId(contact), "yes", BY, AFTER_NOVEMBER)
    assert [note.net for note in house.crediting.notes(shop.id, NOVEMBER)] == [3_000, 3_000, 1_000]


def test_what_came_late_does_not_change_what_an_earlier_contact_cost(shop: Tenant) -> None:
    """Of twenty minutes, ten at 1.00 and ten at 3.00, a call of fifteen was 35.00, whatever came later."""
    house = CountingHouse(MemoryDatabase(), replace(shop, plan=replace(shop.plan, voice=TIERED)))
    for contact, minutes in (("v1", 5), ("v2", 15)):
        called(house, shop, contact, IN_OCTOBER, talk=60 * minutes)
    house.invoices.finalise(shop.id, OCTOBER, BY, AFTER_OCTOBER)
    called(house, shop, "late", IN_OCTOBER, now=IN_NOVEMBER, talk=600)
    house.disputes.open(shop.id, OCTOBER, ContactId("v2"), "not ours", "carla", IN_NOVEMBER)
    house.disputes.accept(shop.id, OCTOBER, ContactId("v2"), "yes", BY, IN_NOVEMBER)
    assert [note.net for note in house.crediting.notes(shop.id, OCTOBER)] == [3_500]


def test_a_month_that_is_too_large_to_wait_for_is_left_to_the_run(database: Database, shop: Tenant) -> None:
    """Nothing is begun; and what was issued by the run is explained page by page."""
    run, door = CountingHouse(database, shop), CountingHouse(database, shop, most=20)
    for n in range(30):
        called(run, shop, f"v{n:02d}", IN_OCTOBER + timedelta(minutes=n))
    with pytest.raises(TooLarge, match="let the run"):
        door.invoices.finalise(shop.id, OCTOBER, BY, AFTER_OCTOBER)
    assert door.store.start(shop.id, OCTOBER, START, AFTER_OCTOBER) == START
    run.invoices.finalise(shop.id, OCTOBER, BY, AFTER_OCTOBER)
    door.drawer.files |= run.drawer.files
    with pytest.raises(TooLarge, match="has 30, the limit is 20"):
        door.replay.replay(shop.id, OCTOBER, AFTER_OCTOBER)
    assert run.replay.replay(shop.id, OCTOBER, AFTER_OCTOBER).ok
    lines = run.invoices.document(shop.id, OCTOBER)["lines"]
    place = next(place for place, line in enumerate(lines) if line["kind"] == "voice_seconds")
    rows: list[str] = []
    cursor = ""
    for after in range(0, 30, 10):
        found = run.explaining.explain(shop.id, OCTOBER, place, AFTER_OCTOBER, after=after, most=10, cursor=cursor)
        cursor = found["cursor"]
        rows += [row["contact"] for row in found["contacts"]]
        assert found["contacts"][0]["before"] == after * 60
    assert (rows, found["next"]) == ([f"v{n:02d}" for n in range(30)], None)


@pytest.mark.parametrize(
    ("label", "contact", "where"),
    [
        (NOVEMBER, "kept", "it is of 2026-10"),
        (NOVEMBER, "none", "taken back"),
        (NOVEMBER, "gone", "taken back"),
        (OCTOBER, "late", "a later one"),
        (OCTOBER, "own", "it is of 2026-11"),
        (NOVEMBER, "nobody", "no contact behind"),
    ],
)
def test_a_contact_that_does_not_stand_there_is_refused_and_said_where_it_is(
    house: CountingHouse, shop: Tenant, label: str, contact: str, where: str
) -> None:
    late_month(house, shop)
    before = house.invoices.get(shop.id, label)
    with pytest.raises(NotFound, match=where):
        house.disputes.open(shop.id, label, ContactId(contact), "not ours", "carla", AFTER_NOVEMBER)
    assert house.invoices.get(shop.id, label) == before
    assert house.disputes.of(shop.id) == []


def test_a_short_call_that_came_late_takes_the_grace_of_another_and_gives_it_back(shop: Tenant) -> None:
    """One short call a month is free: the first. An earlier one that comes late makes the second cost."""
    voice = {"short_calls": ShortCalls(free=1, below_s=30)}
    house = CountingHouse(MemoryDatabase(), replace(shop, plan=terms(per_minute="3.00", **voice)))
    called(house, shop, "second", IN_OCTOBER + timedelta(hours=1), talk=20)
    house.invoices.finalise(shop.id, OCTOBER, BY, AFTER_OCTOBER)
    assert house.invoices.document(shop.id, OCTOBER)["net"] == 0
    called(house, shop, "first", IN_OCTOBER, now=IN_NOVEMBER, talk=10)
    house.invoices.finalise(shop.id, NOVEMBER, BY, AFTER_NOVEMBER)
    assert house.invoices.document(shop.id, NOVEMBER)["net"] == 100
    house.disputes.open(shop.id, NOVEMBER, ContactId("first"), "a test", "carla", AFTER_NOVEMBER)
    house.disputes.accept(shop.id, NOVEMBER, ContactId("first"), "yes", BY, AFTER_NOVEMBER)
    assert [note.net for note in house.crediting.notes(shop.id, NOVEMBER)] == [100]


# Orders of events


def test_a_paid_invoice_is_disputed_and_then_credited_in_full(house: CountingHouse, shop: Tenant) -> None:
    called(house, shop, "v1", IN_OCTOBER)
    called(house, shop, "v2", IN_OCTOBER)
    called(house, shop, "v3", IN_OCTOBER)
    issued = house.invoices.finalise(shop.id, OCTOBER, BY, AFTER_OCTOBER)
    states = [house.invoices.pay(shop.id, OCTOBER, date(2026, 11, 10), "bank 1", BY, IN_NOVEMBER).state]
    house.disputes.open(shop.id, OCTOBER, ContactId("v1"), "spam", "carla", IN_NOVEMBER)
    states.append(house.invoices.get(shop.id, OCTOBER).state)
    house.disputes.accept(shop.id, OCTOBER, ContactId("v1"), "yes", BY, IN_NOVEMBER)
    states.append(house.invoices.get(shop.id, OCTOBER).state)
    house.disputes.open(shop.id, OCTOBER, ContactId("v2"), "spam", "carla", IN_NOVEMBER)
    house.crediting.credit(shop.id, OCTOBER, {"everything": True}, "void", BY, IN_NOVEMBER)
    states.append(house.invoices.get(shop.id, OCTOBER).state)
    assert states == [State.PAID, State.DISPUTED, State.PAID, State.CREDITED]
    notes = house.crediting.notes(shop.id, OCTOBER)
    assert sum(note.total for note in notes) == issued.total
    with pytest.raises(Conflict, match="nothing to dispute"):
        house.disputes.open(shop.id, OCTOBER, ContactId("v3"), "spam", "carla", IN_NOVEMBER)
    # What was open is answered; there is nothing left to credit for it.
    assert house.disputes.accept(shop.id, OCTOBER, ContactId("v2"), "yes", BY, IN_NOVEMBER).credit_note == ""
    after = house.invoices.get(shop.id, OCTOBER)
    assert (after.state, after.disputes, after.left.minor) == (State.CREDITED, 0, 0)
    assert len(house.crediting.notes(shop.id, OCTOBER)) == len(notes)


def test_a_second_dispute_of_a_contact_is_refused_and_says_how_the_first_one_stands(
    house: CountingHouse, shop: Tenant
) -> None:
    called(house, shop, "v1", IN_OCTOBER)
    house.invoices.finalise(shop.id, OCTOBER, BY, AFTER_OCTOBER)
    house.disputes.open(shop.id, OCTOBER, ContactId("v1"), "spam", "carla", IN_NOVEMBER)
    before = house.invoices.get(shop.id, OCTOBER)
    with pytest.raises(Conflict, match="v1 was disputed on 2026-11-10: open"):
        house.disputes.open(shop.id, OCTOBER, ContactId("v1"), "spam!", "clara", IN_NOVEMBER)
    assert house.invoices.get(shop.id, OCTOBER) == before
    assert before.disputes == 1
