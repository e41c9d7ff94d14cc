"""A softphone that accepts by itself: after a moment of ringing, and the agent still hears the whisper."""

from __future__ import annotations

from infra.local.connect.parties import CallState, LegState, Speaker
from tests.fakes.switchboard import Switchboard, heard


def test_it_accepts_after_a_moment_and_the_agent_hears_the_whisper() -> None:
    board = Switchboard(auto_accepts=lambda agent: agent == "maria")
    board.exchange.sign_in("maria", "Maria")
    call = board.dial()
    assert (call.state, board.leg("maria").state) == (CallState.RINGING, LegState.CONNECTING)
    board.clock.advance(1.1)
    assert board.leg("maria").state is LegState.WHISPER
    board.clock.advance(3)
    assert (call.state, board.leg("maria").state) == (CallState.CONNECTED, LegState.CONNECTED)
    assert heard(board.leg("maria").transcript, Speaker.SYSTEM)[0] == "A call for you"


def test_of_who_wants_that_no_longer_the_next_call_rings() -> None:
    wanted = {"maria"}
    board = Switchboard(auto_accepts=wanted.__contains__)
    board.exchange.sign_in("maria", "Maria")
    call = board.dial()
    board.clock.advance(5)
    board.exchange.hang_up(call)
    board.exchange.clear("maria")
    wanted.clear()
    board.dial()
    board.clock.advance(5)
    assert board.leg("maria").state is LegState.CONNECTING


def test_a_call_that_is_given_up_in_that_moment_is_not_accepted() -> None:
    board = Switchboard(auto_accepts=lambda agent: True)
    board.exchange.sign_in("maria", "Maria")
    call = board.dial()
    board.clock.advance(0.5)
    board.exchange.hang_up(call)
    board.clock.advance(5)
    assert board.exchange.floor.agents["maria"].leg is None


def test_everybody_else_is_rung_as_long_as_ever() -> None:
    board = Switchboard(auto_accepts=lambda agent: agent == "jonas")
    board.exchange.sign_in("maria", "Maria")
    board.dial()
    board.clock.advance(19)
    assert board.leg("maria").state is LegState.CONNECTING
    board.clock.advance(2)
    assert board.leg("maria").state is LegState.MISSED
