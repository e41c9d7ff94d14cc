"""A campaign under any order of what may happen: nobody is lost, called by two, by night, too often, or after he said
that he never wants to be called."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chalicelib.contacts.model.contact import Contact, State
from chalicelib.kernel.errors import Conflict
from chalicelib.outreach.model.campaign import CalleeState
from chalicelib.workforce.model import Status
from tests.fakes.calling_house import CallingHouse
from tests.fakes.memory import MemoryDatabase
from tests.fakes.tenants import changed

WEEK = {day: ["09:00-19:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")}
TERMS = {"hours": WEEK, "attempts": 3, "retry_s": 3600, "a_day": 2, "a_week": 3}
CAMPAIGNS = [{**TERMS, "name": "one", "title": "One"}, {**TERMS, "name": "two", "title": "Two", "attempts": 2}]
NAMES = ("one", "two")
OUTCOMES = [
    {"code": "sold", "label": "Sold"},
    {"code": "later", "label": "Later", "again_s": 7200},
    {"code": "never", "label": "Never", "do_not_call": True},
]
PEOPLE = {f"+1212555000{number}": zone for number, zone in enumerate(["America/New_York", "Europe/Berlin"] * 2)}
AGENTS = ("maria", "jonas")
agents, names, numbers = st.sampled_from(AGENTS), st.sampled_from(NAMES), st.sampled_from(sorted(PEOPLE))


class Days(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        client = changed("shop", campaigns=CAMPAIGNS, dispositions=OUTCOMES, plan__non_billable=None)
        self.house = CallingHouse(MemoryDatabase(), client, now=datetime(2026, 11, 23, 13, tzinfo=UTC))
        self.dialled: list[tuple[datetime, str, str]] = []  # when, the number, the contact
        self.unsettled: list[Contact] = []
        self.listed: dict[str, datetime] = {}
        for name in NAMES:
            self.loads(name)

    @rule(name=names)
    def loads(self, name: str) -> None:
        rows = "".join(f"{number},{zone}\n" for number, zone in PEOPLE.items())
        self.house.campaigns.load(self.house.tenant, name, f"number,zone\n{rows}", now=self.house.now)

    @rule(name=names)
    def starts(self, name: str) -> None:
        with suppress(Conflict):
            self.house.campaigns.start(self.house.tenant, name, "olivia", self.house.now)

    @rule(name=names)
    def pauses(self, name: str) -> None:
        self.house.campaigns.pause(self.house.tenant, name, "olivia", self.house.now)

    @rule(seconds=st.sampled_from([60, 60, 600, 3600, 7200, 6 * 3600]))
    def time_passes(self, seconds: int) -> None:
        self.house.minute(seconds)

    @rule(agent=agents, status=st.sampled_from([Status.AVAILABLE, Status.AVAILABLE, Status.PAUSED, Status.OFFLINE]))
    def changes(self, agent: str, status: Status) -> None:
        self.house.comes(agent, status)

    @rule(agent=agents, code=st.sampled_from(["", "", "sold", "later", "never"]), settled=st.booleans())
    def calls(self, agent: str, code: str, settled: bool) -> None:
        """Nobody answers where there is no code."""
        with suppress(Exception):
            self.house.router.seat(self.house.client.team_id, agent)  # type: ignore[arg-type]
        contact = self._offered(agent)
        if contact is None:
            return
        self.house.clock.passes(1)
        try:
            self.house.permission.may_call(self.house.client, contact, self.house.now)
            self.house.permission.note_call(self.house.client, contact, self.house.now)
        except Conflict:
            self.house.router.abandon(contact.tenant, contact.contact, "withdrawn", self.house.now)
            self._over(self.house.contact(contact.contact), settled)
            return
        self.dialled.append((self.house.now, contact.customer, contact.contact))
        over = self.house.talks(agent, code) if code else self.house.not_answered(agent)
        self._over(over, settled)

    @rule(agent=agents)
    def declines(self, agent: str) -> None:
        contact = self._offered(agent)
        if contact is not None:
            self.house.router.decline(contact.tenant, contact.contact, agent=agent, now=self.house.now)

    @rule(data=st.data())
    def a_late_fact_comes(self, data: st.DataObject) -> None:
        if self.unsettled:
            self.house.settle(data.draw(st.sampled_from(self.unsettled)))

    @rule(number=numbers, whole_house=st.booleans())
    def never_again(self, number: str, whole_house: bool) -> None:
        house = self.house
        if len(self.listed) >= 2:
            return
        house.do_not_call.add(None if whole_house else house.tenant, number, by="x", now=house.now)
        if not whole_house:
            house.campaigns.leave(house.client, number, house.now)

    def _offered(self, agent: str) -> Contact | None:
        try:
            return self.house.offered(agent)
        except Exception:  # he never came
            return None

    def _over(self, contact: Contact, settled: bool) -> None:
        self.unsettled.append(contact)
        if settled:
            self.house.settle(contact)

    @invariant()
    def everybody_stands_where_he_belongs(self) -> None:
        if hasattr(self, "house"):
            for name in NAMES:
                assert not self.house.faults(name)

    @invariant()
    def who_is_listed_is_known_from_then_on(self) -> None:
        """Who said it himself is listed when what came of his call is settled."""
        for number in PEOPLE if hasattr(self, "house") else ():
            if self.house.permission.listed(self.house.tenant, number):
                self.listed.setdefault(number, self.house.now)

    @invariant()
    def nobody_is_called_at_a_wrong_moment(self) -> None:
        for at, number, _ in getattr(self, "dialled", ()):
            local = at.astimezone(ZoneInfo(PEOPLE[number]))
            assert local.weekday() < 6
            assert 9 <= local.hour < 19
            assert at <= self.listed.get(number, at)
            same = [when for when, other, _ in self.dialled if other == number and when <= at]
            assert sum(at - timedelta(days=1) < when for when in same) <= 2
            assert sum(at - timedelta(days=7) < when for when in same) <= 3

    @invariant()
    def nobody_is_called_more_often_than_his_campaign_allows(self) -> None:
        if not hasattr(self, "house"):
            return
        for name, most in (("one", 3), ("two", 2)):
            for number in PEOPLE:
                assert self.house.person(name, number).attempts <= most

    def teardown(self) -> None:
        """All that is left comes to an end by the clock alone, and everybody who may be called was."""
        if not hasattr(self, "house"):
            return
        house = self.house
        for agent in AGENTS:
            house.comes(agent, Status.OFFLINE)
        house.comes("maria")
        self.starts("one")
        for _ in range(300):
            if all(house.person("one", number).state is CalleeState.DONE for number in PEOPLE):
                break
            house.comes("maria")
            self.calls("maria", "sold", True)
            house.minute(3600)
        assert {house.person("one", number).state for number in PEOPLE} == {CalleeState.DONE}
        for number in PEOPLE:
            person = house.person("one", number)
            done = {"sold", "later", "never", "no_answer", "do_not_call"}
            assert person.outcome in done
            assert person.outcome != "do_not_call" or house.permission.listed(house.tenant, number)
            contact = replace(person).contact
            assert not contact or house.contact(contact).state in (State.WRAPPED, State.ABANDONED)


TestDays = Days.TestCase
TestDays.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
