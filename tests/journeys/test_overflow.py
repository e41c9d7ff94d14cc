"""A call whose own team is busy goes to the team that helps out once its time has come, and not before."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import Books, Finance, at
from tests.journeys.clients import goes_live, hires
from tests.journeys.customers import SHOP_NUMBER, SHOP_WIDGET, Caller
from tests.journeys.legs import Till, agrees_with_connect, happened_when_told, turn
from tests.journeys.patience import eventually

NewCaller = Callable[[], Caller]
ROUND, NUMBER, MAILBOX = "round", "+15550100410", "hello@round-trips.example"
WITHIN_S = 40
# Nobody of the own team has the skill at a lower level: that ring is skipped as it opens, at a quarter of the target.
HELP_S = WITHIN_S / 4
LATE_S = 5  # a message of the router's may take so long on a busy machine
WHOLE = ["arrived", "queued", "offered", "connected", "ended", "wrapped"]


@pytest.fixture(scope="module")
def client(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """It has a team of its own, in which Frida sits alone; Rhea's helps out."""
    folder = tmp_path_factory.mktemp(ROUND)
    hires(stack, folder, {"frida": "front", "rhea": "relief"})
    changes = {
        "Luna Shop": "Round Trips",
        SHOP_NUMBER: NUMBER,
        '"help@luna-shop.example", "returns@luna-shop.example"': f'"{MAILBOX}"',
        '"help@luna-shop.example"': f'"{MAILBOX}"',
        SHOP_WIDGET: "wk_round_2d3e4f5a",
        'team = "shared"': 'team = "front"',
        "[targets.voice]\npercent = 80\nwithin_s = 20": f"[targets.voice]\npercent = 80\nwithin_s = {WITHIN_S}",
        "[routing]\n": '[routing]\noverflow = ["relief"]\n',
        "[calls.survey]\n": "",
    }
    return goes_live(stack, folder, ROUND, "shop", changes, Agent(stack, "frida"))


def test_a_call_that_waits_too_long_is_answered_by_the_team_that_helps_out_and_its_own_is_not_billed_for_it(
    stack: Stack, client: str, caller: NewCaller, books: Books, finance: Finance
) -> None:
    till = Till(books, finance, client)
    frida, rhea = Agent(stack, "frida"), Agent(stack, "rhea")
    first, second = caller(), caller()
    frida.is_available()
    rhea.is_available()
    own = first.dials(NUMBER, press="1")
    frida.accepts(own)
    assert rhea.cards() == {}, "the own team is there"

    # Frida talks, so the next one waits; Rhea is free all the time
    helped = second.dials(NUMBER, press="1")
    books.becomes(client, helped, "queued")
    second.is_told("waiting")
    rhea.sees(helped, "offered", within=HELP_S + LATE_S)
    assert frida.cards().keys() == {own}
    rhea.accepts(helped)
    second.is_told("connected")
    rhea.says(helped, "Round Trips, I help out today.")
    second.hears("I help out today", who="agent")
    time.sleep(1.1)
    second.hangs_up()
    rhea.sees(helped, "ended")
    time.sleep(1.1)
    rhea.wraps_up(helped, "advice")
    assert frida.cards()[own]["state"] == "connected", "she has talked with the first one all the time"
    frida.finishes(own, "advice")

    legs = till.holds(own, helped)
    assert [[fact["kind"] for fact in legs[leg]["facts"]] for leg in (own, helped)] == [WHOLE, WHOLE]
    asked = {leg: [fact["data"]["agent"] for fact in legs[leg]["facts"] if fact["kind"] == "offered"] for leg in legs}
    assert asked == {own: ["frida"], helped: ["rhea"]}
    waited = (at(legs[helped], "offered") - at(legs[helped], "queued")).total_seconds()
    assert HELP_S <= waited < HELP_S + LATE_S
    happened_when_told(legs[own], first, connected="Frida is on the line", ended="Frida hangs up")
    happened_when_told(legs[helped], second, connected="Rhea is on the line")
    worked = {leg: list(books.usage(client, leg)["voice_seconds"]["agents"]) for leg in legs}
    assert worked == {own: ["frida"], helped: ["rhea"]}
    first.is_told("over")
    agrees_with_connect(books, client, first, {own: "frida"}, records=2)
    agrees_with_connect(books, client, second, {helped: "rhea"}, records=len(second.records()))
    for agent in (frida, rhea):
        agent.goes_home()
    seen = finance.usage(client)
    assert seen["agent_time"]["seconds"] == turn(legs[own]) + turn(legs[helped])
    finance.time_is_conserved_in("front")
    assert eventually(lambda: (frida.presence(), rhea.presence()) == ("offline", "offline"))
