"""A chat between a visitor and an agent: who may open it, what reaches whom, and what it costs."""

from __future__ import annotations

import pytest

from chalicelib.channels.chat.model.outcome import Opened
from chalicelib.channels.chat.service.chat import PACE
from chalicelib.contacts.model.contact import State
from chalicelib.contacts.model.conversation import Draft
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, NotAllowed, NotFound
from tests.fakes.chatroom import CLINIC, SHOP, Chatroom


@pytest.fixture
def room() -> Chatroom:
    return Chatroom()


def test_nobody_has_the_widget_that_nobody_has(room: Chatroom) -> None:
    assert room.chat.widget("wk_nobody_000000") is None
    with pytest.raises(NotFound):
        room.attempts("wk_nobody_000000")
    assert not room.memory.tables


def test_a_site_that_is_not_on_the_clients_list_opens_no_chat(room: Chatroom) -> None:
    with pytest.raises(NotAllowed):
        room.attempts(SHOP, origin="https://evil.example")
    with pytest.raises(NotAllowed):
        room.attempts(SHOP, origin="https://www.luna-shop.example.evil.example")
    assert not room.memory.tables
    assert isinstance(room.attempts(SHOP, origin="https://www.luna-shop.example"), Opened)


def test_the_frame_speaks_the_visitors_language_where_the_client_does(room: Chatroom) -> None:
    languages = {asked: room.chat.widget(CLINIC, asked) for asked in ("", "en", "fr")}
    assert [widget.language for widget in languages.values() if widget] == ["de", "en", "de"]


def test_an_agent_and_a_visitor_talk(room: Chatroom) -> None:
    visit = room.visit(room.opens(text="Where is my lamp?"))
    room.live.connected(visit.tenant, visit.contact, "conn-1", room.clock())
    room.push.open.add("conn-1")
    room.agent_takes(visit)
    room.agent_says(visit, "On its way.")
    room.says(visit, "Thank you!")
    room.contacts.end(visit.tenant, visit.contact, by="agent:maria", now=room.clock.passes(1))
    room.delivers()
    came = room.push.came["conn-1"]
    assert [frame["message"]["text"] for frame in came if "message" in frame] == ["On its way.", "Thank you!"]
    assert [frame["seq"] for frame in came if "seq" in frame] == [2, 3]
    assert [frame["state"] for frame in came if "state" in frame] == ["active", "ended"]


def test_a_message_reaches_a_visitor_who_came_back_on_another_connection(room: Chatroom) -> None:
    visit = room.visit(room.opens())
    room.live.connected(visit.tenant, visit.contact, "conn-1", room.clock())
    room.agent_takes(visit)
    room.agent_says(visit, "Hello")
    room.live.connected(visit.tenant, visit.contact, "conn-2", room.clock())
    room.push.open.add("conn-2")
    room.delivers()
    assert [frame["message"]["text"] for frame in room.push.came["conn-2"] if "message" in frame] == ["Hello"]


def test_a_message_written_while_the_visitor_was_connecting_is_not_lost(room: Chatroom) -> None:
    """Its writer saw no connection, and the widget had fetched before it was there."""
    visit = room.visit(room.opens())
    room.agent_takes(visit)
    before = room.contact(visit)
    room.live.connected(visit.tenant, visit.contact, "conn-1", room.clock())
    room.push.open.add("conn-1")
    assert before.visitor == ""
    room.told.clear()
    room.contacts.say(before, _hello(), room.clock())
    room.delivers()
    assert [frame["message"]["text"] for frame in room.push.came["conn-1"]] == ["Hello"]


def test_nobody_listening_is_no_error_and_nothing_is_lost(room: Chatroom) -> None:
    visit = room.visit(room.opens())
    room.live.connected(visit.tenant, visit.contact, "conn-1", room.clock())
    room.agent_takes(visit)
    room.agent_says(visit, "Are you there?")
    room.delivers()
    assert not room.push.came
    assert [message["text"] for message in room.chat.read(visit).messages] == ["Are you there?"]


