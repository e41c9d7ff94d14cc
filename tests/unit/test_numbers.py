"""Numbers are claimed once, for who is live, at the rate that the service allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from infra.telephony.calls import WAITS_S, Calls
from infra.telephony.errors import (
    ClaimFailed,
    Gone,
    NoneAvailable,
    NotHeld,
    NotOurs,
    OfAnother,
    QuotaReached,
    ServiceRefused,
    StillClaiming,
    StillLive,
    UnknownTenant,
)
from infra.telephony.exchange import Exchange
from infra.telephony.model import Book, Held, Wish
from infra.telephony.numbers import PATIENCE_S, Numbers
from tests.fakes.connect_api import INSTANCE, FakeConnect, Time, WrongShape

FLOW = "99999999-8888-4777-8666-555544443333"
AUSTIN, DALLAS, FREE = "+15125550101", "+12145550102", "+18005550103"
US = Wish(country="US", type="DID")
OURS = {"tenantId": "shop", "stage": "prod"}


class House:
    def __init__(self) -> None:
        self.time = Time()
        self.api = FakeConnect(
            tick=self.time.tick,
            offers=[(AUSTIN, "US", "DID"), (DALLAS, "US", "DID"), (FREE, "US", "TOLL_FREE")],
        )
        self.phones: dict[str, tuple[str, ...]] = {"shop": ("+15550100200",), "clinic": ()}

    def numbers(self, phones: Mapping[str, Sequence[str]] | None = None) -> Numbers:
        """A command begins: nothing is remembered but what the service and the configurations hold."""
        exchange = Exchange(Calls(self.api, tick=self.time.tick, sleep=self.time.sleep), INSTANCE)
        return Numbers(exchange, Book(phones=phones or self.phones), flow=FLOW, stage="prod")

    def claim(self, tenant: str = "shop", wish: Wish = US, *, another: bool = False) -> Held:
        numbers = self.numbers()
        return numbers.claim(numbers.plan_claim(tenant, wish, another=another))

    def held(self) -> dict[str, tuple[str, str]]:
        return {line.phone: (line.tags.get("tenantId", ""), line.flow) for line in self.api.lines.values()}


@pytest.fixture
def house() -> House:
    return House()


# --- claim ------------------------------------------------------------------------------------------------------


def test_a_number_is_claimed_tagged_waited_for_and_led_into_the_inbound_flow(house: House) -> None:
    assert house.claim().phone == AUSTIN
    [line] = house.api.lines.values()
    assert (line.tags, line.flow) == (OURS, FLOW)
    assert house.time.now >= house.api.claim_takes_s


def test_prefix_and_type_are_kept_to(house: House) -> None:
    assert house.claim(wish=Wish(country="US", type="DID", prefix="+1214")).phone == DALLAS
    assert house.claim(wish=Wish(country="US", type="TOLL_FREE")).phone == FREE


def test_a_plan_changes_nothing(house: House) -> None:
    plan = house.numbers().plan_claim("shop", US)
    assert plan.offered == (AUSTIN, DALLAS)
    assert house.held() == {}


def test_nothing_is_asked_for_a_client_that_is_not_live(house: House) -> None:
    with pytest.raises(UnknownTenant, match="no client 'shpo' is live"):
        house.claim("shpo")
    assert house.api.calls == []


def test_when_nothing_is_on_offer_the_wish_is_told(house: House) -> None:
    with pytest.raises(NoneAvailable, match=r"no US DID number under \+1907 is on offer"):
        house.claim(wish=Wish(country="US", type="DID", prefix="+1907"))


def test_the_same_command_again_is_the_same_number(house: House) -> None:
    assert house.claim().phone == house.claim().phone == AUSTIN
    assert house.api.count("claim_phone_number") == 1
    assert house.api.count("associate_phone_number_contact_flow") == 1


@pytest.mark.parametrize("last", ["claim_phone_number", "describe_phone_number", "associate_phone_number_contact_flow"])
@pytest.mark.parametrize("another", [False, True])
def test_a_claim_that_was_cut_off_is_found_by_its_tag_and_taken_up(house: House, last: str, another: bool) -> None:
    house.api.dies_after = last
    with pytest.raises(ConnectionResetError):
        house.claim(another=another)
    assert house.claim().phone == AUSTIN
    assert house.held() == {AUSTIN: ("shop", FLOW)}


def test_another_number_is_claimed_when_it_is_meant(house: House) -> None:
    house.claim()
    assert house.claim(another=True).phone == DALLAS


def test_a_number_that_is_live_waits_for_nothing_and_the_next_is_claimed(house: House) -> None:
    house.claim()
    house.phones["shop"] = (AUSTIN,)
    assert house.claim().phone == DALLAS


def test_what_waits_for_one_client_is_not_taken_up_for_another(house: House) -> None:
    house.claim("shop")
    assert house.claim("clinic").phone == DALLAS
    assert house.held() == {AUSTIN: ("shop", FLOW), DALLAS: ("clinic", FLOW)}


def test_a_number_on_offer_that_stands_in_anothers_file_is_left_alone(house: House) -> None:
    house.phones["clinic"] = (AUSTIN,)
    assert house.claim("shop").phone == DALLAS


def test_who_was_slower_gets_the_next_one(house: House) -> None:
    house.api.taken = {AUSTIN}
    assert house.claim().phone == DALLAS
    house.api.taken = {FREE}
    with pytest.raises(Gone, match="not on offer any more"):
        house.claim(wish=Wish(country="US", type="TOLL_FREE"))


def test_a_full_instance_says_so_and_its_number_is_taken_up_when_there_is_room(house: House) -> None:
    house.api.quota = 0
    with pytest.raises(QuotaReached, match="reached its limit"):
        house.claim()
    assert house.held() == {AUSTIN: ("shop", "")}
    house.api.quota = 5
    assert house.claim().phone == AUSTIN
    assert house.held() == {AUSTIN: ("shop", FLOW)}
    assert house.api.count("search_available_phone_numbers") == 1


def test_a_claim_that_fails_is_told_in_the_services_words(house: House) -> None:
    house.api.fails[AUSTIN] = "proof of address is required"
    with pytest.raises(ClaimFailed, match="could not be claimed: proof of address is required"):
        house.claim()


def test_patience_ends_and_the_number_is_kept(house: House) -> None:
    house.api.claim_takes_s = PATIENCE_S * 2
    with pytest.raises(StillClaiming, match="run the same command again"):
        house.claim()
    house.time.now += house.api.claim_takes_s
    assert house.claim().phone == AUSTIN


# --- the rate ---------------------------------------------------------------------------------------------------


def test_many_numbers_are_read_without_being_told_to_slow_down(house: House) -> None:
    for last in range(101):
        house.api.has(f"+1512555{last:04d}", tags=OURS, flow=FLOW)
    rows = house.numbers().rows()
    assert len([row for row in rows if row.number]) == 101
    assert len(house.time.slept) == len(house.api.calls) - 1
    assert house.time.now == pytest.approx((len(house.api.calls) - 1) / 2)


def test_who_is_told_to_slow_down_waits_longer_each_time(house: House) -> None:
    house.api.throttle.extend(["search_available_phone_numbers"] * 3)
    assert house.claim().phone == AUSTIN
    assert [slept for slept in house.time.slept if slept in WAITS_S][:3] == [1.0, 2.0, 4.0]


def test_in_the_end_it_is_told_that_the_service_would_not(house: House) -> None:
    house.api.throttle.extend(["list_phone_numbers_v2"] * 9)
    with pytest.raises(ServiceRefused, match="Rate exceeded"):
        house.claim()
    assert house.api.count("list_phone_numbers_v2") == len(WAITS_S) + 1


# --- assign -----------------------------------------------------------------------------------------------------


def test_a_number_claimed_by_hand_becomes_a_clients(house: House) -> None:
    house.api.has(AUSTIN)
    numbers = house.numbers()
    plan = numbers.plan_assign(AUSTIN, "shop")
    assert (plan.tags, plan.leads) == (True, True)
    assert house.held() == {AUSTIN: ("", "")}
    numbers.assign(plan)
    assert house.held() == {AUSTIN: ("shop", FLOW)}


def test_a_long_number_is_found_among_those_that_begin_like_it(house: House) -> None:
    for last in (1, 2, 3):
        house.api.has(f"+4930555013000{last}")
    numbers = house.numbers()
    numbers.assign(numbers.plan_assign("+49305550130003", "shop"))
    assert house.held()["+49305550130003"] == ("shop", FLOW)


def test_to_assign_again_writes_nothing(house: House) -> None:
    house.api.has(AUSTIN, tags=OURS, flow=FLOW)
    numbers = house.numbers()
    numbers.assign(numbers.plan_assign(AUSTIN, "shop"))
    assert house.api.count("tag_resource") == house.api.count("associate_phone_number_contact_flow") == 0


def test_a_number_of_another_client_is_not_assigned(house: House) -> None:
    house.api.has(AUSTIN, tags=OURS, flow=FLOW)
    with pytest.raises(OfAnother, match="is shop's; `--force` moves it"):
        house.numbers().plan_assign(AUSTIN, "clinic")
    numbers = house.numbers()
    numbers.assign(numbers.plan_assign(AUSTIN, "clinic", force=True))
    assert house.held() == {AUSTIN: ("clinic", FLOW)}


def test_a_number_that_another_client_is_live_with_is_not_assigned_by_force_either(house: House) -> None:
    house.api.has(AUSTIN, tags={"tenantId": "clinic"}, flow=FLOW)
    house.phones["shop"] = (AUSTIN,)
    with pytest.raises(OfAnother, match="remove it from that client's file"):
        house.numbers().plan_assign(AUSTIN, "clinic", force=True)


def test_a_number_that_is_not_held_cannot_be_assigned(house: House) -> None:
    house.api.has(AUSTIN)
    with pytest.raises(NotHeld):
        house.numbers().plan_assign(DALLAS, "shop")
    with pytest.raises(UnknownTenant):
        house.numbers().plan_assign(AUSTIN, "shpo")


# --- release ----------------------------------------------------------------------------------------------------


def test_a_number_is_given_back_once(house: House) -> None:
    house.api.has(AUSTIN, tags=OURS, flow=FLOW)
    numbers = house.numbers()
    held = numbers.plan_release(AUSTIN)
    assert held is not None
    numbers.release(held)
    assert house.held() == {}
    assert house.numbers().plan_release(AUSTIN) is None


def test_a_number_that_a_client_is_live_with_stays_unless_forced(house: House) -> None:
    house.api.has(AUSTIN, tags=OURS, flow=FLOW)
    house.phones["shop"] = (AUSTIN,)
    with pytest.raises(StillLive, match="live configuration of shop"):
        house.numbers().plan_release(AUSTIN)
    assert house.numbers().plan_release(AUSTIN, force=True) is not None


def test_a_number_that_nobody_here_claimed_stays_unless_forced(house: House) -> None:
    house.api.has(AUSTIN)
    with pytest.raises(NotOurs, match="claimed by other means"):
        house.numbers().plan_release(AUSTIN)
    assert house.numbers().plan_release(AUSTIN, force=True) is not None


def test_a_number_of_the_stack_is_never_released_behind_its_back(house: House) -> None:
    house.api.has(AUSTIN, tags={"aws:cloudformation:stack-name": "manyline-prod-telephony"})
    with pytest.raises(NotOurs, match=r"cdk\.json"):
        house.numbers().plan_release(AUSTIN, force=True)


# --- list -------------------------------------------------------------------------------------------------------


def test_the_list_shows_who_answers_and_what_is_missing(house: House) -> None:
    house.api.has(AUSTIN, tags=OURS, flow=FLOW)
    house.api.has(DALLAS, tags=OURS)
    house.phones["shop"] = (AUSTIN, "+15550100200")
    rows = {row.phone: (row.number is not None, row.owner, row.answered) for row in house.numbers().rows()}
    assert rows == {
        AUSTIN: (True, "shop", True),
        DALLAS: (True, "", False),
        "+15550100200": (False, "shop", False),
    }


# --- the fake itself --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("search_available_phone_numbers", {"PhoneNumberCountryCode": "US"}),
        ("search_available_phone_numbers", {"PhoneNumberCountryCode": "XX", "PhoneNumberType": "DID"}),
        ("search_available_phone_numbers", {"PhoneNumberCountryCode": "US", "PhoneNumberType": "LANDLINE"}),
        ("describe_phone_number", {"PhoneNumber": AUSTIN}),
        ("claim_phone_number", {"PhoneNumber": "5125550101"}),
        ("claim_phone_number", {"PhoneNumber": AUSTIN, "Tags": []}),
        ("batch_get_flow_association", {"InstanceId": "i", "ResourceIds": ["a"] * 101}),
    ],
)
def test_what_the_service_could_not_read_is_no_call(house: House, operation: str, words: dict[str, object]) -> None:
    with pytest.raises(WrongShape):
        getattr(house.api, operation)(**words)
