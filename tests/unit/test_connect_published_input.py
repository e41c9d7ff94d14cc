"""Two published flows with long ways, keyed input and a queue with callbacks, against traces worked out by hand.

Every prompt lasts three seconds, every answer of a Lambda one, a Lambda that fails four; see `scripted_stage`.
"""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.connect.wishes import Callback, Metrics
from tests.fakes.published import Expected, action, published
from tests.fakes.scripted_stage import FAILS, Inputs
from tests.unit.test_connect_published_rules_engine import BOTH, ERROR, MAIN, UPDATE, rule

INPUT = "RulesEngineDTMFInput"
CHECKED = "connectdtmfinput"


def keyed(first: float, keys: str, step: float = 1.0) -> tuple[tuple[float, str], ...]:
    return tuple((first + step * n, key) for n, key in enumerate(keys))


def entry(
    what: str, keys: tuple[tuple[float, str], ...], *checked: Any, kept: tuple[Any, ...] = ({},), **more: Any
) -> Expected:
    external = {**rule(maxLength="4", offerMessageType="text", offerMessage="Enter it"), **more.pop("external", {})}
    given = Inputs(keys=keys, external=external, flows=BOTH, answers={CHECKED: checked, UPDATE: kept})
    return Expected(flow=INPUT, what=what, given=given, **{"says": ("Enter it",), **more})


def put(key: str, value: str) -> tuple[str, dict[str, str]]:
    return UPDATE, {"key1": key, "value1": value}


def read(value: str) -> tuple[str, dict[str, str]]:
    return CHECKED, {"input": value}


GOOD = rule(validInput="true", confirmationMessageType="none", outputStateKey="pin")
CONFIRM = rule(validInput="true", confirmationMessageType="text", confirmationMessage="Is it right?",
               outputStateKey="pin", maxLength="4", offerMessageType="text", offerMessage="Enter it")  # fmt: skip
COUNT = ("CurrentRule_errorCount", "increment")
AGAIN = rule(maxLength="1", offerMessageType="text", offerMessage="Enter it", validInput="false")
WRONG: tuple[dict[str, str], ...] = (
    {**AGAIN, **rule(errorCount="1", errorMessage1="Wrong")},
    {**AGAIN, **rule(errorCount="2", errorMessage2Type="ssml", errorMessage2="<speak>Again wrong</speak>")},
    {**rule(errorCount="3", errorMessage3Type="prompt", errorMessage3PromptArn="arn:x/prompt/no",
            errorRuleSetName="Sorry")},
    {},
)  # fmt: skip
PIN = (read("1234"), put("pin", "1234"))
ENTRIES = [
    # the fourth key at 7, checked at 8, kept at 9
    entry("four keys are enough", keyed(4, "1234"), GOOD, where=MAIN, seconds=9, asks=PIN),
    entry("hash ends it", keyed(1, "56#"), GOOD, where=MAIN, seconds=5, asks=(read("56"), put("pin", "56"))),
    # the second key at 2; five seconds without a third
    entry("a pause ends it", keyed(1, "12"), GOOD, where=MAIN, seconds=9, asks=(read("12"), put("pin", "12"))),
    entry("a star begins anew", keyed(1, "1*7#"), GOOD, where=MAIN, seconds=6, asks=(read("7"), put("pin", "7"))),
    # asked until 3, silence until 13
    entry("nothing is keyed", (), GOOD, where=MAIN, seconds=15, asks=(read("Timeout"), put("pin", "Timeout"))),
    entry("one key", keyed(2, "9"), GOOD, external=rule(maxLength="1"), where=MAIN, seconds=4,
          asks=(read("9"), put("pin", "9"))),
    entry("six keys", keyed(1, "1234567"), GOOD, external=rule(maxLength="6"), where=MAIN, seconds=8,
          asks=(read("123456"), put("pin", "123456"))),
    entry("eight keys", keyed(1, "123456789"), GOOD, external=rule(maxLength="8"), where=MAIN, seconds=10,
          asks=(read("12345678"), put("pin", "12345678"))),
    entry("a length that is none means twenty", keyed(1, "12345678901234567890", 0.5), GOOD,
          external=rule(maxLength="7"), where=MAIN, seconds=12.5,
          asks=(read("12345678901234567890"), put("pin", "12345678901234567890"))),
    # checked at 8, asked until 11, and then in silence; 1 at 12, kept at 13
    entry("confirmed with 1", (*keyed(4, "1234"), (12, "1")), CONFIRM, says=("Enter it", "Is it right?"),
          where=MAIN, seconds=13, asks=PIN),
    entry("a 2 asks anew", (*keyed(4, "1234"), (12, "2"), *keyed(13, "99#")), CONFIRM, GOOD,
          says=("Enter it", "Is it right?", "Enter it"), where=MAIN, seconds=17,
          asks=(read("1234"), read("99"), put("pin", "99"))),
    # ten seconds from 11, then the question from 21; hash at 27
    entry("so does silence", (*keyed(4, "1234"), *keyed(25, "99#")), CONFIRM, GOOD,
          says=("Enter it", "Is it right?", "Enter it"), where=MAIN, seconds=29,
          asks=(read("1234"), read("99"), put("pin", "99"))),
    # key 1, checked 2, counted 3, "Wrong" until 6; key 7, 8, 9, until 12; key 13, 14, 15, until 18; kept 19
    entry("wrong three times", ((1, "1"), (7, "2"), (13, "3")), rule(validInput="false"), kept=WRONG,
          external=rule(maxLength="1"), where=MAIN, seconds=19,
          says=("Enter it", "Wrong", "Enter it", "Again wrong", "Enter it", "[audio no]"),
          asks=(read("1"), put(*COUNT), read("2"), put(*COUNT), read("3"), put(*COUNT), put("NextRuleSet", "Sorry"))),
    entry("the check fails", keyed(1, "56#"), FAILS, where=ERROR, seconds=7, asks=(read("56"),)),
    entry("the value cannot be kept", keyed(1, "56#"), GOOD, kept=(FAILS,), where=ERROR, seconds=8),
]  # fmt: skip

