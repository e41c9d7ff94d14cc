"""Users of Amazon Connect are made and kept as the file of people has them, at the rate that the service allows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from infra.telephony.calls import Calls
from infra.telephony.errors import NoProfile, ServiceRefused
from infra.telephony.users import Outcome, Users, Wanted
from tests.fakes.connect_api import INSTANCE, FakeConnect, Time, WrongShape

MARIA = Wanted(name="maria", first="Maria", last="Lopez", email="maria@x.example")
JONAS = Wanted(name="jonas", first="Jonas", last="Beck", email="jonas@x.example")
PASSWORD = "Secret-2026"
WRITES = (
    "create_user", "update_user_identity_info", "update_user_phone_config", "update_user_security_profiles",
    "update_user_routing_profile",
)  # fmt: skip


class House:
    def __init__(self) -> None:
        self.time = Time()
        self.api = FakeConnect(tick=self.time.tick)

    def apply(self, *people: Wanted) -> list[Outcome]:
        calls = Calls(self.api, tick=self.time.tick, sleep=self.time.sleep)
        users = Users(calls, INSTANCE, stage="prod")
        return list(users.apply(people, users.names(), lambda: PASSWORD))

    def written(self) -> list[str]:
        found = [name for name, _ in self.api.calls if name in WRITES]
        self.api.calls.clear()
        return found

    def user(self, name: str) -> dict[str, Any]:
        told: dict[str, Any] = self.api.describe_user(InstanceId=INSTANCE, UserId=name)["User"]
        return told


@pytest.fixture
def house() -> House:
    return House()


def test_a_user_is_called_by_the_agents_id_and_ends_the_wrap_up_at_the_desk(house: House) -> None:
    assert house.apply(MARIA) == [Outcome(name="maria", new=True, password=PASSWORD)]
    user = house.user("maria")
    assert user["Username"] == "maria"
    assert user["IdentityInfo"] == {"FirstName": "Maria", "LastName": "Lopez", "Email": "maria@x.example"}
    assert user["PhoneConfig"] == {"PhoneType": "SOFT_PHONE", "AutoAccept": False, "AfterContactWorkTimeLimit": 0}
    assert (user["SecurityProfileIds"], user["RoutingProfileId"]) == (["manyline-agents"], "manyline-agents")
    assert user["Tags"] == {"stage": "prod"}


def test_the_same_file_again_writes_nothing(house: House) -> None:
    house.apply(MARIA, JONAS)
    house.written()
    assert house.apply(MARIA, JONAS) == [Outcome(name="maria"), Outcome(name="jonas")]
    assert house.written() == []


@pytest.mark.parametrize(
    ("other", "write", "told"),
    [
        ({"auto_accept": True}, "update_user_phone_config", "telephone"),
        ({"last": "Beck"}, "update_user_identity_info", "name"),
        ({"email": "m@x.example"}, "update_user_identity_info", "name"),
        ({"profile": "Manyline supervisors"}, "update_user_security_profiles", "rights"),
    ],
)
def test_only_what_differs_is_written(house: House, other: dict[str, Any], write: str, told: str) -> None:
    house.apply(MARIA)
    house.written()
    assert house.apply(replace(MARIA, **other)) == [Outcome(name="maria", changed=(told,))]
    assert house.written() == [write]
    assert house.apply(replace(MARIA, **other)) == [Outcome(name="maria")]


def test_what_was_changed_at_the_console_is_set_right_and_what_we_do_not_know_is_kept(house: House) -> None:
    house.apply(MARIA)
    user = house.api.users.users["maria"]
    user.routing = "basic-routing-profile"
    user.security = ["admin", "manyline-supervisors"]
    user.identity["SecondaryEmail"] = "maria@home.example"
    user.phone = {"PhoneType": "DESK_PHONE", "DeskPhoneNumber": "+15550100300", "PersistentConnection": True}
    assert house.apply(replace(MARIA, first="Mary"))[0].changed == ("name", "telephone", "rights", "routing profile")
    told = house.user("maria")
    assert told["SecurityProfileIds"] == ["admin", "manyline-agents"]
    assert told["IdentityInfo"]["SecondaryEmail"] == "maria@home.example"
    assert told["PhoneConfig"] == {
        "PhoneType": "SOFT_PHONE", "AutoAccept": False, "AfterContactWorkTimeLimit": 0, "PersistentConnection": True,
    }  # fmt: skip
    assert told["RoutingProfileId"] == "manyline-agents"


def test_a_refused_user_stops_nobody(house: House) -> None:
    house.api.refuses["maria"] = "the directory is being moved"
    long = replace(MARIA, name="a-name-of-more-than-20-signs")
    refused, too_long, made = house.apply(MARIA, long, JONAS)
    assert "the directory is being moved" in refused.refused
    assert "1 to 20" in too_long.refused
    assert made.new
    assert set(house.api.users.users) == {"jonas"}


def test_a_user_who_is_there_after_all_keeps_the_password_that_may_be_his(house: House) -> None:
    """The answer to a first `CreateUser` was lost, and botocore asked again by itself."""
    house.apply(MARIA)
    calls = Calls(house.api, tick=house.time.tick, sleep=house.time.sleep)
    [told] = Users(calls, INSTANCE, stage="prod").apply([MARIA], {}, lambda: PASSWORD)
    assert (told.new, told.password, "there is a user maria" in told.refused) == (False, PASSWORD, True)


def test_a_password_is_sent_only_where_the_instance_keeps_them(house: House) -> None:
    house.api.users.management = "SAML"
    assert house.apply(MARIA) == [Outcome(name="maria", new=True)]


def test_a_password_that_the_service_does_not_take_is_refused_unsaid(house: House) -> None:
    calls = Calls(house.api, tick=house.time.tick, sleep=house.time.sleep)
    with pytest.raises(WrongShape) as wrong:
        list(Users(calls, INSTANCE, stage="prod").apply([MARIA], {}, lambda: "lettersonly"))
    assert "lettersonly" not in str(wrong.value)


def test_names_differ_by_more_than_capitals(house: House) -> None:
    house.apply(replace(MARIA, name="Maria"))
    assert house.apply(MARIA) == [Outcome(name="maria")]


def test_of_many_users_every_page_is_read_and_no_quota_is_passed(house: House) -> None:
    people = [replace(MARIA, name=f"agent-{place}") for place in range(7)]
    house.apply(*people)
    began, asked = house.time.now, len(house.api.calls)
    assert not any(one.new or one.refused for one in house.apply(*people))
    asked = len(house.api.calls) - asked
    assert house.api.count("list_users") >= 4
    assert house.time.now - began == pytest.approx((asked - 1) / 2)


def test_told_to_slow_down_it_waits(house: House) -> None:
    house.api.throttle.extend(["create_user"] * 3)
    assert house.apply(MARIA)[0].new


def test_an_instance_without_our_profiles_is_told_before_anything_is_written(house: House) -> None:
    house.api.users.security = ("Admin", "Agent", "Manyline agents")
    with pytest.raises(NoProfile, match="security profile 'Manyline supervisors'"):
        house.apply(MARIA)
    house.api.users.security = ("Manyline agents", "Manyline supervisors")
    house.api.users.routing = ("Basic Routing Profile",)
    with pytest.raises(NoProfile, match="routing profile 'Manyline agents'"):
        house.apply(MARIA)
    assert house.written() == []


def test_an_instance_that_cannot_be_asked_is_told_in_its_words(house: House) -> None:
    calls = Calls(house.api, tick=house.time.tick, sleep=house.time.sleep)
    with pytest.raises(ServiceRefused, match="there is no instance"):
        Users(calls, INSTANCE[:-1] + "7", stage="prod").names()


def test_nobody_to_make_a_user_of_asks_for_nothing_more(house: House) -> None:
    assert house.apply() == []
    assert [name for name, _ in house.api.calls] == ["list_users"]
