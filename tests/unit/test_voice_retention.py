"""How long a recording is kept: written on it once, as its client has it when its record comes."""

from __future__ import annotations

import pytest

from chalicelib.channels.voice.model.record import ContactRecord, contact_record
from chalicelib.channels.voice.service.retention import Retention
from chalicelib.kernel.errors import NotFound, Unavailable
from chalicelib.kernel.ids import TenantId
from chalicelib.tenancy.model.calls import KeepDays
from chalicelib.tenancy.model.tenant import Tenant
from tests.fakes.marked_tapes import MarkedTapes
from tests.fakes.tenants import changed
from tests.unit.test_voice_records import raw

ONE, TWO, MESSAGE = "recordings/calls/one.wav", "recordings/calls/two.wav", "recordings/ivr/message.wav"


class Shop:
    """One client; `days` is what its file says at the moment."""

    def __init__(self, days: int = 7) -> None:
        self.days, self.broken = days, False

    def asked(self, kind: str, text: str) -> Tenant | None:
        return self.get(TenantId("shop")) if (kind, text) == ("phone", "+15550100200") else None

    def get(self, tenant: TenantId) -> Tenant:
        if self.broken:
            raise Unavailable("the table")
        if tenant != "shop":
            raise NotFound("tenant", tenant)
        return changed("shop", calls__recording={"mode": "on", "keep_days": self.days})


def record(*recordings: str, **how: object) -> ContactRecord:
    return contact_record(raw(Recordings=[{"Location": where} for where in recordings], **how))


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def tapes() -> MarkedTapes:
    return MarkedTapes()


@pytest.fixture
def retention(shop: Shop, tapes: MarkedTapes) -> Retention:
    return Retention(shop, tapes)


def test_every_recording_of_a_call_is_kept_as_long_as_its_client_says(retention: Retention, tapes: MarkedTapes) -> None:
    assert retention.mark([record(ONE), record(TWO, MESSAGE, ContactId="c2")]) is None
    assert tapes.days == {ONE: 7, TWO: 7, MESSAGE: 7}


def test_a_client_who_says_nothing_keeps_ninety_days() -> None:
    assert changed("shop").calls.recording.keep_days == 90


def test_a_record_that_comes_again_after_the_client_has_changed_its_mind_changes_nothing(
    retention: Retention, shop: Shop, tapes: MarkedTapes
) -> None:
    retention.mark([record(ONE)])
    shop.days = 365
    retention.mark([record(ONE), record(TWO)])
    assert tapes.days == {ONE: 7, TWO: 365}


def test_a_segment_that_names_no_client_belongs_to_that_of_its_call(retention: Retention, tapes: MarkedTapes) -> None:
    nameless = record(TWO, ContactId="c2", Attributes=None)
    assert retention.mark([nameless]) is None
    assert tapes.days == {}
    retention.mark([record(ONE), nameless])
    assert tapes.days == {ONE: 7, TWO: 7}


def test_a_call_that_our_flow_never_reached_is_known_by_its_number(retention: Retention, tapes: MarkedTapes) -> None:
    retention.mark([record(ONE, Attributes=None, SystemEndpoint={"Address": "+15550100200"})])
    assert tapes.days == {ONE: 7}


@pytest.mark.parametrize("tenant", ["nobody", None])
def test_what_is_no_clients_is_left_to_the_longest_time(
    retention: Retention, tapes: MarkedTapes, tenant: str | None
) -> None:
    assert retention.mark([record(ONE, Attributes={"tenantId": tenant})]) is None
    assert tapes.asked == []


def test_nobody_is_looked_up_for_a_call_that_was_not_recorded(retention: Retention, shop: Shop) -> None:
    shop.broken = True
    assert retention.mark([record()]) is None
    assert isinstance(retention.mark([record(ONE)]), Unavailable), "told, not raised"


def test_one_that_is_not_there_yet_or_cannot_be_written_on_holds_no_other_up(
    retention: Retention, tapes: MarkedTapes
) -> None:
    tapes.late.add(ONE)
    assert isinstance(retention.mark([record(ONE, TWO)]), NotFound)
    assert tapes.days == {TWO: 7}
    for order in ((ONE, MESSAGE), (MESSAGE, ONE)):
        tapes.broken.add(MESSAGE)
        assert isinstance(retention.mark([record(*order)]), Unavailable), "the fault is told, not what is only late"
    tapes.late.clear()
    tapes.broken.clear()
    assert retention.mark([record(ONE, TWO, MESSAGE)]) is None
    assert tapes.days == dict.fromkeys((ONE, TWO, MESSAGE), 7)


def test_what_may_be_chosen_is_what_the_bucket_has_rules_for() -> None:
    assert list(KeepDays) == [7, 14, 30, 60, 90, 180, 365]
