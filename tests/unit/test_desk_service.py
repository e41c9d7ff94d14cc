"""What an agent sees and may do."""

from __future__ import annotations

import pytest

from chalicelib.contacts.model.contact import IllegalMove, SomebodyElses, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Unavailable
from chalicelib.kernel.ids import TenantId
from chalicelib.tenancy.model.caller import Caller, Role, Scope
from chalicelib.tenancy.model.tenant import Tenant
from tests.fakes.workplace import JONAS, MARIA, SHOP, Workplace

SAM = Caller(user="sam", role=Role.SUPERVISOR, name="Sam", scope=Scope.everyone())


@pytest.fixture
def place() -> Workplace:
    return Workplace()


def test_who_never_worked_here_sees_an_empty_desk(place: Workplace) -> None:
    board = place.desk.board(MARIA, place.clock())
    assert (board.cards, board.presence.status) == ((), "offline")
    assert board.clients == ("Luna Shop", "Rapid Plumbing")


def test_the_desk_holds_offers_and_contacts_of_all_clients_with_their_words(place: Workplace) -> None:
    taken = place.taken(text="Where is my lamp?")
    offered = place.arrives(Channel.EMAIL, subject="Order 4711", text="Dear shop, ...")
    board = place.desk.board(MARIA, place.clock())
    assert [card.id for card in board.mine] == [taken.contact]
    assert [card.id for card in board.offers] == [offered.contact]
    assert board.mine[0].heard is not None
    assert board.mine[0].heard.draft.text == "Where is my lamp?"
    assert board.offers[0].offered_until is not None


def test_a_desk_is_read_in_few_requests(place: Workplace) -> None:
    place.taken(text="one")
    place.arrives(text="two")
    place.desk.board(MARIA, place.clock())  # what she is called is known from now on
    place.memory.requests.clear()
    place.desk.board(MARIA, place.clock())
    assert place.memory.requests == ["get", "get_many", "query", "query"]


def test_a_contact_of_another_agent_is_not_on_the_desk(place: Workplace) -> None:
    contact = place.taken()
    assert place.desk.card(JONAS, SHOP, contact.contact, place.clock()) is None
    assert place.desk.card(SAM, SHOP, contact.contact, place.clock()) is not None


def test_an_agent_pauses_with_a_known_reason_only(place: Workplace) -> None:
    presence = place.desk.set_status(MARIA, "paused", "lunch", place.clock.passes(1))
    assert (presence.word, presence.status) == ("Lunch", "paused")
    for status, reason in (("paused", "golf"), ("paused", ""), ("missed", ""), ("asleep", "")):
        with pytest.raises(Invalid):
            place.desk.set_status(MARIA, status, reason, place.clock.passes(1))


def test_who_takes_no_contacts_has_no_status(place: Workplace) -> None:
    with pytest.raises(NotAllowed):
        place.desk.set_status(SAM, "available", "", place.clock())


def test_nobody_leaves_while_customers_are_with_him(place: Workplace) -> None:
    contact = place.taken()
    with pytest.raises(Conflict) as refused:
        place.desk.set_status(MARIA, "offline", "", place.clock.passes(1))
    assert refused.value.facts["open"] == 1
    place.desk.end(MARIA, SHOP, contact.contact, place.clock.passes(1))
    place.desk.wrap(MARIA, SHOP, contact.contact, disposition="advice", now=place.clock.passes(1))
    assert place.desk.set_status(MARIA, "offline", "", place.clock.passes(1)).status == "offline"


def test_an_offer_of_another_cannot_be_accepted(place: Workplace) -> None:
    place.starts_shift()
    contact = place.arrives()
    with pytest.raises(SomebodyElses):
        place.desk.accept(JONAS, SHOP, contact.contact, place.clock.passes(1))
    accepted = place.desk.accept(MARIA, SHOP, contact.contact, place.clock.passes(1))
    assert accepted.state == "connected"
    again = place.desk.accept(MARIA, SHOP, contact.contact, place.clock.passes(1))
    assert again.contact.version == accepted.contact.version


def test_a_call_is_answered_at_the_telephone(place: Workplace) -> None:
    place.starts_shift()
    call = place.arrives(Channel.VOICE)
    with pytest.raises(Conflict, match="telephone"):
        place.desk.accept(MARIA, SHOP, call.contact, place.clock.passes(1))


def test_who_declines_gets_no_more_until_he_is_back(place: Workplace) -> None:
    place.starts_shift()
    contact = place.arrives()
    presence = place.desk.decline(MARIA, SHOP, contact.contact, place.clock.passes(1))
    assert (presence.status, presence.seat.contacts) == ("missed", {})
    assert place.contacts.get(SHOP, contact.contact).state is State.QUEUED


