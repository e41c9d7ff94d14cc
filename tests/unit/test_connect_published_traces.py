"""Published flows against traces worked out by hand: what is said, set and asked, how it ends, and when.

Every prompt lasts three seconds, every answer of a Lambda one, a Lambda that fails four; see `scripted_stage`.
"""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.connect.script import Found
from infra.local.connect.wishes import Recording
from tests.fakes.published import Expected, action, prompt, published
from tests.fakes.scripted_stage import HUNG_UP, Inputs

SURVEY = "1-Survey_Example_Disconnect"
SIMPLE = "2-Simple_Survey_Example"
INBOUND = "SimpleInboundFlow"
CDK = "inbound-contact-flow"
QUEUE = "queue/4bca1082-f46a-4580-8c76-79db54b8d49a"
MODULE = "1bc263e9-09cf-432c-971c-32da62c784af"
WELCOME, MENU, SORRY = "@d06e0b16", "@ff1dd4a2", "@c24f3a99"
LEFT = {"9c95f170-90a3-4dad-bb26-4dea76097865": None}  # the survey's disconnect flow
HOOKS = {"CustomerQueue": "%CustomerQueueFlowArn%", "AgentWhisper": "%AgentWhisperFlowArn%"}
SESSION = Found(values={"SessionArn": "arn:session"})


def simple(what: str, **more: Any) -> Expected:
    given = {"flows": LEFT, **more.pop("given", {})}
    return Expected(flow=SIMPLE, what=what, given=Inputs(**given), **{"says": ("@ce42704a",), "seconds": 3, **more})


def cdk(what: str, **more: Any) -> Expected:
    given = {"found": SESSION, "flows": dict.fromkeys(HOOKS.values()), **more.pop("given", {})}
    return Expected(flow=CDK, what=what, given=Inputs(**given), **{"seconds": 1, **more})


TRACES = [
    # The survey's disconnect flow: its only action calls a module by id; both ways lead to the end.
    Expected(flow=SURVEY, what="the module runs and returns", given=Inputs(flows={MODULE: None})),
    Expected(flow=SURVEY, what="there is no such module"),
    # The survey's inbound flow: welcome, disconnect flow, attribute, queue, transfer.
    simple("all is well", end="queued", attributes={"surveyId": " "}),
    simple(
        "there is no queue", given={"queues": False}, says=("@ce42704a", "@19de1736"), seconds=6,
        attributes={"surveyId": " "}, target="",
    ),
    simple("the queue is full", given={"full": True}),
    simple(
        "the disconnect flow cannot be set", given={"breaks": ("9c9176ba",)}, says=("@ce42704a", "@50c74b2e"),
        seconds=6, attributes={}, hooks={},
    ),
    simple(
        "the disconnect flow is not there", given={"flows": {}}, says=("@ce42704a", "@50c74b2e"), seconds=6,
        attributes={}, hooks={},
    ),
    simple("the attribute cannot be set", given={"breaks": ("dc75988f",)}, end="queued", attributes={}),
    simple(
        "the welcome fails", given={"breaks": ("ce42704a",)}, says=(), end="queued", seconds=0,
        attributes={"surveyId": " "},
    ),
    simple("hung up during the welcome", given={"hangs_up": 1}, end=HUNG_UP, seconds=1, attributes={}, hooks={}),
    # The sample's menu: welcome 0 to 3 s, prompt 3 to 6 s, then five seconds more.
    Expected(
        flow=INBOUND, what="1 while the prompt is read", given=Inputs(keys=((4, "1"),)), says=(WELCOME, MENU),
        end="queued", seconds=4, attributes={"CallReason": "RecentPurchase"},
    ),
    Expected(
        flow=INBOUND, what="2 ahead of the prompt", given=Inputs(keys=((1, "2"),)), says=(WELCOME, MENU),
        end="queued", seconds=3, attributes={"CallReason": "RepeatOrder"},
    ),
    Expected(
        flow=INBOUND, what="3 at the last moment", given=Inputs(keys=((10.9, "3"),)), says=(WELCOME, MENU),
        end="queued", seconds=10.9, attributes={"CallReason": "NewOrder"},
    ),
    Expected(
        flow=INBOUND, what="3 too late", given=Inputs(keys=((11.1, "3"),)), says=(WELCOME, MENU), end="queued",
        seconds=11, attributes={"CallReason": "NoSelection"},
    ),
    Expected(
        flow=INBOUND, what="nothing is pressed", says=(WELCOME, MENU), end="queued", seconds=11,
        attributes={"CallReason": "NoSelection"},
    ),
    Expected(
        flow=INBOUND, what="a key that the menu has not got", given=Inputs(keys=((7, "9"),)), says=(WELCOME, MENU),
        end="queued", seconds=7, attributes={"CallReason": "NoSelection"},
    ),
    Expected(
        flow=INBOUND, what="no such queue", given=Inputs(keys=((4, "1"),), queues=False), says=(WELCOME, MENU, SORRY),
        seconds=7, attributes={"CallReason": "RecentPurchase"},
    ),
    Expected(
        flow=INBOUND, what="a full queue", given=Inputs(keys=((4, "1"),), full=True), says=(WELCOME, MENU, SORRY),
        seconds=7, attributes={"CallReason": "RecentPurchase"},
    ),
    Expected(
        flow=INBOUND, what="the menu fails", given=Inputs(breaks=("ff1dd4a2",)), says=(WELCOME, SORRY), seconds=6,
        attributes={},
    ),
    Expected(
        flow=INBOUND, what="the attribute fails", given=Inputs(keys=((4, "1"),), breaks=("1a039430",)),
        says=(WELCOME, MENU), end="queued", seconds=4, attributes={},
    ),
    Expected(
        flow=INBOUND, what="hung up at the prompt", given=Inputs(hangs_up=5), says=(WELCOME, MENU), end=HUNG_UP,
        seconds=5, attributes={},
    ),
    # The construct's inbound flow says nothing: settings, a session, two hooks, a queue.
    cdk("all is well", end="queued", target="%QueueArn%", hooks=HOOKS),
    cdk("no session", given={"found": Found(failed="NoMatchingError")}, end="queued", hooks=HOOKS),
    cdk(
        "one hook cannot be set", given={"breaks": ("aac51674",)}, end="queued",
        hooks={"AgentWhisper": "%AgentWhisperFlowArn%"},
    ),
    cdk("no queue was set, so there is none to go to", given={"queues": False}, target=""),
    cdk("the queue is full", given={"full": True}, target="%QueueArn%"),
    # One action alone.
    Expected(flow="disconnectParticipant", what="ends the call"),
    Expected(flow="endFlowExecution_whisper", what="ends the whisper", end="ended"),
    Expected(flow="endFlowModuleExecution", what="returns to nobody", end="returned"),
    Expected(flow="agent-whisper-flow", what="beeps", says=("@22f231ca",), end="ended", seconds=3),
    Expected(
        flow="agent-whisper-flow", what="a beep that fails is passed over", given=Inputs(breaks=("22f231ca",)),
        end="ended",
    ),
    Expected(
        flow="customer-queue-flow", what="the loop fails", given=Inputs(breaks=("f5b93c54",)), end="ended",
    ),
]  # fmt: skip


