"""The telephones over HTTP: the customer's, the agent's, and those that ring outside."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.kernel.clock import stamp
from chalicelib.kernel.ids import contact_id
from infra.local.connect.parties import CallState, LegState
from infra.local.connect.web.caller import MOST_CALLS
from tests.fakes.lamp_shop import CENTRE, COLLEAGUE, CUSTOMER, LampShop
from tests.fakes.phone_door import Client, served

MARIA = {"Cookie": "sid=maria"}
JONAS = {"Cookie": "sid=jonas"}


def test_a_call_from_the_page_to_the_softphone_and_back() -> None:
    board = LampShop()
    board.exchange.sign_in("maria", "Maria")

    async def story(client: Client) -> None:
        dialled = await client.post("/try/api/calls", json={"to": "+1 555 010 0100", "press": "1"})
        assert dialled.status == 201
        call = (await dialled.json())["call"]
        board.clock.advance(8)
        rings = (await (await client.get("/softphone/state", headers=MARIA)).json())["call"]
        assert (rings["state"], rings["accepted"], rings["tenant_name"]) == ("CONNECTING", False, "Luna Shop")
        await client.post("/softphone/accept", json={}, headers=MARIA)
        board.clock.advance(10)
        await client.post("/softphone/say", json={"text": "Good morning"}, headers=MARIA)
        heard = await (await client.get(f"/try/api/calls/{call}?after=1")).json()
        assert heard["contact_id"] == rings["contact_id"] == contact_id("voice", call)
        assert [line["text"] for line in heard["lines"]][-1] == "Good morning"
        over = await (await client.post(f"/try/api/calls/{call}/hangup", json={})).json()
        assert over["state"] == "over"
        assert (await client.post(f"/try/api/calls/{call}/say", json={"text": "Hello?"})).status == 409

    served(board.exchange, story)


def test_who_is_not_signed_in_has_no_telephone() -> None:
    async def story(client: Client) -> None:
        assert (await client.get("/softphone/state")).status == 401
        assert (await client.post("/softphone/accept", json={}, headers={"Cookie": "sid=other"})).status == 401

    served(LampShop().exchange, story)


def test_what_cannot_be_done_now_is_said_and_not_done() -> None:
    async def story(client: Client) -> None:
        assert (await client.post("/softphone/accept", json={}, headers=MARIA)).status == 409
        assert (await client.get("/try/api/calls/none")).status == 404
        assert (await client.post("/try/api/calls", json={"to": "help"})).status == 422
        assert (await client.post("/try/api/calls", json=["to"])).status == 422
        assert (await client.post("/try/api/calls", data={"to": CENTRE})).status == 415

    board = LampShop()
    served(board.exchange, story)
    assert not board.exchange.calls


# Several lines of one customer


def texts(view: dict[str, Any], who: str = "system") -> list[str]:
    return [line["text"] for line in view["lines"] if line["who"] == who]


def test_two_calls_at_once_have_each_their_own_keys_words_and_end() -> None:
    board = LampShop()
    board.exchange.sign_in("maria", "Maria")

    async def story(client: Client) -> None:
        first, second = [
            (await (await client.post("/try/api/calls", json={"to": CENTRE, "from": CUSTOMER})).json())["call"]
            for _ in range(2)
        ]
        board.clock.advance(5)
        await client.post(f"/try/api/calls/{first}/keys", json={"keys": "1"})
        board.clock.advance(5)
        one, other = [await (await client.get(f"/try/api/calls/{call}")).json() for call in (first, second)]
        assert (one["state"], other["state"]) == ("ringing", "menu")
        assert (texts(one, "keys"), texts(other, "keys")) == (["1"], [])
        await client.post(f"/try/api/calls/{first}/hangup", json={})
        assert [view["call"] for view in await (await client.get("/try/api/calls")).json()] == [second]

    served(board.exchange, story)


def test_a_view_tells_the_language_and_the_direction_of_a_call() -> None:
    board = LampShop()

    async def story(client: Client) -> None:
        view = await (await client.post("/try/api/calls", json={"to": CENTRE})).json()
        view = await (await client.get(f"/try/api/calls/{view['call']}")).json()
        assert (view["language"], view["direction"], view["tenant_name"]) == ("de-DE", "inbound", "Luna Shop")

    served(board.exchange, story)


def test_a_comma_between_keys_waits_a_second() -> None:
    board = LampShop()

    async def story(client: Client) -> None:
        view = await (await client.post("/try/api/calls", json={"to": CENTRE, "press": "3,,1"})).json()
        call = board.exchange.calls[view["call"]]

        def pressed() -> str:
            return "".join(line.text for line in call.transcript.lines if line.who == "keys")

        board.clock.advance(1.9)
        assert pressed() == "3", "what is pressed ahead is heard, too"
        board.clock.advance(0.2)
        assert pressed() == "31"
        await client.post(f"/try/api/calls/{call.id}/keys", json={"keys": ",7"})
        board.exchange.hang_up(call)
        board.clock.advance(2)  # whoever hung up presses nothing any more
        assert "7" not in pressed()

    served(board.exchange, story)


def test_there_are_as_many_lines_as_there_are() -> None:
    board = LampShop()

    async def story(client: Client) -> None:
        for _ in range(MOST_CALLS):
            board.exchange.dial(CENTRE)
        refused = await client.post("/try/api/calls", json={"to": CENTRE})
        assert (refused.status, (await refused.json())["title"]) == (429, "Busy")

    served(board.exchange, story)


# The deeds of the softphone


async def state(client: Client, agent: dict[str, str] = MARIA) -> Any:
    return (await (await client.get("/softphone/state", headers=agent)).json())["call"]


async def do(client: Client, deed: str, agent: dict[str, str] = MARIA, **wish: str) -> Any:
    answer = await client.post(f"/softphone/{deed}", json=wish, headers=agent)
    told = await answer.json()
    assert answer.status == 200, told
    return told["call"]


def ends(call: dict[str, Any]) -> list[tuple[str, str]]:
    return [(end["kind"], end["state"]) for end in call["legs"]]


def test_the_view_of_a_call_tells_whose_leg_it_is_and_who_else_is_on_it() -> None:
    board = LampShop()
    line = board.connected()

    async def story(client: Client) -> None:
        call = await state(client)
        assert (call["direction"], call["muted"], call["recording"]) == ("inbound", False, "on")
        assert ends(call) == [("customer", "connected")]
        line.segments[0].attributes["contactId"] = "from-the-flow"
        assert (await state(client))["contact_id"] == "from-the-flow"
        line.segments[0].tags["contactId"] = "from-the-tag"
        assert (await state(client))["contact_id"] == "from-the-tag"

    served(board.exchange, story)


def test_who_is_muted_is_not_heard_and_then_is_again() -> None:
    board = LampShop()
    line = board.connected()

    async def story(client: Client) -> None:
        assert (await do(client, "mute"))["muted"] is True
        await do(client, "say", text="Between us")
        assert (await do(client, "unmute"))["muted"] is False
        await do(client, "say", text="Good morning")
        await do(client, "keys", keys="12")

    served(board.exchange, story)
    said = [line.text for line in line.transcript.lines]
    assert ("Between us" in said, "Good morning" in said) == (False, True)


def test_keys_and_numbers_of_a_softphone_are_read_as_strictly_as_a_customers() -> None:
    board = LampShop()
    board.connected()

    async def story(client: Client) -> None:
        for deed, wish in (("keys", {}), ("dial", {}), ("dial", {"number": "help"}), ("transfer", {"to": 7})):
            assert (await client.post(f"/softphone/{deed}", json=wish, headers=MARIA)).status == 422, deed
        assert (await client.post("/softphone/dial", json={"number": CUSTOMER}, headers=MARIA)).status == 409
        assert (await client.post("/softphone/dance", json={}, headers=MARIA)).status in (404, 405)

    served(board.exchange, story)


def test_a_consultation_is_begun_swapped_joined_and_completed() -> None:
    board = LampShop(transfer_to="jonas")
    line = board.connected()
    board.exchange.sign_in("jonas", "Jonas")

    async def story(client: Client) -> None:
        await do(client, "transfer")
        board.clock.advance(2)
        assert (await state(client, JONAS))["direction"] == "transfer"
        await do(client, "accept", JONAS)
        board.clock.advance(1)
        assert dict(ends(await state(client))) == {"customer": "held", "agent": "connected"}
        asked = await state(client, JONAS)
        assert (asked["asked_by"], dict(ends(asked))) == ("Maria", {"agent": "connected", "customer": "held"})
        assert dict(ends(await do(client, "swap"))) == {"customer": "connected", "agent": "held"}
        assert dict(ends(await state(client, JONAS))) == {"agent": "held", "customer": "connected"}
        assert dict(ends(await do(client, "join"))) == {"customer": "connected", "agent": "connected"}
        await do(client, "say", text="You are in good hands")
        left = await do(client, "complete")
        assert left["state"] == LegState.ENDED
        has_it = await state(client, JONAS)
        assert (has_it["asked_by"], ends(has_it)) == ("", [("customer", "connected")])

    served(board.exchange, story)
    assert line.state is CallState.CONNECTED


def test_the_other_end_of_a_transfer_is_dropped_and_the_customer_is_back() -> None:
    board = LampShop(transfer_to="jonas")
    board.connected()
    board.exchange.sign_in("jonas", "Jonas")

    async def story(client: Client) -> None:
        await do(client, "transfer")
        board.clock.advance(2)
        await do(client, "accept", JONAS)
        board.clock.advance(1)
        back = await do(client, "drop")
        assert (back["state"], ends(back)) == ("CONNECTED", [("customer", "connected")])
        assert (await client.post("/softphone/swap", json={}, headers=MARIA)).status == 409

    served(board.exchange, story)


def test_whatever_changes_on_a_phone_is_news_to_its_page() -> None:
    board = LampShop()
    board.connected()

    async def story(client: Client) -> None:
        seen = set()
        for deed in ("mute", "unmute", "hold", "resume", "hangup", "clear"):
            await do(client, deed)
            view = await (await client.get("/softphone/state", headers=MARIA)).json()
            seen.add(view["state"])
        assert len(seen) == 5  # not muted any more is as before it was muted, and so is off hold
        assert view["call"] is None

    served(board.exchange, story)


def test_an_agent_whose_page_is_gone_stays_available() -> None:
    board = LampShop()

    async def story(client: Client) -> None:
        await client.get("/softphone/state", headers=MARIA)
        assert not board.exchange.floor.agents["maria"].online, "a telephone that is only open rings for nobody"
        assert (await client.post("/softphone/stand", json={"status": "Asleep"}, headers=MARIA)).status == 422
        assert (await client.post("/softphone/stand", json={"status": "Available"}, headers=MARIA)).status == 200
        board.clock.advance(3_600)
        board.exchange.dial(CENTRE, CUSTOMER, "1")
        board.clock.advance(10)
        assert (await state(client))["state"] == "CONNECTING"
        await client.post("/softphone/sign-out", json={}, headers=MARIA)
        assert not board.exchange.floor.agents["maria"].available

    served(board.exchange, story)


# Telephones that the centre makes ring


async def ringing(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await (await client.get("/try/api/ringing")).json()
    return found


def test_an_agents_own_call_rings_outside_and_is_a_line_like_any_other_once_it_is_answered() -> None:
    board = LampShop()
    board.exchange.sign_in("maria", "Maria")

    async def story(client: Client) -> None:
        await do(client, "dial", number=CUSTOMER)
        board.clock.advance(1)
        [ring] = await ringing(client)
        told = {name: ring[name] for name in ("kind", "number", "from", "tenant_name")}
        assert told == {"kind": "outbound", "number": CUSTOMER, "from": CENTRE, "tenant_name": "Luna Shop"}
        view = await (await client.post(f"/try/api/ringing/{ring['ring']}/answer", json={})).json()
        board.clock.advance(1)
        assert (view["direction"], await ringing(client)) == ("outbound", [])
        await client.post(f"/try/api/calls/{view['call']}/say", json={"text": "Who is there?"})
        call = await state(client)
        assert (call["direction"], call["state"]) == ("outbound", "CONNECTED")
        assert "Who is there?" in texts(call, "customer")
        over = await (await client.post(f"/try/api/calls/{view['call']}/hangup", json={})).json()
        assert over["state"] == "over"

    served(board.exchange, story)


def test_who_refuses_is_not_connected_and_the_agent_sees_it() -> None:
    board = LampShop()
    board.exchange.sign_in("maria", "Maria")

    async def story(client: Client) -> None:
        await do(client, "dial", number=CUSTOMER)
        board.clock.advance(1)
        [ring] = await ringing(client)
        assert (await client.post(f"/try/api/ringing/{ring['ring']}/refuse", json={})).status == 200
        assert await ringing(client) == []
        assert (await state(client))["state"] == "ENDED"
        again = await client.post(f"/try/api/ringing/{ring['ring']}/answer", json={})
        assert again.status == 404

    served(board.exchange, story)


def test_a_callback_rings_where_the_customer_is() -> None:
    board = LampShop()
    board.exchange.sign_in("maria", "Maria")

    async def story(client: Client) -> None:
        first = await (await client.post("/try/api/calls", json={"to": CENTRE, "from": CUSTOMER})).json()
        board.clock.advance(5)
        await client.post(f"/try/api/calls/{first['call']}/keys", json={"keys": "2"})
        board.clock.advance(10)
        assert (await (await client.get(f"/try/api/calls/{first['call']}")).json())["state"] == "over"
        assert (await state(client))["direction"] == "callback"
        board.clock.advance(9)
        await do(client, "accept")
        board.clock.advance(4)
        [ring] = await ringing(client)
        assert (ring["kind"], ring["number"]) == ("callback", CUSTOMER)
        view = await (await client.post(f"/try/api/ringing/{ring['ring']}/answer", json={})).json()
        assert (view["direction"], view["call"] != first["call"]) == ("callback", True)
        assert view["began_at"] == stamp(board.clock.now()), "neither the wait nor the ringing is time on the line"
        board.clock.advance(1)
        assert (await state(client))["state"] == "CONNECTED"

    served(board.exchange, story)


def test_a_number_outside_to_which_a_call_is_put_through_has_a_line_of_its_own() -> None:
    board = LampShop(transfer_to=COLLEAGUE)
    line = board.connected()

    async def story(client: Client) -> None:
        await do(client, "transfer")
        board.clock.advance(2)
        [ring] = await ringing(client)
        assert (ring["kind"], ring["number"]) == ("outside", COLLEAGUE)
        view = await (await client.post(f"/try/api/ringing/{ring['ring']}/answer", json={})).json()
        address = f"/try/api/calls/{view['call']}"
        assert (view["direction"], view["to"], view["state"]) == ("outside", COLLEAGUE, "connected")
        await do(client, "join")
        await client.post(f"{address}/say", json={"text": "Good morning, both"})
        await client.post(f"{address}/keys", json={"keys": "5"})
        assert "Good morning, both" in [said.text for said in line.transcript.lines]
        over = await (await client.post(f"{address}/hangup", json={})).json()
        assert (over["state"], over["ended_at"] is not None) == ("over", True)
        assert (await client.post(f"{address}/hangup", json={})).status == 200, "twice is silence"
        assert (await client.post(f"{address}/say", json={"text": "Hello?"})).status == 409
        assert ends(await state(client)) == [("customer", "connected")]
        assert (await (await client.get(address)).json())["state"] == "over"

    served(board.exchange, story)


def test_a_page_that_waits_for_telephones_hears_of_those_it_does_not_know() -> None:
    board = LampShop()
    board.exchange.sign_in("maria", "Maria")

    async def story(client: Client) -> None:
        await do(client, "dial", number=CUSTOMER)
        board.clock.advance(1)
        [ring] = await (await client.get("/try/api/ringing?known=other&wait=20")).json()
        board.exchange.refuse_out(ring["ring"])
        assert await (await client.get(f"/try/api/ringing?known={ring['ring']}&wait=20")).json() == []

    served(board.exchange, story)


@pytest.mark.parametrize("deed", ["answer", "refuse"])
def test_what_does_not_ring_cannot_be_picked_up_and_a_form_cannot_do_it(deed: str) -> None:
    async def story(client: Client) -> None:
        assert (await client.post(f"/try/api/ringing/none/{deed}", json={})).status == 404
        assert (await client.post(f"/try/api/ringing/none/{deed}", data={"x": "y"})).status == 415

    served(LampShop().exchange, story)
