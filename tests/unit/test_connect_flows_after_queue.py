"""What becomes of a caller when the queue flow has come to its end: AWS says that he stays, so both ways are tried."""

from __future__ import annotations

import pytest

from infra.local.connect.language import FlowType
from infra.local.connect.parties import Call, CallState, Speaker
from infra.local.connect.setup import AfterQueueFlow
from infra.local.connect.simulate.chances import Chances
from infra.local.connect.simulate.folder import Folder
from infra.local.connect.simulate.journey import UNHANDLED, run
from tests.fakes.switchboard import Switchboard, flow, heard, say
from tests.fakes.telephone import PLUMBER, Telephone
from tests.fakes.telephone import heard as prompts

BOTH = pytest.mark.parametrize("after", list(AfterQueueFlow))
SHORT = {"queue": flow(FlowType.CUSTOMER_QUEUE, say("say", "One moment"))}


def waits(after: AfterQueueFlow) -> tuple[Telephone, Call]:
    """In the holding queue, with our queue flow, and nobody there."""
    telephone = Telephone(after_queue_flow=after)
    call = telephone.exchange.dial(PLUMBER, "+15557654321", "2")
    telephone.clock.advance(60)
    assert call.state is CallState.WAITING
    return telephone, call


def until_it_ends(telephone: Telephone, call: Call) -> None:
    """Our queue flow ends only where nothing can be said: no word of comfort, and no room for one."""
    attributes = call.now.attributes
    attributes["comfort"] = ""
    attributes["filling"] = "x" * 32 * 1024
    telephone.clock.advance(30)
    attributes.pop("filling")
    attributes["comfort"] = "Still here."


@BOTH
def test_behind_the_end_of_our_queue_flow_a_caller_waits_in_silence_or_hears_it_anew(after: AfterQueueFlow) -> None:
    telephone, call = waits(after)
    until_it_ends(telephone, call)
    before = len(prompts(call)), len(telephone.functions.events)
    telephone.clock.advance(60)
    assert call.state is CallState.WAITING
    goes_on = (len(prompts(call)), len(telephone.functions.events)) != before
    assert goes_on == (after is AfterQueueFlow.RESTART)


@BOTH
def test_a_caller_of_our_queue_flow_gets_an_agent_if_it_begins_anew_else_waits_on(after: AfterQueueFlow) -> None:
    """In silence nobody asks our router any more: that is why our flow loops within itself."""
    telephone, call = waits(after)
    until_it_ends(telephone, call)
    telephone.agent("maria")
    telephone.clock.advance(30)
    assert (call.state is CallState.RINGING) == (after is AfterQueueFlow.RESTART)


def test_a_call_that_our_queue_flow_keeps_is_the_same_either_way() -> None:
    told = []
    for after in AfterQueueFlow:
        telephone, call = waits(after)
        telephone.clock.advance(300)
        telephone.agent("maria")
        telephone.clock.advance(20)
        telephone.exchange.accept("maria")
        telephone.clock.advance(60)
        told.append([(line.at, line.text) for line in call.transcript.lines])
    assert told[0] == told[1]


@BOTH
def test_a_caller_in_a_queue_flow_that_is_over_is_answered(after: AfterQueueFlow) -> None:
    board = Switchboard(flows=SHORT, after_queue_flow=after)
    call = board.dial()
    board.clock.advance(30)
    said = heard(call.transcript, Speaker.SYSTEM)
    assert (len(said) > 1) == (after is AfterQueueFlow.RESTART)
    board.exchange.sign_in("ada", "Ada")
    board.clock.advance(1)
    assert call.state is CallState.RINGING
    board.exchange.accept("ada")
    board.clock.advance(20)
    assert call.state is CallState.CONNECTED
    said = heard(call.transcript, Speaker.SYSTEM)
    board.clock.advance(60)
    assert heard(call.transcript, Speaker.SYSTEM) == said, "the queue flow is over when somebody has answered"


@BOTH
def test_a_caller_who_hung_up_hears_nothing_anew(after: AfterQueueFlow) -> None:
    board = Switchboard(flows=SHORT, after_queue_flow=after)
    call = board.dial()
    board.clock.advance(1.5)
    board.exchange.hang_up(call)
    said = heard(call.transcript, Speaker.SYSTEM)
    board.clock.advance(30)
    assert heard(call.transcript, Speaker.SYSTEM) == said


@pytest.mark.parametrize("restarts", [0.0, 1.0])
def test_a_simulated_caller_knows_both_ways(restarts: float) -> None:
    queue = SHORT["queue"]
    chances = Chances(restarts=restarts, patience_s=None)
    runs = [run(queue, Folder([queue]), seed, chances) for seed in range(20)]
    assert UNHANDLED not in {one.end for one in runs}
    once = {sum(step.action == "say" for step in one.steps) == 1 for one in runs}
    assert once == {True} if not restarts else False in once