QUEUE = "RulesEngineQueue"
STATUS, MADE = "connectgetcallbackstatus", "connectcreatecallback"
STAFF = Metrics(name="Sales", arn="arn:q/sales", size=4, oldest_s=12.7, online=2)
NOBODY = Metrics(name="Sales", arn="arn:q/sales")
HOOKS = {
    "AgentWhisper": "{{contactFlows.RulesEngineAgentWhisper.arn}}",
    "CustomerWhisper": "{{contactFlows.RulesEngineCustomerWhisper.arn}}",
    "CustomerQueue": "{{contactFlows.RulesEngineCustomerQueue.arn}}",
    "CustomerRemaining": "{{contactFlows.RulesEngineDisconnect.arn}}",
}
HOOKED = {name.split(".")[1]: None for name in HOOKS.values()}
SAYS = rule(messageType="text", message="Please wait")
OFFER = {**SAYS, **rule(CallbackStatus="OFFER", offerCallbackMessageType="text", offerCallbackMessage="1 or 2?",
         askForCallbackNumberMessage="Number?", addToCallbackQueueFailedMessage="Failed")} | {
    "OriginalCustomerNumber": "+15550100199"
}  # fmt: skip
CREATED = rule(CreateCallbackStatus="CREATED", addedToCallbackQueueMessage="We call you")
HERE = rule(CallbackStatus="EXISTING", inCallbackQueueMessage="You stand there already")


def into(what: str, status: Any = None, *made: Any, **more: Any) -> Expected:
    """The status is known after one second."""
    external = {**rule(queueArn="arn:q/sales", queueRoutingPriority="2"), **more.pop("external", {})}
    answers = {STATUS: ({**SAYS, **(status or {})},), MADE: made or ({},), UPDATE: ({},)}
    given = {"flows": {**BOTH, **HOOKED}, "metrics": STAFF, "answers": answers, **more.pop("given", {})}
    return Expected(flow=QUEUE, what=what, given=Inputs(external=external, **given), **more)


def shut(what: str, **more: Any) -> Expected:
    return into(what, given={"open": False}, **more)


def alone(what: str, **more: Any) -> Expected:
    external = {**rule(unstaffedQueueArn="arn:q/night", unstaffedRuleSetName="Night"), **more.pop("external", {})}
    return into(what, given={"metrics": NOBODY}, external=external, **more)