@pytest.mark.parametrize("expected", TRACES, ids=str)
def test_a_published_flow_does_what_its_file_says(expected: Expected) -> None:
    expected.check()


@pytest.mark.parametrize(
    ("name", "loop"), [("customer-queue-flow", "f5b93c54"), ("messageParticipantIteratively_holds", "1a34ecf3")]
)
def test_a_loop_of_prompts_without_an_interruption_lasts_as_long_as_the_caller(name: str, loop: str) -> None:
    trace = Expected(flow=name, what="", given=Inputs(hangs_up=20_000)).play()
    assert trace.spoken[0] == prompt(published(name), loop)
    assert {block[:8] for block, _ in trace.said} == {loop}
    assert (trace.end, trace.seconds) == (HUNG_UP, 20_000)


def test_the_second_message_of_a_loop_follows_the_first() -> None:
    messages = action(published("customer-queue-flow"), "f5b93c54").parameters["Messages"]
    trace = Expected(flow="customer-queue-flow", what="", given=Inputs(hangs_up=10)).play()
    assert [messages[0]["Text"], f"[audio {messages[1]['PromptId']}]"] == trace.spoken[:2]


def test_a_published_flow_names_its_disconnect_flow_and_its_queue_in_full() -> None:
    trace = simple("").play()
    assert list(trace.segment.hooks) == ["CustomerRemaining"]
    assert trace.segment.hooks["CustomerRemaining"].endswith("/contact-flow/9c95f170-90a3-4dad-bb26-4dea76097865")
    assert trace.segment.target is not None
    assert trace.segment.target.arn.endswith(QUEUE)


@pytest.mark.parametrize(("name", "ivr"), [(INBOUND, False), (CDK, True)])
def test_a_published_flow_says_who_is_recorded(name: str, ivr: bool) -> None:
    trace = Expected(flow=name, what="").play()
    assert trace.recordings == [Recording(participants=("Agent", "Customer"), ivr=ivr, analytics=True)]


def test_a_session_is_kept_with_the_contact() -> None:
    trace = cdk("").play()
    assert trace.segment.data["WisdomSessionArn"] == "arn:session"
