"""A published rules engine, fourteen flows that hand the caller to each other, against traces worked out by hand.

Every prompt lasts three seconds, every answer of a Lambda one, a Lambda that fails four; see `scripted_stage`.
"""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.connect.outcome import Dial
from infra.local.connect.wishes import Metrics
from tests.fakes.published import Expected, published
from tests.fakes.scripted_stage import FAILS, HUNG_UP, SILENT, SYSTEM, Inputs

MAIN, ERROR = "RulesEngineMain", "RulesEngineError"
BOTH = {MAIN: None, ERROR: None}
UPDATE, STATE = "connectupdatestate", "connectloadstate"


def rule(**values: str) -> dict[str, str]:
    return {f"CurrentRule_{name}": value for name, value in values.items()}


def queue(**values: str) -> dict[str, str]:
    return {f"QueueBehaviour_{name}": value for name, value in values.items()}


def main(what: str, *answers: Any, flows: dict[str, Any] | None = None, **ends: Any) -> Expected:
    known = {"next-flow": None, ERROR: None} if flows is None else flows
    return Expected(flow=MAIN, what=what, given=Inputs(answers={"rulesinference": answers}, flows=known), **ends)


STARTS = [
    # Settings, then one transfer with another behind it.
    Expected(flow="RulesEngineBootstrap", what="goes to the main flow", given=Inputs(flows=BOTH), where=MAIN),
    Expected(
        flow="RulesEngineBootstrap", what="there is no main flow", given=Inputs(flows={ERROR: None}), where=ERROR
    ),
    Expected(flow="RulesEngineBootstrap", what="there is neither"),
    Expected(flow="RulesEngineCallback", what="ends at once"),
    # One Lambda names the flow that follows.
    main("the Lambda names a flow", rule(nextFlowArn="arn:next-flow"), where="next-flow", seconds=1),
    main("it names none", {"Other": "x"}, where=ERROR, seconds=1),
    main("it names one that is not there", rule(nextFlowArn="arn:lost"), where=ERROR, seconds=1),
    main("it answers a number", {"CurrentRule_nextFlowArn": 7}, where=ERROR, seconds=1),
    main("it answers a list", ["arn:next-flow"], where=ERROR, seconds=1),
    main("it answers too much", rule(nextFlowArn="arn:next-flow", more="x" * 33_000), where=ERROR, seconds=1),
    main("it fails four times", FAILS, where=ERROR, seconds=4),
    main("it does not answer in seven seconds", SILENT, where=ERROR, seconds=7),
    main("it fails, and there is no flow for that", FAILS, flows={}, seconds=4),
]  # fmt: skip

WHISPER = "RulesEngineAgentWhisper"
DELETE = "connectdeletecallback"


def whisper(what: str, loaded: Any, *deleted: Any, **ends: Any) -> Expected:
    answers = {STATE: (loaded,), DELETE: deleted}
    return Expected(flow=WHISPER, what=what, given=Inputs(answers=answers), end="ended", **ends)


TEXT = rule(agentWhisperMessageType="text", agentWhisperMessage="Sales")
PROMPT = rule(agentWhisperMessageType="prompt", agentWhisperMessagePromptArn="arn:aws:x/prompt/beep")
SSML = rule(agentWhisperMessageType="ssml", agentWhisperMessage="<speak>Sales</speak>")
WHISPERS = [
    whisper("a text", {}, TEXT, says=("Sales",), seconds=5, asks=((STATE, {}), (DELETE, {}))),
    whisper("a marked text", {}, SSML, says=("Sales",), seconds=5),
    whisper("a recording", {}, PROMPT, says=("[audio beep]",), seconds=5),
    whisper("a type that is none", {}, rule(agentWhisperMessageType="song"), seconds=2),
    whisper("what the first Lambda said is gone with the second", TEXT, {}, seconds=2),
    whisper("the message itself is missing", {}, rule(agentWhisperMessageType="text"), seconds=2),
    whisper("no state, no whisper", FAILS, TEXT, seconds=4, asks=((STATE, {}),)),
    whisper("a callback that cannot be deleted", {}, FAILS, seconds=5),
]  # fmt: skip

MENU = "RulesEngineDTMFMenu"
OFFER = rule(offerMessageType="text", offerMessage="Press 1")
VALID, WRONG = rule(validSelection="true"), rule(validSelection="false", errorMessageType="text", errorMessage="Sorry")
DTMF = "connectdtmfmenu"