FIGURES = (STATUS, {"QueueMetrics_contactsInQueue": "4", "QueueMetrics_oldestContactInQueue": "12"})
QUEUES = [
    into("waits", says=("Please wait",), end="queued", seconds=4, hooks=HOOKS, priority=2, target="arn:q/sales",
         asks=(FIGURES,), attributes={}),
    into("waits without a word", rule(messageType="none"), end="queued", seconds=1),
    into("has no rank of its own", external=rule(queueRoutingPriority="12"), says=("Please wait",), end="queued",
         seconds=4, priority=10),
    into("is the ninth rank", external=rule(queueRoutingPriority="9"), says=("Please wait",), end="queued",
         seconds=4, priority=9),
    into("is full", given={"full": True}, says=("Please wait",), seconds=4, where=ERROR),
    into("is none", external=rule(queueArn="arn:q/sales"), given={"queues": False}, where=ERROR, hooks=HOOKS,
         target=""),
    into("has no hours", given={"open": None}, where=ERROR),
    into("has no figures", given={"metrics": None}, where=ERROR),
    into("a count that is no number is not above 0", external=rule(attributeCount="many"), says=("Please wait",),
         end="queued", seconds=4, attributes={}),
    into("keeps whom to look up", external=rule(profileSearchEnabled="true", profileSearchKey="phone",
         profileSearchValue="1"), says=("Please wait",), end="queued", seconds=4,
         attributes={"profileSearchKey": "phone", "profileSearchValue": "1"}),
    into("keeps nothing of whom to look up where half is missing", external=rule(profileSearchEnabled="true",
         profileSearchKey="phone"), says=("Please wait",), end="queued", seconds=4, attributes={}),
    into("one of fifty attributes is there: none is kept", external=rule(attributeCount="1", attributeKey0="a",
         attributeValue0="b"), where=ERROR, attributes={}),
    into("already has a callback", HERE, says=("You stand there already",), seconds=4),
    shut("is shut, and says so", external=rule(outOfHoursTerminate="true", outOfHoursMessageType="text",
         outOfHoursMessage="We are shut"), says=("We are shut",), seconds=3),
    shut("is shut, without a word", external=rule(outOfHoursTerminate="true"), seconds=0),
    shut("is shut, with other rules", external=rule(outOfHoursRuleSetName="Night"), where=MAIN, seconds=1,
         asks=((UPDATE, {"key1": "NextRuleSet", "value1": "Night"}),)),
    alone("is unstaffed, with other rules", where=MAIN, seconds=1,
          asks=((UPDATE, {"key1": "NextRuleSet", "value1": "Night"}),)),
    alone("is unstaffed, and so is the other", external=rule(unstaffedQueueTransfer="true",
          unstaffedMessageType="ssml", unstaffedMessage="<speak>Nobody</speak>"), says=("Nobody",),
          seconds=3, target="arn:q/night"),
    # status at 1, offer from 1 to 4, key at 2, made at 3
    into("a callback to the caller's number", OFFER, CREATED, given={"keys": ((2, "1"),)},
         says=("1 or 2?", "We call you"), seconds=6),
    into("a callback that was made before", OFFER, {**HERE, **rule(CreateCallbackStatus="EXISTING")},
         given={"keys": ((2, "1"),)}, says=("1 or 2?", "You stand there already"), seconds=6),
    into("a callback that cannot be made", OFFER, FAILS, given={"keys": ((2, "1"),)},
         says=("1 or 2?", "Failed", "Please wait"), end="queued", seconds=12),
    into("a number that cannot be called", OFFER, CREATED, given={"keys": ((2, "1"),), "possible": False},
         says=("1 or 2?", "Failed", "Please wait"), end="queued", seconds=8),
    into("no callback is wanted", OFFER, given={"keys": ((2, "3"),)}, says=("1 or 2?", "Please wait"), end="queued",
         seconds=5),
    # offer until 4, five seconds more, "Please wait" until 12
    into("no answer to the offer", OFFER, says=("1 or 2?", "Please wait"), end="queued", seconds=12),
]  # fmt: skip


@pytest.mark.parametrize("expected", [*ENTRIES, *QUEUES], ids=str)
def test_a_long_flow_does_what_its_file_says(expected: Expected) -> None:
    expected.check()


def test_every_attribute_that_is_there_is_kept() -> None:
    given = action(published(QUEUE), "b0c5c42e").parameters["Attributes"]
    count = len(given)
    external = {name.removeprefix("$.External."): f"k{n}" for n, name in enumerate(given)}
    external |= {value.removeprefix("$.External."): f"v{n}" for n, value in enumerate(given.values())}
    trace = into("", external={**external, **rule(attributeCount=str(count))}).play()
    assert trace.end == "queued"
    assert trace.segment.attributes == {f"k{n}": f"v{n}" for n in range(count)}


def test_a_callback_is_made_to_the_number_that_is_keyed() -> None:
    """Asked at 2, keyed until 7.5: the hash ends it; made one second later, said until 11.5."""
    keys = ((2, "2"), *keyed(2.5, "0412345678#", 0.5))
    trace = into("", OFFER, CREATED, given={"keys": keys}, says=("1 or 2?", "Number?", "We call you"),
                 seconds=11.5).check()  # fmt: skip
    assert trace.callbacks == [Callback(number="+61412345678", delay_s=60, retry_s=60, attempts=1)]


def test_a_number_is_asked_for_once_and_three_times_more() -> None:
    keys = ((2, "2"), *keyed(3, "12#" * 4, 0.5))
    asked = ("Number?",) * 4
    trace = into("", OFFER, given={"keys": keys}, says=("1 or 2?", *asked, "Failed", "Please wait"), end="queued",
                 seconds=14.5).check()  # fmt: skip
    assert trace.callbacks == []
