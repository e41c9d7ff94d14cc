"""Somebody on call is called: what is heard, which key does what, and who must never hear it. Through the exchange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.billing.model.ledger import Meter, usage_of
from chalicelib.channels.voice.model.call import FlowCall, Step, flow_call
from chalicelib.channels.voice.model.phrases import words
from chalicelib.channels.voice.model.reconciliation import Reason
from chalicelib.contacts.model.contact import Arrival, Contact, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import ContactId
from chalicelib.outreach.model.agenda import Entry, Kind
from chalicelib.outreach.model.dispatch import Dispatch, Result, Standing
from chalicelib.tenancy.model.form import Language
from infra.local.connect.exchange import Wanted
from infra.local.connect.library import flow_arn
from infra.local.connect.parties import Call, Speaker
from tests.fakes.call_house import CallHouse
from tests.fakes.on_call import Carrier
from tests.fakes.switchboard import heard
from tests.fakes.telephone import CLINIC, PLUMBER
from tests.fakes.tenants import sample

RAY, DANA = "Ray Ortiz", "Dana Whitfield"
RAYS, DANAS = "+15550100777", "+15550100779"
MESSAGE = "Water in the cellar, 411 Elm Street."


class Line(Carrier):
    """Calls ring in the exchange."""

    def __init__(self) -> None:
        super().__init__()
        self.house: CallHouse | None = None

    def call(self, *, number: str, caller_id: str, flow: str, attributes: Mapping[str, str], token: str) -> str:
        assert self.house is not None
        assert flow == "dispatch"
        wanted = Wanted(
            number=number,
            flow=flow_arn("DispatchFlowArn"),
            caller_id=caller_id,
            attributes=attributes,
            token=token,
        )
        return self.house.exchange.call_out(wanted)


class Night(CallHouse):
    """A burst pipe: Ray by phone, by text, then Dana by phone and by mail, twice."""

    def __init__(self, client: Any = None) -> None:
        super().__init__(**{})
        self.client = client or sample("plumber")
        self.numbers.tenants[PLUMBER] = self.client
        line = Line()
        line.house = self
        self.rings_in(line)
        arrival = Arrival(channel=Channel.VOICE, entry_point=PLUMBER, customer="+15557654321", source_id="c-1")
        self.source = self.contacts.open(self.client.id, arrival, self.clock.now())

    def rings_in(self, line: Line) -> None:
        ways = line.ways
        self.line = line
        self.on_call._ways = ways

    def begins(self) -> Dispatch:
        now = self.clock.now()
        began = self.on_call.start(
            self.client, self.source, ladder="emergency", message=MESSAGE, by="agent:maria", now=now
        )
        self.id = began.contact
        return began

    @property
    def it(self) -> Dispatch:
        return self.on_call.get(self.client.id, self.id)

    @property
    def own(self) -> Contact:
        return self.contacts.get(self.client.id, self.id)

    def kinds(self) -> list[str]:
        return [fact.kind for fact in self.own.facts]

    def rings(self) -> Call:
        """The call that rings now."""
        (ring,) = self.exchange.outgoing.values()
        return ring.segment.call

    def picks_up(self, after_s: float = 6) -> Call:
        call = self.rings()
        self.clock.advance(after_s)
        self.exchange.answer_out(self.out())
        self.clock.advance(1)
        return call

    def due(self) -> None:
        at = self.it.next_at
        assert at is not None
        self.clock.advance((at - self.clock.now()).total_seconds())
        self.on_call.due(Entry(at=at, kind=Kind.DISPATCH, tenant=self.client.id, id=self.id), self.clock.now())

    def tried(self) -> list[tuple[str, str, str]]:
        return [(one.person, one.by.value, one.result.value) for one in self.it.attempts]


def said(call: Call) -> list[str]:
    return heard(call.transcript, Speaker.SYSTEM)


def question(language: str = "en", client: str = "Rapid Plumbing") -> str:
    return f"{words(language, 'page', client=client, message=MESSAGE)} {words(language, 'page_keys')}"


@pytest.fixture
def night() -> Night:
    return Night()


def test_who_picks_up_hears_whose_it_is_and_takes_it_with_a_key(night: Night) -> None:
    night.begins()
    ring = next(iter(night.exchange.outgoing.values()))
    assert (ring.number, ring.caller_id) == (RAYS, PLUMBER)
    call = night.picks_up()
    night.presses(call, "1", then_s=30)
    assert said(call) == [question(), words("en", "page_taken", who=RAY)]
    assert (night.it.standing, night.it.who, night.it.how) == (Standing.ACKNOWLEDGED, RAY, "voice")
    assert night.kinds() == ["arrived", "dialled", "acknowledged", "closed"]
    assert night.tried() == [(RAY, "voice", "taken")]
    assert night.it.attempts[0].ended_at is not None
    assert night.exchange.outgoing == {}


def test_who_wants_to_hear_it_again_does_and_who_presses_nothing_hears_it_three_times(night: Night) -> None:
    night.begins()
    call = night.picks_up()
    night.presses(call, "2", then_s=60)
    assert said(call) == [*[question()] * 4, words("en", "page_silent")]
    assert night.tried() == [(RAY, "voice", "hung_up"), (RAY, "sms", "placed")]


def test_who_passes_is_followed_by_the_next_at_once(night: Night) -> None:
    night.begins()
    call = night.picks_up()
    night.presses(call, "3", then_s=30)
    assert said(call)[-1] == words("en", "page_passed")
    assert night.tried() == [(RAY, "voice", "passed"), (RAY, "sms", "placed")]
    assert len(night.line.texted) == 1


def test_nobody_picks_up_and_the_next_is_tried_at_once(night: Night) -> None:
    night.begins()
    night.clock.advance(61)
    assert night.tried() == [(RAY, "voice", "no_answer"), (RAY, "sms", "placed")]
    night.due()
    assert next(iter(night.exchange.outgoing.values())).number == DANAS


def test_who_hangs_up_while_it_is_said_has_not_taken_it(night: Night) -> None:
    night.begins()
    call = night.picks_up()
    night.exchange.hang_up(call)
    night.clock.advance(2)
    assert night.tried()[0] == (RAY, "voice", "hung_up")
    assert night.it.running


def test_somebody_else_has_it_when_the_second_presses(night: Night) -> None:
    night.begins()
    call = night.picks_up()
    night.on_call.acknowledge(night.client.id, night.id, who=DANA, how="desk", now=night.clock.now())
    night.presses(call, "1", then_s=30)
    assert said(call)[-1] == words("en", "page_theirs", who=DANA)
    assert night.kinds().count("acknowledged") == 1


def test_who_picks_up_after_it_was_called_off_hears_nothing_of_it(night: Night) -> None:
    night.begins()
    night.on_call.cancel(night.client.id, night.id, by="agent:maria", now=night.clock.now())
    call = night.picks_up()
    night.clock.advance(20)
    assert said(call) == [words("en", "page_over")]


def test_it_is_said_in_the_clients_language() -> None:
    plumber = sample("plumber")
    spoken = replace(plumber, languages=(Language("de"),))
    night = Night(spoken)
    night.begins()
    assert said(night.picks_up()) == [question("de")]


def asks(night: Night, step: str, **changes: Any) -> FlowCall:
    """The question that the flow of the call that rings would ask, changed by somebody who means no good."""
    attempt = night.it.attempts[0]
    told: dict[str, Any] = {
        "contact": attempt.id,
        "caller": attempt.to,
        "tenantId": night.client.id,
        "contactId": night.id,
        "attempt": "1",
        "dialled": PLUMBER,
        "input": "1",
        **changes,
    }
    return flow_call(
        {
            "Details": {
                "ContactData": {
                    "ContactId": told["contact"],
                    "InitialContactId": told["contact"],
                    "Channel": "VOICE",
                    "CustomerEndpoint": {"Address": told["caller"]},
                    "SystemEndpoint": {"Address": told["dialled"]},
                    "Attributes": {name: told[name] for name in ("tenantId", "contactId", "attempt")},
                },
                "Parameters": {"step": step, "input": told["input"], "about": "1"},
            }
        }
    )


@pytest.mark.parametrize("step", [Step.PAGE, Step.PAGED])
@pytest.mark.parametrize(
    "changes",
    [
        {"contact": "another-call"},
        {"caller": "+15550100888"},
        {"caller": "anonymous"},
        {"tenantId": "clinic"},
        {"tenantId": "none"},
        {"contactId": "v0123456789abcdefghjk"},
        {"contactId": "none"},
        {"dialled": CLINIC},
        {"contact": "another-call", "attempt": "x"},
    ],
)
def test_a_wrong_party_hears_nothing_and_takes_nothing(night: Night, step: Step, changes: dict[str, str]) -> None:
    night.begins()
    answer = night.attendant().answer(asks(night, step, **changes), night.clock.now())
    assert answer["outcome"] == "say"
    assert MESSAGE not in answer["message"]
    assert night.it.running


def test_the_right_party_is_asked_and_the_same_key_again_says_the_same(night: Night) -> None:
    night.begins()
    attendant, now = night.attendant(), night.clock.now()
    assert MESSAGE in attendant.answer(asks(night, Step.PAGE), now)["message"]
    first = attendant.answer(asks(night, Step.PAGED), now)
    again = attendant.answer(asks(night, Step.PAGED), now + timedelta(seconds=3))
    assert first == again
    assert first["message"] == words("en", "page_taken", who=RAY)


def test_who_picks_up_before_the_call_was_written_down_is_known_by_its_number() -> None:
    night = Night()
    real = night.line.call
    told: list[str] = []

    def picked_up_at_once(**how: Any) -> str:
        call = real(**how)
        asked = flow_call(
            {
                "Details": {
                    "ContactData": {
                        "ContactId": call,
                        "Channel": "VOICE",
                        "CustomerEndpoint": {"Address": how["number"]},
                        "SystemEndpoint": {"Address": PLUMBER},
                        "Attributes": dict(how["attributes"]),
                    },
                    "Parameters": {"step": "page"},
                }
            }
        )
        told.append(night.attendant().answer(asked, night.clock.now())["message"])
        return call

    night.line.call = picked_up_at_once  # type: ignore[method-assign]
    night.begins()
    assert told == [question()]
    assert night.kinds() == ["arrived", "dialled"]


def test_records_agree_with_what_we_know_of_each_attempt(night: Night) -> None:
    night.begins()
    night.clock.advance(61)
    night.due()
    call = night.picks_up()
    night.presses(call, "1", then_s=30)
    found = settled(night)
    assert found == [Reason.AGREES.value] * 2
    records = usage_of(night.own.tenant, night.own.contact, Channel.VOICE, night.own.facts).records
    assert {one.meter: one.quantity for one in records} == {Meter.DIAL: 2, Meter.SMS: 1}
    assert all(not one.seconds.get("automated") for one in records)


def settled(night: Night) -> list[str]:
    night.clock.advance(400)
    now = night.clock.now()
    return [reason for due in night.reconciler.due(now) for reason in night.reconciler.settle(due, now)]


def test_a_record_tells_of_a_call_that_was_never_written_down(night: Night) -> None:
    """Its start was not answered in time, and no event of it ever came."""
    night.line.lost.add("voice")
    real = night.line.call

    def unanswered(**how: Any) -> str:
        real(**how)
        night.line._said("voice")
        raise AssertionError

    night.line.call = unanswered  # type: ignore[method-assign]
    night.begins()
    assert night.it.attempts[0].result is Result.PENDING
    night.line.call = real  # type: ignore[method-assign]
    night.clock.advance(61)  # it rang
    assert settled(night) == [Reason.AGREES.value]
    assert night.kinds() == ["arrived", "dialled", "notified"]
    assert night.tried() == [(RAY, "voice", "no_answer"), (RAY, "sms", "placed")]


def test_a_record_of_a_call_that_nobody_knows_of_is_told_to_a_person_once_it_is_over(night: Night) -> None:
    night.begins()
    night.on_call.cancel(night.client.id, night.id, by="agent:maria", now=night.clock.now())
    night.exchange.call_out(
        Wanted(
            number=DANAS,
            flow=flow_arn("DispatchFlowArn"),
            caller_id=PLUMBER,
            attributes={"tenantId": "plumber", "contactId": night.id, "attempt": "7"},
        )
    )
    night.clock.advance(61)
    assert sorted(settled(night)) == [Reason.AGREES.value, Reason.UNKNOWN_ATTEMPT.value]
    assert night.own.state is State.CLOSED


def test_a_message_on_tape_is_brought_to_who_is_on_call_once(night: Night) -> None:
    voicemail = Arrival(
        channel=Channel.VOICE, entry_point=PLUMBER, customer="+15557654321", source_id="c-2/voicemail", voicemail="b/k"
    )
    contact = night.contacts.open(night.client.id, voicemail, night.clock.now())
    for _ in range(2):
        night.on_call.on_tape(night.client, contact, night.clock.now())
    found = night.on_call.of(contact)
    assert found is not None
    assert found.message == "A caller left a message on tape: +15557654321."
    assert len(night.exchange.outgoing) == 1


def test_events_of_a_call_that_is_none_of_ours_are_passed_over(night: Night) -> None:
    assert night.on_call.over("c-x", night.clock.now(), at=night.clock.now(), answered=True) == "unknown_call"
    assert night.on_call.of(night.source) is None
    assert ContactId("c-x") not in night.exchange.calls
