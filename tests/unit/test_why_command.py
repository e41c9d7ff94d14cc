"""`manyline why`: a contact's way to its agent, from its facts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chalicelib import wiring
from chalicelib.contacts.model.contact import Arrival
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.routing.model.line import Line
from chalicelib.routing.model.story import story_of
from chalicelib.routing.model.terms import terms_of
from chalicelib.tenancy.model.menu import ToQueue
from chalicelib.tenancy.service.onboarding import Onboarding
from chalicelib.tenancy.store.tenants import TenantStore
from infra.cli import why as command
from infra.cli.tenants import apply_all, read
from infra.stage import NotDeployed
from tests.fakes.clock import MONDAY
from tests.fakes.memory import MemoryDatabase
from tests.fakes.tenants import FOLDER, changed, sample

PLUMBER = TenantId("plumber")
ARRIVAL = Arrival(channel=Channel.VOICE, entry_point="+15550100100", customer="+15559990000", source_id="c-1")
REASON = "plumber is under its reserve (0 of 1 seats), so it goes first of 3 lines that jonas may serve; jonas is idle"


class Stage:
    """The sample clients, live, and what happened to their contacts."""

    def __init__(self) -> None:
        self.database = MemoryDatabase()
        self.onboarding = Onboarding(TenantStore(self.database))
        self.store = ContactStore(self.database)
        self.contacts = Contacts(self.store)
        apply_all(self.onboarding, read([FOLDER]), MONDAY)

    def arrives(self, tenant: TenantId = PLUMBER, channel: Channel = Channel.VOICE) -> ContactId:
        return self.contacts.open(tenant, replace(ARRIVAL, channel=channel), MONDAY).contact

    def happens(self, contact: ContactId, seconds: float, kind: str, /, by: str = "system", **data: Any) -> None:
        at = MONDAY + timedelta(seconds=seconds)
        self.store.move(PLUMBER, contact, Fact(kind=kind, at=at, by=by, data=data))

    def emergency(self) -> ContactId:
        """Offered to Maria, who misses it, then to Jonas, who answers."""
        plumber = changed("plumber", routing__certifications=["gas"], routing__overflow=["clinic"])
        chosen = plumber.menu.pressed("1")
        assert isinstance(chosen, ToQueue)
        line = Line.of(terms_of(plumber, Channel.VOICE, chosen=chosen), Channel.VOICE)
        contact = self.arrives()
        deadline = stamp(line.deadline(MONDAY + timedelta(seconds=10)))
        self.happens(contact, 10, "queued", team="shared", skill="emergency", deadline=deadline, line=line.text)
        self.happens(contact, 10, "offered", agent="maria", offer="o1", reason="nothing else waited", why=["able=2"])
        self.happens(contact, 20, "requeued", agent="maria", offer="o1", why="missed")
        figures = ["turn=reserved", "ring=primary", "seats=0"]
        self.happens(contact, 20, "offered", agent="jonas", offer="o2", reason=REASON, why=figures)
        self.happens(contact, 26.5, "connected", by="agent:jonas", agent="jonas")
        self.happens(contact, 90, "ended", by="customer", why="customer")
        self.happens(contact, 100, "wrapped", by="agent:jonas", disposition="emergency_sent")
        return contact

    def emergency_talks(self, ask: ContactId) -> ContactId:
        """Of whom somebody else is asked for meanwhile."""
        contact = self.arrives()
        self.happens(contact, 10, "offered", agent="maria", offer="o1")
        self.happens(contact, 20, "connected", by="agent:maria", agent="maria")
        self.happens(contact, 30, "transferred", by="agent:maria", to="number:+15550100777", contact=ask)
        return contact


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    stage = Stage()
    monkeypatch.setattr(command, "open_stage", lambda name: None)
    monkeypatch.setattr(wiring, "onboarding", lambda: stage.onboarding)
    monkeypatch.setattr(wiring, "contacts", lambda: stage.contacts)
    return stage


def why(*arguments: str) -> Result:
    return CliRunner().invoke(command.why, arguments)


def test_a_contact_tells_its_whole_way(stage: Stage) -> None:
    contact = stage.emergency()
    result = why(contact)
    assert result.exit_code == 0, result.output
    assert (
        result.stdout
        == f"""\
{contact}  voice of plumber, wrapped, 2026-11-23 UTC
  asked for  emergency at level 3 or more, in en, of the team shared
             certified for gas
             helped out by clinic
  target     30 s, 15 s ahead
  due        09:00:25, waited 16.5 s: 1.5 s late
  open to    09:00:10  who has the skill at the level asked for
             09:00:10  also who has it at a lower level
             09:00:10  also the teams that help out
             09:00:25  also who may serve the client without the skill  (had gone by then)

  09:00:00       +0.0 s  arrived
  09:00:10      +10.0 s  waits for an agent of the team shared
  09:00:10      +10.0 s  offered to maria
                           nothing else waited
  09:00:20      +20.0 s  back to its place: maria did not answer
  09:00:20      +20.0 s  offered to jonas
                           plumber is under its reserve (0 of 1 seats), so it goes first of 3 lines that jonas may serve
                           jonas is idle
  09:00:26      +26.5 s  connected to jonas
  09:01:30      +90.0 s  ended by customer
  09:01:40     +100.0 s  wrapped up: emergency_sent