def test_a_visitor_who_closes_the_chat_ends_it_for_the_agent_too(room: Chatroom) -> None:
    visit = room.visit(room.opens())
    room.agent_takes(visit)
    room.chat.end(visit, room.clock.passes(5))
    ended = room.contact(visit)
    assert (ended.state, ended.facts[-1].by, ended.facts[-1].data) == (State.ENDED, "customer", {"why": "customer"})
    with pytest.raises(Conflict):
        room.says(visit, "still here?")


def test_a_visitor_who_leaves_while_it_rings_frees_the_agent(room: Chatroom) -> None:
    visit = room.visit(room.opens())
    room.agent_comes(visit)
    assert room.contact(visit).state is State.OFFERED
    room.chat.end(visit, room.clock.passes(1))
    assert room.contact(visit).facts[-1].data == {"where": "offer"}
    assert not room.router.seat(room.contact(visit).team, "maria").contacts  # type: ignore[arg-type]


def test_an_agent_who_takes_the_chat_while_the_visitor_leaves_sees_it_ended(room: Chatroom) -> None:
    visit = room.visit(room.opens())
    room.agent_comes(visit)
    taken: list[bool] = []

    def takes_first(operation: str) -> None:
        if operation == "transact" and not taken:
            taken.append(True)
            room.router.accept(visit.tenant, visit.contact, agent="maria", now=room.clock.passes(1))

    room.memory.before = takes_first
    room.chat.end(visit, room.clock.passes(1))
    assert taken
    assert room.contact(visit).state is State.ENDED


def test_losing_the_connection_does_not_end_the_chat(room: Chatroom) -> None:
    visit = room.visit(room.opens())
    room.agent_takes(visit)
    room.live.connected(visit.tenant, visit.contact, "conn-1", room.clock())
    room.live.disconnected(visit.tenant, visit.contact, "conn-1", room.clock.passes(60))
    assert room.contact(visit).state is State.CONNECTED


def test_each_side_is_shown_that_the_other_writes(room: Chatroom) -> None:
    visit = room.visit(room.opens())
    contact = room.agent_takes(visit)
    room.contacts.set_desk(visit.tenant, visit.contact, contact.agent, "desk-1")
    room.live.connected(visit.tenant, visit.contact, "conn-1", room.clock())
    room.push.open |= {"conn-1", "desk-1"}
    assert room.live.typing(visit.tenant, visit.contact, "customer", room.clock())
    assert room.live.typing(visit.tenant, visit.contact, "agent", room.clock())
    assert room.push.came["desk-1"][-1]["typing"] == "customer"
    assert room.push.came["conn-1"][-1]["typing"] == "agent"


def test_a_chat_message_costs_three_requests(room: Chatroom) -> None:
    visit = room.visit(room.opens())
    room.agent_takes(visit)
    room.live.connected(visit.tenant, visit.contact, "conn-1", room.clock())
    room.push.open.add("conn-1")
    room.delivers()
    room.memory.requests.clear()
    room.says(visit, "Hello")
    assert room.memory.requests == ["get", "query", "transact"]
    room.memory.requests.clear()
    room.delivers()
    assert room.memory.requests == []  # the message says where to push it


def test_a_flood_costs_two_reads_a_message_and_writes_nothing(room: Chatroom) -> None:
    visit = room.visit(room.opens())
    for number in range(PACE.most):
        room.says(visit, str(number))
    room.memory.requests.clear()
    with pytest.raises(Exception, match="too many"):
        room.says(visit, "more")
    assert room.memory.requests == ["get", "query"]


def test_what_the_agents_see_is_not_enough_to_take_the_chat_over(room: Chatroom) -> None:
    session = "a-session-of-a-widget-1"
    visit = room.visit(room.opens(session=session))
    assert session not in repr(room.contact(visit).as_item())
    assert room.contact(visit).channel is Channel.CHAT


def _hello() -> Draft:
    return Draft(by="agent:maria", text="Hello", client_id="a1")