def menu(what: str, *answers: Any, keys: str = "1", external: Any = None, flows: Any = BOTH, **ends: Any) -> Expected:
    """The n-th key is pressed in second 1 + 5n: one second into each round's prompt."""
    given = Inputs(
        keys=tuple((1.0 + 5 * n, key) for n, key in enumerate(keys)), answers={DTMF: answers},
        external=OFFER if external is None else external, flows=flows,
    )  # fmt: skip
    return Expected(flow=MENU, what=what, given=given, **{"says": ("Press 1",), **ends})


def chose(*options: str) -> tuple[tuple[str, dict[str, str]], ...]:
    return tuple((DTMF, {"selectedOption": option}) for option in options)


MENUS = [
    menu("a key that is valid", VALID, where=MAIN, seconds=2, asks=chose("1")),
    # key at 1, answer at 2, "Sorry" until 5, the prompt again, key at 6, answer at 7
    menu(
        "a key that is not, then one that is", {**WRONG, **OFFER}, VALID, keys="72",
        says=("Press 1", "Sorry", "Press 1"), where=MAIN, seconds=7, asks=chose("7", "2"),
    ),
    menu("the call is over", {**WRONG, **rule(terminate="true", done="true")}, says=("Press 1", "Sorry"), seconds=5),
    menu(
        "the menu is over", {**WRONG, **rule(terminate="false", done="true")}, says=("Press 1", "Sorry"), where=MAIN,
        seconds=5,
    ),
    menu("nothing is pressed", VALID, keys="", where=MAIN, seconds=9, asks=chose("Timeout")),
    menu("the Lambda fails", FAILS, where=ERROR, seconds=5),
    menu("it fails, and there is no flow for that", FAILS, flows={}, seconds=5),
    menu("no type of the message means a text", VALID, external=rule(offerMessage="Press 1"), where=MAIN, seconds=2),
    menu(
        "a marked text", VALID, external=rule(offerMessageType="ssml", offerMessage="<speak>1?</speak>"), where=MAIN,
        says=("1?",), seconds=2,
    ),
    menu(
        "a recording that is nowhere is the error branch", VALID, external=rule(offerMessageType="prompt"),
        says=(), where=MAIN, seconds=1, asks=chose("NOINPUT"),
    ),
    menu(
        "the excuse is a recording",
        {**WRONG, **rule(errorMessageType="prompt", errorMessagePromptArn="arn:x/prompt/no", terminate="true")},
        says=("Press 1", "[audio no]"), seconds=5,
    ),
    menu(
        "an excuse without words is passed over", {**rule(validSelection="false", terminate="true")}, seconds=2,
    ),
]  # fmt: skip

EXTERNAL = "RulesEngineExternalNumber"
NUMBER = rule(externalNumber="+15550100777", dtmf="12,34")


def outside(what: str, dial: tuple[float, str] = (5, ""), flows: Any = BOTH, **more: Any) -> Expected:
    values = {**NUMBER, **rule(**{name: more.pop(name) for name in ("resume", "sendDTMF") if name in more})}
    return Expected(flow=EXTERNAL, what=what, given=Inputs(external=values, dial=dial, flows=flows), **more)


OUTSIDE = [
    outside("comes back", (60, ""), resume="true", where=MAIN, seconds=60),
    outside("comes back, with digits", (60, ""), resume="true", sendDTMF="true", where=MAIN, seconds=60),
    outside("does not connect", (5, "CallFailed"), resume="true", where=ERROR, seconds=5),
    outside("does not answer", (30, "ConnectionTimeLimitExceeded"), resume="true", where=ERROR, seconds=30),
    outside("is the end of it", end="third-party", seconds=5),
    outside("is the end of it, with digits", sendDTMF="true", end="third-party", seconds=5),
    outside("is not reached at the end", (5, "CallFailed"), where=ERROR, seconds=5),
    outside("comes back, and there is no main flow", resume="true", flows={ERROR: None}, where=ERROR, seconds=5),
    Expected(flow=EXTERNAL, what="has no number", given=Inputs(flows=BOTH), where=ERROR),
]  # fmt: skip

WAIT = "RulesEngineWait"
RETURN = "CustomerReturned"