def test_a_repeated_command_is_silence(place: Workplace) -> None:
    call = place.taken(Channel.VOICE)
    for command in (place.desk.hold, place.desk.resume, place.desk.end):
        first = command(MARIA, SHOP, call.contact, place.clock.passes(1))
        assert command(MARIA, SHOP, call.contact, place.clock.passes(1)).contact == first.contact


def test_another_agents_contact_obeys_nobody_else(place: Workplace) -> None:
    contact = place.taken()
    for command in (place.desk.hold, place.desk.end):
        with pytest.raises(SomebodyElses):
            command(JONAS, SHOP, contact.contact, place.clock.passes(1))
    with pytest.raises(SomebodyElses):
        place.desk.say(JONAS, SHOP, contact.contact, text="Hi", client_id="1", now=place.clock.passes(1))
    with pytest.raises(SomebodyElses):
        place.desk.wrap(JONAS, SHOP, contact.contact, disposition="advice", now=place.clock.passes(1))


def test_a_contact_is_looked_for_at_its_own_client_only(place: Workplace) -> None:
    contact = place.taken()
    with pytest.raises(NotFound):
        place.desk.end(MARIA, MARIA.scope.open("plumber"), contact.contact, place.clock.passes(1))


def test_the_outcome_is_one_of_the_clients_own(place: Workplace) -> None:
    contact = place.taken()
    place.desk.end(MARIA, SHOP, contact.contact, place.clock.passes(1))
    for wrong in ("", "visit_booked"):
        with pytest.raises(Invalid, match="order_status"):
            place.desk.wrap(MARIA, SHOP, contact.contact, disposition=wrong, now=place.clock.passes(1))
    assert place.contacts.get(SHOP, contact.contact).state is State.ENDED


def test_an_outcome_asks_for_what_the_client_wants_to_know(place: Workplace) -> None:
    contact = place.taken()
    place.desk.end(MARIA, SHOP, contact.contact, place.clock.passes(1))
    for missing in ({}, {"note": "  "}, {"note": "angry"}, {"tags": ["lamp"]}):
        with pytest.raises(Invalid):
            place.desk.wrap(MARIA, SHOP, contact.contact, disposition="complaint", now=place.clock(), **missing)  # type: ignore[arg-type]
    place.desk.wrap(
        MARIA, SHOP, contact.contact, disposition="complaint", note="angry", tags=["lamp"], now=place.clock.passes(1)
    )
    wrapped = place.contacts.get(SHOP, contact.contact)
    assert wrapped.facts[-1].data == {"disposition": "complaint", "note": "angry", "tags": ["lamp"]}
    assert place.router.seat(MARIA.team, MARIA.agent).units == 0


def test_a_contact_is_wrapped_up_after_its_end(place: Workplace) -> None:
    contact = place.taken()
    with pytest.raises(IllegalMove):
        place.desk.wrap(MARIA, SHOP, contact.contact, disposition="advice", now=place.clock.passes(1))


def test_who_finishes_gets_the_next_contact(place: Workplace) -> None:
    call = place.taken(Channel.VOICE)
    waiting = place.arrives(Channel.VOICE)
    assert waiting.state is State.QUEUED
    place.desk.end(MARIA, SHOP, call.contact, place.clock.passes(1))
    place.desk.wrap(MARIA, SHOP, call.contact, disposition="advice", now=place.clock.passes(1))
    assert [card.id for card in place.desk.board(MARIA, place.clock()).offers] == [waiting.contact]


def test_a_line_that_is_sent_twice_is_said_once(place: Workplace) -> None:
    contact = place.taken()
    for _ in range(2):
        place.desk.say(MARIA, SHOP, contact.contact, text="Hello", client_id="k1", now=place.clock.passes(1))
    said = place.contacts.messages(SHOP, contact.contact)
    assert [(message.draft.text, message.draft.by, message.draft.kind) for message in said] == [
        ("Hello", "agent:maria", "text")
    ]


def test_a_reply_by_mail_keeps_the_thread_in_its_subject(place: Workplace) -> None:
    mail = place.taken(Channel.EMAIL, subject="Re: Order 4711")
    answer = place.desk.say(MARIA, SHOP, mail.contact, text="Dear ...", client_id="k1", now=place.clock.passes(1))
    assert (answer.draft.kind, answer.draft.subject) == ("email", "Re: Order 4711")
    other = place.arrives(Channel.EMAIL, subject="Broken lamp")
    place.desk.accept(MARIA, SHOP, other.contact, place.clock.passes(1))
    answer = place.desk.say(MARIA, SHOP, other.contact, text="Dear ...", client_id="k2", now=place.clock.passes(1))
    assert answer.draft.subject == "Re: Broken lamp"


