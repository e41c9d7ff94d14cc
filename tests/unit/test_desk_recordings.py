"""What is recorded of a call, what callers left on tape, and the doors to what an agent does with calls."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chalicelib.aws.files import Bucket, File
from chalicelib.contacts.model.contact import Contact, SomebodyElses
from chalicelib.desk.store.tapes import BucketTapes
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Unavailable
from chalicelib.kernel.ids import AgentId, TenantId
from chalicelib.tenancy.model.caller import Caller, Role, Scope
from tests.fakes.workplace import JONAS, MARIA, SHARED, SHOP, Workplace
from tests.unit.test_desk_outreach import calls_out
from tests.unit.test_desk_pages import ask, doors
from tests.unit.test_desk_switchboard import SAM, call, place, transfer

__all__ = ["call", "doors", "place"]


# Recording


def record(place: Workplace, contact: Contact, state: str, **more: str) -> None:
    now = place.clock.passes(1)
    place.switchboard.record(MARIA, SHOP, contact.contact, state, now=now, **more)


def test_what_is_shown_after_a_pause_still_says_why_we_call(place: Workplace) -> None:
    place.starts_shift(MARIA)
    contact = calls_out(place)
    place.router.accept(SHOP, contact.contact, agent=MARIA.agent, now=place.clock.passes(1))
    card = place.switchboard.record(MARIA, SHOP, contact.contact, "paused", now=place.clock.passes(1))
    assert card.about is not None
    assert card.about.title == "Checkups that are due"


def test_a_recording_is_paused_once_and_goes_on(place: Workplace, call: Contact) -> None:
    for state in ("on", "paused", "paused", "on", "on"):
        record(place, call, state, call="part-2")
    assert place.recorder.asked == [("pause", "part-2", "call-1"), ("resume", "part-2", "call-1")]
    kinds = [fact.kind for fact in place.contacts.get(SHOP, call.contact).facts]
    assert kinds[-2:] == ["recording_paused", "recording_resumed"]
    assert place.contacts.get(SHOP, call.contact).recording != "paused"


@pytest.mark.parametrize("strange", ["another-1", "part-2/../x", "part 2", "\u0661", "x" * 81])
def test_the_recording_of_another_call_is_not_touched_by_whoever_names_it(
    place: Workplace, call: Contact, strange: str
) -> None:
    place.recorder.parts |= {"another-1": "another-0", "part-2/../x": "call-1", "part 2": "call-1", "\u0661": "call-1"}
    place.recorder.parts["x" * 81] = "call-1"
    with pytest.raises(Invalid, match="no part of this call"):
        record(place, call, "paused", call=strange)
    assert place.recorder.asked == []
    assert place.contacts.get(SHOP, call.contact).recording == ""


def test_what_we_know_of_a_call_ourselves_is_asked_of_nobody(place: Workplace, call: Contact) -> None:
    place.recorder.parts.clear()
    record(place, call, "paused", call="call-1")
    assert place.recorder.asked == [("pause", "call-1", "call-1")]


def test_a_recording_that_was_not_paused_is_not_noted_as_paused(place: Workplace, call: Contact) -> None:
    place.recorder.broken = True
    with pytest.raises(Unavailable, match="Amazon Connect's recording did not answer; try again"):
        record(place, call, "paused")
    assert place.contacts.get(SHOP, call.contact).recording == ""


def test_a_state_of_recording_that_is_none_is_named(place: Workplace, call: Contact) -> None:
    with pytest.raises(Invalid, match="state: 'off' is not known; send paused or on"):
        record(place, call, "off")


def test_a_call_that_was_handed_on_hangs_on_where_it_began(place: Workplace, call: Contact) -> None:
    leg = place.arrives(Channel.VOICE, source_id="leg", previous=call.contact, thread=call.contact)
    now = place.clock.passes(1)
    place.contacts.transferred(SHOP, call.contact, agent="maria", to="agent:jonas", leg=leg.contact, now=now)
    place.router.accept(SHOP, leg.contact, agent=JONAS.agent, now=place.clock.passes(1))
    place.contacts.end(SHOP, call.contact, by="agent:maria", now=place.clock.passes(1), why="agent")
    place.switchboard.record(JONAS, SHOP, leg.contact, "paused", now=place.clock.passes(1))
    assert place.recorder.asked == [("pause", "leg", "call-1")]


def asked_first(place: Workplace, call: Contact) -> Contact:
    """Jonas is in the conversation, too."""
    leg = place.arrives(Channel.VOICE, source_id="leg", previous=call.contact, thread=call.contact)
    now = place.clock.passes(1)
    place.contacts.transferred(SHOP, call.contact, agent="maria", to="agent:jonas", leg=leg.contact, now=now)
    return place.router.accept(SHOP, leg.contact, agent=JONAS.agent, now=place.clock.passes(1))


def test_a_pause_is_one_of_the_conversation_and_whoever_is_in_it_ends_it(place: Workplace, call: Contact) -> None:
    leg = asked_first(place, call)
    place.recorder.requeued["leg"], place.recorder.parts["leg-2"] = "leg-2", "call-1"  # Jonas was busy at first
    record(place, call, "paused")
    assert place.recorder.asked == [("pause", "call-1", "call-1"), ("pause", "leg-2", "call-1")]
    told = place.contacts.get(SHOP, leg.contact)
    assert (told.recording, told.facts[-1].kind, told.facts[-1].by) == ("paused", "recording_paused", "agent:maria")
    place.recorder.asked.clear()
    place.switchboard.record(JONAS, SHOP, leg.contact, "on", call="leg-2", now=place.clock.passes(1))
    assert place.recorder.asked == [("resume", "leg-2", "call-1"), ("resume", "call-1", "call-1")]
    told = place.contacts.get(SHOP, call.contact)
    assert (told.recording, told.facts[-1].by) == ("", "agent:jonas")


def test_a_colleague_whose_part_went_on_is_asked_about_again_and_one_who_left_is_not(
    place: Workplace, call: Contact
) -> None:
    leg = asked_first(place, call)
    place.recorder.gone.add("leg")
    with pytest.raises(Unavailable):
        record(place, call, "paused")
    assert [place.contacts.get(SHOP, one.contact).recording for one in (call, leg)] == ["paused", ""]
    place.recorder.gone.clear()
    record(place, call, "paused")
    assert place.recorder.asked == [("pause", "call-1", "call-1"), ("pause", "leg", "call-1")]
    record(place, call, "on")
    place.recorder.gone.add("leg")
    place.recorder.before = lambda: place.contacts.end(
        SHOP, leg.contact, by="agent:jonas", now=place.clock.passes(1), why="agent"
    )
    record(place, call, "paused")
    assert place.contacts.get(SHOP, call.contact).recording == "paused"


def test_a_call_of_an_agent_s_own_hangs_on_itself_and_on_none_that_it_is_about(place: Workplace) -> None:
    place.starts_shift()
    earlier = place.arrives(Channel.VOICE, source_id="call-0")
    place.router.abandon(SHOP, earlier.contact, "", place.clock.passes(1))
    own = place.switchboard.dial(MARIA, SHOP, "+15550123456", about=earlier.contact, now=place.clock.passes(1)).contact
    place.contacts.dialled(SHOP, own, to="customer", call="out-1", now=place.clock.passes(1), agent="maria")
    place.router.accept(SHOP, own, agent="maria", now=place.clock.passes(1))
    place.switchboard.record(MARIA, SHOP, own, "paused", now=place.clock.passes(1))
    assert place.recorder.asked == [("pause", "out-1", "out-1")]


# Messages of callers


@pytest.fixture
def message(place: Workplace) -> Contact:
    place.starts_shift()
    place.tapes.kept["b/k.wav"] = b"RIFF...."
    return place.arrives(Channel.VOICE, voicemail="b/k.wav")


def hear(place: Workplace, who: Caller, message: Contact) -> bytes:
    return place.switchboard.voicemail(who, SHOP, message.contact, place.clock.passes(1))


def test_a_message_is_accepted_at_the_desk_and_no_call(place: Workplace, message: Contact) -> None:
    card = place.desk.accept(MARIA, SHOP, message.contact, place.clock.passes(1))
    assert (card.state, card.is_call, card.look) == ("connected", False, "voicemail")
    assert card.commands == {"end", "note"}
    with pytest.raises(Conflict):
        place.desk.hold(MARIA, SHOP, message.contact, place.clock.passes(1))
    with pytest.raises(Conflict, match="this is no call"):
        transfer(place, message, "team:shared")
    assert "b/k.wav" not in json.dumps(card.as_json()), "where it lies is nobody's business"


def test_a_message_is_heard_by_its_agent_and_a_supervisor_and_nobody_else(place: Workplace, message: Contact) -> None:
    for who in (MARIA, SAM):
        assert hear(place, who, message) == b"RIFF...."
    with pytest.raises(SomebodyElses):
        hear(place, JONAS, message)


def test_a_message_that_has_not_come_yet_is_asked_for_again_and_one_that_was_deleted_says_after_how_long(
    place: Workplace, message: Contact
) -> None:
    place.tapes.kept.clear()
    with pytest.raises(NotFound, match="not here yet"):
        hear(place, MARIA, message)
    place.clock.passes(8 * 86_400)
    with pytest.raises(NotFound, match="not here any more: messages for Luna Shop are deleted after 90 days"):
        hear(place, MARIA, message)


def test_an_agent_without_a_seat_hears_no_message(place: Workplace, message: Contact) -> None:
    with pytest.raises(NotAllowed):
        hear(place, replace(MARIA, agent=AgentId("")), message)


@pytest.mark.parametrize("where", ["other/k.wav", "s3://other/k.wav", "own-not/k.wav", "own", "own/", "/k.wav"])
def test_what_lies_in_no_bucket_of_ours_is_not_there_and_nobody_is_asked(where: str) -> None:
    assert BucketTapes("own").fetch(where) is None


@pytest.mark.parametrize("own", ["own", ""])
def test_in_the_bucket_for_recordings_any_layout_will_do(own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def fetch(bucket: Bucket, key: str, most: int) -> File:
        asked.append((bucket.name, key))
        return File(4, b"RIFF")

    monkeypatch.setattr(Bucket, "fetch", fetch)
    for key in ("k.wav", "connect/manyline/CallRecordings/ivr/2026/11/c1_20261123T15:00_UTC.wav"):
        assert BucketTapes(own).fetch(f"own/{key}") == b"RIFF"
        assert asked.pop() == ("own", key)


def test_a_call_without_a_message_has_nothing_to_hear(place: Workplace, call: Contact) -> None:
    with pytest.raises(NotFound, match="no message"):
        hear(place, MARIA, call)


# The doors

GETS = ("destinations", "voicemail")
POSTS = ("transfer", "recording")


@pytest.mark.parametrize("deed", [*GETS, *POSTS])
def test_another_client_s_call_is_not_there(doors: Workplace, deed: str) -> None:
    contact = doors.taken(Channel.VOICE)
    stranger = Caller(user="x", role=Role.AGENT, name="X", scope=Scope.of(["clinic"]), agent=MARIA.agent, team=SHARED)
    method, body = ("GET", None) if deed in GETS else ("POST", {"to": "team:shared", "state": "paused"})
    route = f"/api/desk/{{tenant}}/{{contact}}/{deed}"
    answer = ask(method, route, stranger, body=body, tenant="shop", contact=contact.contact)
    assert answer["statusCode"] == 404
    assert doors.recorder.asked == []


def test_nobody_calls_in_the_name_of_a_client_who_is_not_his(doors: Workplace) -> None:
    doors.starts_shift()
    answer = ask("POST", "/api/desk/dial", MARIA, body={"tenant": "clinic", "number": "+15550123456"})
    assert answer["statusCode"] == 404


def test_the_doors_answer_as_the_page_asks(doors: Workplace) -> None:
    contact = doors.taken(Channel.VOICE)
    where = {"tenant": "shop", "contact": contact.contact}
    place = "/api/desk/{tenant}/{contact}"
    told = ask("POST", f"{place}/transfer", MARIA, body={"to": "team:shared", "warm": "yes"}, **where)
    assert json.loads(told["body"]) == {"dial": "transfer"}
    refused = ask("POST", f"{place}/transfer", MARIA, body={"to": "team:moon"}, **where)
    assert (refused["statusCode"], json.loads(refused["body"])["field"]) == (422, "to")
    assert json.loads(ask("GET", f"{place}/destinations", MARIA, **where)["body"])["teams"]
    drawn = ask("POST", f"{place}/recording", MARIA, accept="text/html", body={"state": "paused"}, **where)
    assert "Recording paused" in drawn["body"]
    doors.recorder.broken = True
    assert ask("POST", f"{place}/recording", MARIA, body={"state": "on"}, **where)["statusCode"] == 503
    names = [one["tenant"] for one in json.loads(ask("GET", "/api/desk/dial", MARIA)["body"])["clients"]]
    assert names == ["shop", "plumber"]
    busy = ask("POST", "/api/desk/dial", MARIA, body={"tenant": "shop", "number": "+15550123456"})
    assert busy["statusCode"] == 409


def test_a_message_comes_as_bytes_for_who_takes_them(doors: Workplace) -> None:
    doors.starts_shift()
    doors.tapes.kept["b/k.wav"] = b"RIFF\x00\xff"
    left = doors.arrives(Channel.VOICE, voicemail="b/k.wav")
    route, where = "/api/desk/{tenant}/{contact}/voicemail", {"tenant": "shop", "contact": left.contact}
    answer = ask("GET", route, MARIA, accept="audio/wav", **where)
    assert (answer["statusCode"], answer["isBase64Encoded"], answer["body"]) == (200, True, "UklGRgD/")
    assert answer["headers"]["Content-Type"] == "audio/wav"
    assert "no-store" in answer["headers"]["Cache-Control"]
    doors.tapes.kept.clear()
    gone = ask("GET", route, MARIA, accept="audio/wav", **where)
    assert (gone["statusCode"], json.loads(gone["body"])["detail"][:23]) == (404, "This message is not her")


def test_a_supervisor_hears_and_does_not_touch(doors: Workplace) -> None:
    contact = doors.taken(Channel.VOICE)
    where = {"tenant": "shop", "contact": contact.contact}
    for deed in POSTS:
        route = f"/api/desk/{{tenant}}/{{contact}}/{deed}"
        assert ask("POST", route, SAM, body={"to": "team:shared", "state": "on"}, **where)["statusCode"] == 403
    assert ask("POST", "/api/desk/dial", SAM, body={"tenant": "shop", "number": "1"})["statusCode"] == 403
    assert TenantId("shop") == contact.tenant