def wait(what: str, limit: str | None, **more: Any) -> Expected:
    external = rule(ruleSetName="Back") | (rule(waitTimeSeconds=limit) if limit else {})
    given = {"channel": "CHAT", "flows": BOTH, "answers": {UPDATE: ({},)}, **more.pop("given", {})}
    return Expected(flow=WAIT, what=what, given=Inputs(external=external, **given), **more)


WAITS = [
    wait("a call does not wait", "90", given={"channel": "VOICE"}, where=MAIN, seconds=0, asks=()),
    wait("a chat waits its time", "90", where=MAIN, seconds=90, asks=()),
    wait(
        "a customer who returns ends it", "90", given={"events": ((30, RETURN),)}, where=MAIN, seconds=31,
        asks=((UPDATE, {"key1": "NextRuleSet", "value1": "Back"}),),
    ),
    wait("one who returns too late does not", "90", given={"events": ((91, RETURN),)}, where=MAIN, seconds=90),
    wait(
        "and the state cannot be kept", "90", given={"events": ((30, RETURN),), "answers": {UPDATE: (FAILS,)}},
        where=ERROR, seconds=34,
    ),
    wait("no time is the error branch", None, where=ERROR),
    wait("a time that is no number is the error branch", "soon", where=ERROR),
]  # fmt: skip

LEFT = "RulesEngineDisconnect"
LEAVES = [
    Expected(flow=LEFT, what="a call ends"),
    # prompt until 3, fifteen minutes, prompt of three seconds
    Expected(
        flow=LEFT, what="a chat is over after 15 minutes", given=Inputs(channel="CHAT"),
        says=("@44c598fe", "@8b170d37"), seconds=906,
    ),
    Expected(
        flow=LEFT, what="a customer returns in time", says=("@44c598fe", "@088df29e"), end="queued", seconds=103,
        given=Inputs(channel="CHAT", events=((100, RETURN),), target="queue"),
    ),
    Expected(
        flow=LEFT, what="and there is no queue any more", says=("@44c598fe", "@088df29e"), seconds=103,
        given=Inputs(channel="CHAT", events=((100, RETURN),)),
    ),
    Expected(
        flow=LEFT, what="and the queue is full", says=("@44c598fe", "@088df29e"), seconds=103,
        given=Inputs(channel="CHAT", events=((100, RETURN),), target="queue", full=True),
    ),
    Expected(
        flow=LEFT, what="the prompt fails", given=Inputs(channel="CHAT", breaks=("44c598fe",), flows=BOTH), where=ERROR
    ),
    Expected(flow=LEFT, what="the prompt fails for good", given=Inputs(channel="CHAT", breaks=("44c598fe",))),
]  # fmt: skip

MUSIC = "RulesEngineCustomerQueue"
FIGURES = Metrics(name="Sales", arn="arn:sales", size=4, oldest_s=12.7, online=2, staffed=1)
NEXT = "connectcustomerqueue"
MEASURED = (UPDATE, {
    "key1": "QueueBehaviour_contactsInQueue", "value1": "4",
    "key2": "QueueBehaviour_oldestContactInQueue", "value2": "12",
    "key3": "QueueBehaviour_agentsOnline", "value3": "2",
    "key4": "QueueBehaviour_queueName", "value4": "Sales",
})  # fmt: skip


def staffed(is_it: str) -> tuple[str, dict[str, str]]:
    return UPDATE, {"key1": "QueueBehaviour_queueStaffed", "value1": is_it}


def music(what: str, *answers: Any, says: tuple[str, ...] = (), **more: Any) -> Expected:
    """Music until 20, the figures kept at 21, the staff at 22, the first answer at 23."""
    given = {"metrics": FIGURES, "answers": {UPDATE: ({},), NEXT: answers}, **more.pop("given", {})}
    ends = {"end": "ended", "seconds": 23, **more}
    return Expected(flow=MUSIC, what=what, given=Inputs(**given), says=("@5f2f3f62", *says), **ends)