def test_a_note_stays_in_the_house_on_every_channel(place: Workplace) -> None:
    mail = place.taken(Channel.EMAIL)
    note = place.desk.say(
        MARIA, SHOP, mail.contact, text="VIP", client_id="k1", note=True, subject="x", now=place.clock.passes(1)
    )
    assert (note.draft.kind, note.draft.subject) == ("note", "")


def test_nobody_is_answered_before_the_offer_is_accepted_or_after_the_end(place: Workplace) -> None:
    place.starts_shift()
    contact = place.arrives()
    with pytest.raises(Conflict, match="accept"):
        place.desk.say(MARIA, SHOP, contact.contact, text="Hi", client_id="1", now=place.clock.passes(1))
    place.desk.accept(MARIA, SHOP, contact.contact, place.clock.passes(1))
    place.desk.end(MARIA, SHOP, contact.contact, place.clock.passes(1))
    with pytest.raises(Conflict):
        place.desk.say(MARIA, SHOP, contact.contact, text="Hi", client_id="1", now=place.clock.passes(1))
    place.desk.say(MARIA, SHOP, contact.contact, text="calm", client_id="2", note=True, now=place.clock.passes(1))


def test_nothing_empty_is_said(place: Workplace) -> None:
    contact = place.taken()
    for text, client_id in (("  \n", "1"), ("Hi", "")):
        with pytest.raises(Invalid):
            place.desk.say(MARIA, SHOP, contact.contact, text=text, client_id=client_id, now=place.clock())


def test_a_script_gets_the_desk_as_json(place: Workplace) -> None:
    contact = place.taken(text="Where is my lamp?")
    told = place.desk.board(MARIA, place.clock()).as_json()
    assert told["seat"]["status"] == "available"
    assert told["contacts"][0]["contact"] == contact.contact
    assert told["contacts"][0]["commands"] == ["end", "note", "say"]
    assert told["contacts"][0]["messages"][0]["text"] == "Where is my lamp?"
    assert told["tenants"]["shop"]["name"] == "Luna Shop"


def test_a_mail_that_is_laid_aside_is_not_answered_beside_the_call(place: Workplace) -> None:
    mail = place.taken(Channel.EMAIL)
    place.contacts.hold(SHOP, mail.contact, agent="maria", now=place.clock.passes(1))
    with pytest.raises(Conflict, match="laid aside"):
        place.desk.say(MARIA, SHOP, mail.contact, text="Hello", client_id="c1", now=place.clock())
    with pytest.raises(Conflict, match="laid aside"):
        place.desk.resume(MARIA, SHOP, mail.contact, place.clock())
    for deed in (place.desk.hold, place.desk.resume):
        with pytest.raises(NotFound):
            deed(MARIA, TenantId("plumber"), mail.contact, place.clock())


def test_a_contact_of_a_client_who_is_no_client_any_more_is_wrapped_up_all_the_same(place: Workplace) -> None:
    chat = place.taken(Channel.CHAT)
    place.contacts.end(SHOP, chat.contact, by="customer", now=place.clock.passes(1))

    def gone(tenant: TenantId) -> Tenant:
        raise NotFound("tenant", tenant)

    place.clients.get = gone  # type: ignore[method-assign]
    place.desk.wrap(MARIA, SHOP, chat.contact, disposition="whatever", now=place.clock.passes(1))
    assert place.contacts.get(SHOP, chat.contact).disposition == "whatever"
    assert place.router.seat(MARIA.team, MARIA.agent).units == 0


def test_a_call_is_hung_up_at_the_telephone_and_only_a_dead_line_is_ended_at_the_desk(place: Workplace) -> None:
    call = place.taken(Channel.VOICE)
    place.recorder.going = {call.source_id}
    for state in (State.CONNECTED, State.HELD):
        with pytest.raises(Conflict, match="hung up at the telephone"):
            place.desk.end(MARIA, SHOP, call.contact, place.clock.passes(1))
        assert place.contacts.get(SHOP, call.contact).state is state
        place.desk.hold(MARIA, SHOP, call.contact, place.clock.passes(1))
    with pytest.raises(SomebodyElses):
        place.desk.end(JONAS, SHOP, call.contact, place.clock.passes(1))
    place.recorder.broken = True
    with pytest.raises(Unavailable):
        place.desk.end(MARIA, SHOP, call.contact, place.clock.passes(1))
    place.recorder.broken, place.recorder.going = False, set()
    assert place.desk.end(MARIA, SHOP, call.contact, place.clock.passes(1)).state == "ended"
    place.recorder.going = {call.source_id}
    assert place.desk.end(MARIA, SHOP, call.contact, place.clock.passes(1)).state == "ended", "asked again"