"""
    )


def test_the_figures_behind_a_decision_are_told_on_demand(stage: Stage) -> None:
    contact = stage.emergency()
    assert "turn reserved, ring primary, seats 0" in why(contact, "--figures").stdout
    assert "turn reserved" not in why(contact).stdout


def test_the_document_has_everything_for_programs(stage: Stage) -> None:
    contact = stage.emergency()
    (told,) = json.loads(why(contact, "--json").stdout)
    assert (told["tenant"], told["state"], told["waited_s"]) == ("plumber", "wrapped", 16.5)
    assert told["deadline"] == "2026-11-23T09:00:25.000Z"
    asked = told["asked"]
    assert (asked["skill"], asked["level"], asked["target_s"], asked["boost_s"]) == ("emergency", 3, 30, 15)
    assert (asked["certifications"], asked["overflow"], asked["widest"]) == (["gas"], ["clinic"], "anyone")
    assert [ring["reached"] for ring in told["rings"]] == [True, True, True, False]
    first, second = (step for step in told["steps"] if step["kind"] == "offered")
    assert (first["reason"], second["reason"]) == ("nothing else waited", REASON)
    assert second["figures"] == {"turn": "reserved", "ring": "primary", "seats": "0"}


def test_what_a_telephone_does_is_told_in_plain_words(stage: Stage) -> None:
    contact = stage.arrives()
    deadline = stamp(MONDAY + timedelta(seconds=60))
    number = "+15559990000"
    for seconds, kind, data in (
        (1, "looked_up", {"what": "order", "found": "no"}),
        (2, "queued", {"team": "shared", "deadline": deadline}),
        (3, "callback_asked", {"number": number, "attempts": 2, "retry_s": 600}),
        (90, "offered", {"agent": "maria", "offer": "o1", "reason": "nothing else waited"}),
        (91, "dialled", {"to": "customer", "call": "c-2"}),
        (120, "not_reached", {"attempt": 1, "id": "c-2"}),
        (700, "queued", {"team": "shared", "deadline": deadline}),
        (710, "offered", {"agent": "maria", "offer": "o2", "reason": "nothing else waited"}),
        (720, "connected", {"agent": "maria"}),
        (730, "recording_paused", {}),
        (740, "recording_resumed", {}),
        (750, "transferred", {"to": "team:night", "contact": "v2"}),
        (760, "transferred", {"to": f"number:{number}", "contact": "v3"}),
        (770, "ended", {"why": "customer"}),
        (780, "rated", {"score": 5}),
    ):
        stage.happens(contact, seconds, kind, **data)
    told = story_of(stage.contacts.get(PLUMBER, contact))
    assert [step.words for step in told.steps if step.fact.kind not in ("queued", "offered", "connected", "ended")] == [
        "arrived",
        "the client's order was looked up: there is none",
        "wants to be called back, 2 times at most",
        "the customer is called",
        "not reached at attempt 1: waits for the next one",
        "the recording is paused",
        "the recording goes on",
        "asks for the team night, as v2",
        "asks for a number outside, as v3",
        "rated 5 of 5",
    ]
    assert (told.waited_s, told.at_home_s) == (1, 717)
    assert number not in repr([step.words for step in told.steps])


def test_a_leg_to_the_outside_and_calls_that_nobody_answers_are_told(stage: Stage) -> None:
    contact = stage.arrives()
    stage.happens(contact, 1, "dialled", to="outside", call="c-2")
    stage.happens(contact, 9, "patched")
    stage.happens(contact, 60, "closed")
    words = [step.words for step in story_of(stage.contacts.get(PLUMBER, contact)).steps]
    assert words[1:] == ["somebody outside is called", "somebody outside answered", "the leg to the outside is over"]
    for where, said in (("no_answer", "the customer did not answer"), ("callback", "the customer was never reached")):
        arrived = stage.contacts.open(PLUMBER, replace(ARRIVAL, source_id=where), MONDAY)
        stage.happens(arrived.contact, 1, "abandoned", where=where)
        assert story_of(stage.contacts.get(PLUMBER, arrived.contact)).steps[-1].words == said


def test_an_agent_who_gave_up_whom_he_had_asked_for_is_named(stage: Stage) -> None:
    leg = stage.arrives()
    stage.happens(leg, 1, "abandoned", by="agent:maria", where="queue")
    assert "dropped by maria, who had asked for it, while it waited" in why(leg).output


def test_what_a_caller_was_told_by_the_machine_is_told(stage: Stage) -> None:
    call = stage.arrives()
    stage.happens(call, 1, "read_out", topic="returns")
    stage.happens(call, 9, "self_served", topic="returns")
    assert "was told what it asked for (returns)" in why(call).output


def test_nobody_who_called_is_named(stage: Stage) -> None:
    contact = stage.emergency()
    assert "5559990000" not in why(contact).stdout + why(contact, "--json").stdout


def test_a_contact_is_found_by_its_keys_and_nothing_is_scanned(stage: Stage) -> None:
    contact = stage.emergency()
    stage.database.requests.clear()
    why(contact)
    assert sorted(stage.database.requests) == ["get_many", "query"], "the list of clients, then one batched get"
    stage.database.requests.clear()
    why(contact, "--tenant", "plumber")
    assert stage.database.requests == ["get_many"]


def test_among_hundreds_of_clients_no_batch_is_too_large(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    contact = stage.emergency()
    clients = [*(f"client-{n:03d}" for n in range(250)), "plumber"]
    monkeypatch.setattr(stage.onboarding, "live", lambda: clients)
    asked: list[int] = []
    real = stage.contacts.get_many
    monkeypatch.setattr(stage.contacts, "get_many", lambda keys: asked.append(len(keys)) or real(keys))
    assert why(contact).exit_code == 0
    assert asked == [100, 100, 51]


def test_one_mail_to_two_clients_is_told_of_both(stage: Stage) -> None:
    (one, two) = (stage.arrives(TenantId(name), Channel.EMAIL) for name in ("shop", "clinic"))
    assert one == two
    assert [told["tenant"] for told in json.loads(why(one, "--json").stdout)] == ["clinic", "shop"]
    assert [told["tenant"] for told in json.loads(why(one, "--json", "--tenant", "shop").stdout)] == ["shop"]


def test_a_contact_that_still_waits_says_so(stage: Stage) -> None:
    contact = stage.arrives()
    line = Line.of(terms_of(sample("plumber"), Channel.VOICE), Channel.VOICE)
    self_due = stamp(line.deadline(MONDAY))
    stage.happens(contact, 0, "queued", team="shared", deadline=self_due, line=line.text, prefer="maria")
    told = why(contact).stdout
    assert "due        09:00:30, still waiting" in told
    assert "waits for an agent of the team shared, first for maria" in told
    assert "had gone" not in told


def test_who_left_is_told_with_where_and_how_long(stage: Stage) -> None:
    contact = stage.arrives()
    line = Line.of(terms_of(sample("plumber"), Channel.VOICE), Channel.VOICE)
    stage.happens(contact, 0, "queued", team="shared", deadline=stamp(line.deadline(MONDAY)), line=line.text)
    stage.happens(contact, 9, "abandoned", by="customer", where="queue")
    told = why(contact).stdout
    assert ", left after 9.0 s, before that" in told
    assert "the customer left while it waited" in told
    assert "open to    09:00:00  anybody in the team\n\n" in told, "it asks for no skill, so nobody joins later"


def test_a_ring_that_opened_too_late_is_told_as_such(stage: Stage) -> None:
    contact = stage.arrives()
    line = Line.of(terms_of(changed("plumber", skill="repairs"), Channel.VOICE), Channel.VOICE)
    stage.happens(contact, 0, "queued", team="shared", deadline=stamp(line.deadline(MONDAY)), line=line.text)
    stage.happens(contact, 9, "abandoned", by="customer", where="queue")
    told = why(contact).stdout
    assert "09:00:30  also who may serve the client without the skill  (had gone by then)" in told
    assert "lower level" not in told, "there is none below the one asked for"


def test_written_work_that_was_laid_aside_says_for_what(stage: Stage) -> None:
    contact = stage.arrives()
    stage.happens(contact, 0, "queued", team="shared", deadline="2026-11-23T09:00:30.000Z")
    stage.happens(contact, 1, "offered", agent="maria", offer="o1", reason="nothing else waited")
    stage.happens(contact, 2, "connected", by="agent:maria")
    stage.happens(contact, 3, "held", why="voice came first")
    stage.happens(contact, 9, "resumed", why="there is room again")
    stage.happens(contact, 10, "held", by="agent:maria")
    told = [line.split(" s  ")[1] for line in why(contact).stdout.splitlines() if " s  " in line][3:]
    assert told == [
        "connected to maria",
        "laid aside: voice came first",
        "taken up again: there is room again",
        "on hold",
    ]


def test_a_contact_from_before_lines_were_written_down_is_told_as_far_as_it_goes(stage: Stage) -> None:
    contact = stage.arrives()
    stage.happens(contact, 1, "queued", team="shared", skill="emergency", deadline="2026-11-23T09:00:31.000Z")
    told = why(contact)
    assert told.exit_code == 0
    assert "asked for" not in told.stdout
    assert "due        09:00:31, still waiting" in told.stdout


def test_who_never_asked_for_an_agent_has_no_wait(stage: Stage) -> None:
    contact = stage.arrives()
    stage.happens(contact, 5, "self_served", topic="prices")
    told = why(contact).stdout
    assert "due" not in told
    assert "served itself (prices)" in told
    assert story_of(stage.contacts.get(PLUMBER, contact)).waited_s is None


@pytest.mark.parametrize("contact", ["v00000000000000000000", "x-nonsense", "", "ö"])
def test_an_unknown_contact_is_a_clear_error(stage: Stage, contact: str) -> None:
    result = why(contact)
    assert result.exit_code == 1
    assert f"Error: no contact {contact!r} here" in result.stderr


def test_a_stage_that_is_not_there_is_a_clear_error(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_there(name: str) -> None:
        raise NotDeployed(f"stack of {name} cannot be read")

    monkeypatch.setattr(command, "open_stage", not_there)
    assert "stack of nowhere cannot be read" in why("v0", "--stage", "nowhere").stderr


def test_an_ask_that_was_dropped_is_told_as_one_from_both_sides(stage: Stage) -> None:
    call = stage.emergency()
    line = Line.of(terms_of(sample("plumber"), Channel.VOICE), Channel.VOICE)
    ask = stage.contacts.open(PLUMBER, replace(ARRIVAL, source_id="c-2", direction="transfer"), MONDAY).contact
    stage.happens(ask, 30, "queued", team="shared", deadline=stamp(line.deadline(MONDAY)), line=line.text)
    stage.happens(ask, 44, "abandoned", by="agent:maria", where="offer")
    told = why(ask).stdout
    assert "dropped by who had asked for it" in told.splitlines()[0]
    assert ", dropped after 14.0 s\n" in told
    assert "in time" not in told
    asked = Fact(kind="transferred", at=MONDAY + timedelta(seconds=30), data={"to": "agent:ben", "contact": ask})
    standing = stage.contacts.get(PLUMBER, call)
    whole = replace(standing, facts=(*standing.facts, asked))
    assert story_of(whole).steps[-1].words == f"asks for the agent ben, as {ask}"
    legs = {ask: stage.contacts.get(PLUMBER, ask)}
    assert story_of(whole, legs).steps[-1].words == f"asks for the agent ben, as {ask}, and drops it"


def test_the_command_looks_at_what_became_of_an_ask(stage: Stage) -> None:
    ask = stage.contacts.open(PLUMBER, replace(ARRIVAL, source_id="c-2", direction="transfer"), MONDAY).contact
    stage.happens(ask, 30, "dialled", to="outside", call="c-2")
    stage.happens(ask, 44, "closed", why="no_answer")
    call = stage.emergency_talks(ask)
    assert f"asks for a number outside, as {ask}: nobody answered" in why(call).stdout


def test_who_is_called_back_waited_on_the_line_only_until_he_hung_up(stage: Stage) -> None:
    call = stage.arrives()
    line = Line.of(terms_of(sample("plumber"), Channel.VOICE), Channel.VOICE)
    stage.happens(call, 10, "queued", team="shared", deadline=stamp(line.deadline(MONDAY)), line=line.text)
    stage.happens(call, 70, "callback_asked", by="customer", number="+15559990000", attempts=2, retry_s=60)
    assert "waited 60.0 s on the line, waits at home" in why(call).stdout
    stage.happens(call, 400, "offered", agent="maria", offer="o1")
    stage.happens(call, 410, "connected", by="agent:maria", agent="maria")
    assert "waited 60.0 s on the line and 340.0 s at home\n" in why(call).stdout
    (told,) = json.loads(why(call, "--json").stdout)
    assert (told["waited_s"], told["at_home_s"]) == (60.0, 340.0)