GO_ON = queue(type="Continue")
ASK = queue(type="DTMF", messageType="text", message="Press 1 to be called", outputKey="choice")
ROUND: tuple[tuple[str, dict[str, str]], ...] = (MEASURED, staffed("true"), (NEXT, {}))
QUEUES = [
    music("goes on", GO_ON, asks=ROUND),
    music("a queue without staff", GO_ON, given={"metrics": Metrics(name="Sales", arn="arn:sales", size=4,
          oldest_s=12.7, online=2)}, asks=(MEASURED, staffed("false"), (NEXT, {}))),
    music("no figures end it at once", GO_ON, given={"metrics": None}, seconds=20, asks=()),
    music("an answer that means nothing", queue(type="Dance")),
    music("an answer that is empty", {}),
    music("an answer with a number", {"QueueBehaviour_type": 1}),
    music("no answer in time", SILENT, seconds=29),
    music("the caller is sent away", queue(type="Terminate"), end="disconnected"),
    # said until 26; figures 27, staff 28, answer 29
    music("a message, then the end", queue(type="Message", messageType="text", message="You are next"),
          queue(type="Terminate"), says=("You are next",), end="disconnected", seconds=29, asks=ROUND * 2),
    music("a message without words is the error branch", queue(type="Message", messageType="text"), GO_ON, seconds=24,
          asks=(*ROUND, (NEXT, {}))),
    music("another round at once", queue(type="GOTO"), GO_ON, seconds=26, asks=ROUND * 2),
    music("a question of no known kind is asked for anew", queue(type="DTMF", messageType="song"), GO_ON, seconds=24,
          asks=(*ROUND, (NEXT, {}))),
    # key at 24, kept at 25, figures 26, staff 27, answer 28
    music("a question and its key", ASK, GO_ON, given={"keys": ((24, "1"),)}, says=("Press 1 to be called",),
          seconds=28, asks=(*ROUND, (UPDATE, {"key1": "choice", "value1": "1"}), *ROUND)),
    # asked until 26, silence until 36
    music("a question without a key", ASK, GO_ON, says=("Press 1 to be called",), seconds=40,
          asks=(*ROUND, (UPDATE, {"key1": "choice", "value1": "Timeout"}), *ROUND)),
    music("a question that fails", ASK, GO_ON, given={"breaks": ("eac389db",)}, seconds=27,
          asks=(*ROUND, (UPDATE, {"key1": "choice", "value1": "NODATA"}), *ROUND)),
    music("hung up during the music", GO_ON, given={"hangs_up": 19}, end=HUNG_UP, seconds=19, asks=()),
    music("hung up while a Lambda is asked", GO_ON, given={"hangs_up": 20.5}, end=HUNG_UP, seconds=20.5,
          asks=(MEASURED,)),
]  # fmt: skip


@pytest.mark.parametrize("expected", [*STARTS, *WHISPERS, *MENUS, *OUTSIDE, *WAITS, *LEAVES, *QUEUES], ids=str)
def test_a_flow_of_the_rules_engine_does_what_its_file_says(expected: Expected) -> None:
    expected.check()


@pytest.mark.parametrize(
    ("resume", "send", "digits", "returns"),
    [
        ("true", "true", "12,34", True),
        ("true", "false", None, True),
        ("false", "true", "12,34", False),
        ("false", "false", None, False),
    ],
)
def test_an_outside_number_is_dialled_as_the_file_says(
    resume: str, send: str, digits: str | None, returns: bool
) -> None:
    trace = outside("", resume=resume, sendDTMF=send).play()
    assert trace.dialled == [Dial(number="+15550100777", limit_s=30, returns=returns, caller_id=SYSTEM, digits=digits)]


def test_a_number_that_is_not_there_is_not_dialled() -> None:
    assert Expected(flow=EXTERNAL, what="", given=Inputs(flows=BOTH)).play().dialled == []


def test_a_call_goes_through_five_flows_of_the_engine() -> None:
    """Main asks at 1; the menu is keyed at 2 and answered at 3; Main again at 4; the outside number at 9."""
    first = {**rule(nextFlowArn="arn:x/contact-flow/RulesEngineDTMFMenu"), **OFFER}
    second = {**rule(nextFlowArn="arn:x/contact-flow/RulesEngineExternalNumber"), **NUMBER}
    flows = {name: published(name) for name in (MAIN, MENU, EXTERNAL)}
    given = Inputs(keys=((2, "1"),), answers={"rulesinference": (first, second), DTMF: (VALID,)}, flows=flows)
    trace = Expected(
        flow="RulesEngineBootstrap", what="", given=given, says=("Press 1",), end="third-party", where=EXTERNAL,
        seconds=9, asks=(("rulesinference", {}), *chose("1"), ("rulesinference", {})),
    ).check()  # fmt: skip
    assert [name.rsplit("/", 1)[-1].strip("{}").split(".")[-2:][0] for name in trace.flows] == [
        MAIN, MENU, MAIN, EXTERNAL,
    ]  # fmt: skip
