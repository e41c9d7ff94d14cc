"""Kinds of faults, each planted at a place that a seed picks; a kind says no where a flow has no place for it."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

from infra.local.connect.catalogue import RULES, WRONG_NAMES, Next
from tests.fakes.flows import action

Doc = dict[str, Any]
Dice = random.Random
Plant = Callable[[Dice, Doc], bool]
ANY = "NoMatchingError"
TERMINAL = {type for type, rule in RULES.items() if rule.next is Next.FORBIDDEN}


def _pick(dice: Dice, places: list[Any]) -> Any:
    return dice.choice(places) if places else None


def _actions(flow: Doc, *types: str) -> list[Doc]:
    return [one for one in flow["Actions"] if one["Type"] in RULES and (not types or one["Type"] in types)]


def _ways(one: Doc, kind: str) -> list[Doc]:
    found: list[Doc] = one["Transitions"].get(kind) or []
    return found


def at(change: Callable[[Dice, Doc], None], *types: str, where: Callable[[Doc], Any] = bool) -> Plant:
    """At one action of these types, or of any."""

    def plant(dice: Dice, flow: Doc) -> bool:
        one = _pick(dice, [one for one in _actions(flow, *types) if where(one)])
        if one is not None:
            change(dice, one)
        return one is not None

    return plant


def given(*types: str, where: Callable[[Doc], Any] = bool, **parameters: Any) -> Plant:
    return at(lambda dice, one: one["Parameters"].update(parameters), *types, where=where)


def gone(parameter: str, *types: str) -> Plant:
    return at(
        lambda dice, one: one["Parameters"].pop(parameter), *types, where=lambda one: parameter in one["Parameters"]
    )


def compared(*types: str, **condition: Any) -> Plant:
    def change(dice: Dice, one: Doc) -> None:
        dice.choice(_ways(one, "Conditions"))["Condition"].update(condition)

    return at(change, *types, where=lambda one: _ways(one, "Conditions"))


def without_case(operand: str, type: str) -> Plant:
    def change(dice: Dice, one: Doc) -> None:
        kept = [way for way in _ways(one, "Conditions") if way["Condition"]["Operands"] != [operand]]
        one["Transitions"]["Conditions"] = kept

    return at(change, type)


def without_error(*errors: str, types: tuple[str, ...] = ()) -> Plant:
    """Drops the branch of one of these errors, or of any that the type needs."""

    def needed(one: Doc) -> list[Doc]:
        wanted = set(errors) or RULES[one["Type"]].errors
        return [way for way in _ways(one, "Errors") if way["ErrorType"] in wanted]

    return at(lambda dice, one: _ways(one, "Errors").remove(dice.choice(needed(one))), *types, where=needed)


def with_error(error: str, *types: str, where: Callable[[Doc], Any] = bool) -> Plant:
    def change(dice: Dice, one: Doc) -> None:
        ways = one["Transitions"].setdefault("Errors", [])
        ways.append({"ErrorType": error, "NextAction": one["Transitions"]["NextAction"]})

    return at(change, *types, where=lambda one: one["Transitions"].get("NextAction") and where(one))


def _renamed(name: str) -> Plant:
    """One action, and every way to it."""

    def plant(dice: Dice, flow: Doc) -> bool:
        one = dice.choice(flow["Actions"])
        old, one["Identifier"] = one["Identifier"], name
        if flow["StartAction"] == old:
            flow["StartAction"] = name
        for way in _targets(flow):
            if way["NextAction"] == old:
                way["NextAction"] = name
        return True

    return plant


def _targets(flow: Doc) -> Iterator[Doc]:
    for one in flow["Actions"]:
        ways = one["Transitions"]
        if ways.get("NextAction") is not None:
            yield ways
        yield from _ways(one, "Errors")
        yield from _ways(one, "Conditions")


def _lost(dice: Dice, flow: Doc) -> bool:
    way = _pick(dice, list(_targets(flow)))
    if way is not None:
        way["NextAction"] = "nowhere"
    return way is not None


def _twice(dice: Dice, flow: Doc) -> bool:
    flow["Actions"].append(dict(dice.choice(flow["Actions"])))
    return True


def _added(one: Doc) -> Plant:
    def plant(dice: Dice, flow: Doc) -> bool:
        flow["Actions"].insert(dice.randrange(len(flow["Actions"]) + 1), copy.deepcopy(one))
        return True

    return plant


def _crowd(dice: Dice, flow: Doc) -> bool:
    start = flow["StartAction"]
    for n in range(251):
        flow["Actions"].append(action(f"n{n}", "UpdateFlowLoggingBehavior", {"FlowLoggingBehavior": "Enabled"},
                                      to=f"n{n + 1}" if n < 250 else start))  # fmt: skip
    flow["StartAction"] = "n0"
    return True


def _document(**parts: Any) -> Plant:
    def plant(dice: Dice, flow: Doc) -> bool:
        flow.update(parts)
        return True

    return plant


def _unsettled(dice: Dice, flow: Doc) -> bool:
    return flow.pop("Settings", None) is not None


def _misnamed(dice: Dice, one: Doc) -> None:
    one["Type"] = dice.choice([wrong for wrong, right in WRONG_NAMES.items() if right == one["Type"]])


def _misspelt(dice: Dice, one: Doc) -> None:
    letter = dice.randrange(1, len(one["Type"]) - 1)
    one["Type"] = one["Type"][:letter] + one["Type"][letter + 1 :]


def _texts(one: Doc) -> list[str]:
    return [name for name, value in one["Parameters"].items() if isinstance(value, str)]


def _emptied(dice: Dice, one: Doc) -> None:
    one["Parameters"][dice.choice(_texts(one))] = ""


def _nulled(dice: Dice, one: Doc) -> None:
    one["Parameters"][dice.choice(sorted(one["Parameters"]))] = None


def _needed(one: Doc) -> list[str]:
    return sorted(RULES[one["Type"]].required & one["Parameters"].keys())


def _bounded(one: Doc) -> list[str]:
    return sorted(RULES[one["Type"]].numbers.keys() & one["Parameters"].keys())


def _out_of_range(dice: Dice, one: Doc) -> None:
    name = dice.choice(_bounded(one))
    bounds = RULES[one["Type"]].numbers[name]
    one["Parameters"][name] = str(dice.choice((bounds.least - 1, bounds.most + 1, "many")))


def _chosen(one: Doc) -> list[str]:
    return sorted(RULES[one["Type"]].choices.keys() & one["Parameters"].keys())


def _doubled(kind: str) -> Plant:
    def change(dice: Dice, one: Doc) -> None:
        ways = _ways(one, kind)
        ways.append(dict(dice.choice(ways)))

    return at(change, where=lambda one: _ways(one, kind))


def _ends_flow(one: Doc) -> bool:
    return RULES[one["Type"]].ends_flow


def _success(dice: Dice, flow: Doc) -> bool:
    """The transfer "goes on" to an action of its own, which nobody ever hears."""
    one = _pick(dice, [one for one in _actions(flow) if _ends_flow(one)])
    if one is None:
        return False
    flow["Actions"].append(action("well", "UpdateFlowLoggingBehavior", {"FlowLoggingBehavior": "Enabled"},
                                  to=one["Transitions"]["NextAction"]))  # fmt: skip
    one["Transitions"]["NextAction"] = "well"
    return True


def _stores(one: Doc) -> bool:
    return str(one["Parameters"].get("StoreInput")).lower() == "true"


def _menu(one: Doc) -> bool:
    return not _stores(one)


def _first(one: Doc) -> Plant:
    """In front of the flow; what leads to "start" in it leads to what was the start."""

    def plant(dice: Dice, flow: Doc) -> bool:
        put = copy.deepcopy(one)
        for way in _targets({"Actions": [put]}):
            if way["NextAction"] == "start":
                way["NextAction"] = flow["StartAction"]
        flow["Actions"].append(put)
        flow["StartAction"] = put["Identifier"]
        return True

    return plant


def _round(type: str, parameters: Doc, case: str = "") -> Doc:
    """An action whose success leads to itself, and only its error goes on."""
    one = action("round-and-round", type, parameters, [ANY], [("Equals", case)] if case else [], to="start")
    for way in (one["Transitions"], *one["Transitions"]["Conditions"]):
        way["NextAction"] = "round-and-round"
    return one


LARGE = {f"k{n}": "x" * 1_000 for n in range(33)}
LITERAL = action("number", "UpdateContactCallbackNumber", {"CallbackNumber": "+15550100"},
                 ["InvalidCallbackNumber", "CallbackNumberNotDialable"], to="start")  # fmt: skip
LAMBDA, INPUT, THIRD = "InvokeLambdaFunction", "GetParticipantInput", "TransferParticipantToThirdParty"
SAYS = ("MessageParticipant", INPUT)


def _early(dice: Dice, flow: Doc) -> bool:
    """The hours lead past the loop of prompts, straight to the dequeue."""
    one = _pick(dice, _actions(flow, "DequeueContactAndTransferToQueue"))
    if one is None:
        return False
    skip = action("skip", "CheckHoursOfOperation", {}, [ANY], [("Equals", "True"), ("Equals", "False")], to="start")
    skip["Transitions"]["Conditions"][0]["NextAction"] = one["Identifier"]
    return _first(skip)(dice, flow)


# What is wrong, how it is planted, the rule that finds it at publish time.
REFUSED: list[tuple[str, Plant, str]] = [
    ("a way into the void", _lost, "dangling"),
    ("a start that is not there", _document(StartAction="nowhere"), "dangling"),
    ("another version", _document(Version="2020-10-30"), "version"),
    ("two actions of one name", _twice, "duplicate-identifier"),
    ("an action that nothing leads to", _added(action("lost", "ResumeContact", {}, [ANY], to="lost")), "unreachable"),
    ("more than 250 actions", _crowd, "too-many-actions"),
    ("a name of 51 characters", _renamed("x" * 51), "identifier"),
    ("a name with a colon", _renamed("to:menu"), "identifier"),
    ("a name that is JavaScript's", _renamed("constructor"), "identifier"),
    ("a module without settings", _unsettled, "settings"),
    ("a block's or the documentation's name", at(_misnamed, where=lambda one: one["Type"] in WRONG_NAMES.values()),
     "unknown-type"),
    ("a misspelt type", at(_misspelt), "unknown-type"),
    ("an empty text", at(_emptied, where=_texts), "empty-text"),
    ("a value that is null", at(_nulled, where=lambda one: one["Parameters"]), "empty-text"),
    ("a parameter that is missing", at(lambda dice, one: one["Parameters"].pop(dice.choice(_needed(one))),
     where=_needed), "missing-parameter"),
    ("a parameter that there is not", given(where=lambda one: not RULES[one["Type"]].open, Volume="11"),
     "unknown-parameter"),
    ("an error branch that is missing", without_error(), "missing-branch"),
    ("a Lambda without its error branch", without_error(ANY, types=(LAMBDA,)), "missing-branch"),
    ("a full queue forgotten", without_error("QueueAtCapacity"), "missing-branch"),
    ("an error that never comes", with_error("OutOfTune", where=lambda one: not RULES[one["Type"]].open),
     "unknown-branch"),
    ("logging that fails", with_error(ANY, "UpdateFlowLoggingBehavior"), "unknown-branch"),
    ("the same error twice", _doubled("Errors"), "duplicate-branch"),
    ("the same condition twice", _doubled("Conditions"), "duplicate-branch"),
    ("no way on", at(lambda dice, one: one["Transitions"].pop("NextAction"),
     where=lambda one: one["Type"] not in TERMINAL | {"MessageParticipantIteratively"}), "missing-next"),
    ("a way on from the end", at(lambda dice, one: one["Transitions"].update(NextAction=one["Identifier"]),
     *sorted(TERMINAL)), "terminal"),
    ("a transfer that goes on by NextAction", _success, "mirror"),
    ("a loop that is never done", without_case("DoneLooping", "Loop"), "missing-branch"),
    ("hours that are never shut", without_case("False", "CheckHoursOfOperation"), "missing-branch"),
    ("a wait that never ends", without_case("WaitCompleted", "Wait"), "missing-branch"),
    ("a number out of range", at(_out_of_range, where=_bounded), "parameter"),
    ("a word that is no choice", at(lambda dice, one: one["Parameters"].update({dice.choice(_chosen(one)): "Maybe"}),
     where=_chosen), "parameter"),
    ("a queue and an agent", given("UpdateContactTargetQueue", "DequeueContactAndTransferToQueue", QueueId="q",
     AgentId="a"), "missing-parameter"),
    ("two prompts at once", given(*SAYS, Text="a", SSML="<speak>b</speak>"), "missing-parameter"),
    ("a prompt without an end", given("MessageParticipant", where=lambda one: "Text" in one["Parameters"],
     Text="x" * 6_001), "parameter"),
    ("a literal compared", given("Compare", ComparisonValue="gold"), "reference"),
    ("a whole namespace compared", given("Compare", ComparisonValue="$.External"), "reference"),
    ("an operator that there is not", compared("Compare", "DistributeByPercentage", Operator="IsLike"), "operator"),
    ("two operands", compared(Operands=["a", "b"]), "operand"),
    ("no operand", compared(Operands=[]), "operand"),
    ("an empty operand", compared(Operands=[""]), "empty-text"),
    ("a key of two", compared(INPUT, Operands=["12"]), "unknown-branch"),
    ("a case that never comes", compared("CheckHoursOfOperation", "Loop", "Wait", "MessageParticipantIteratively",
     Operands=["Perhaps"]), "unknown-branch"),
    ("an order where only Equals is asked", compared("CheckHoursOfOperation", INPUT, Operator="TextContains"),
     "unknown-branch"),
    ("a Lambda of nine seconds", given(LAMBDA, InvocationTimeLimitSeconds="9"), "parameter"),
    ("a Lambda whose limit is a reference", given(LAMBDA, InvocationTimeLimitSeconds="$.External.s"), "static"),
    ("an answer that is XML", given(LAMBDA, ResponseValidation={"ResponseType": "XML"}), "parameter"),
    ("two hooks", given("UpdateContactEventHooks", EventHooks={"AgentHold": "a", "CustomerHold": "b"}), "parameter"),
    ("a hook that there is not", given("UpdateContactEventHooks", EventHooks={"CustomerBored": "a"}), "parameter"),
    ("seven tags", given("TagContact", Tags={str(n): "x" for n in range(7)}), "parameter"),
    ("attributes of 33 KB", given("UpdateContactAttributes", Attributes=LARGE), "too-large"),
    ("input that is stored as nothing", gone("InputValidation", INPUT), "missing-parameter"),
    ("a menu that waits for ever", without_error("InputTimeLimitExceeded", types=(INPUT,)), "missing-branch"),
    ("stored input that times out", with_error("InputTimeLimitExceeded", INPUT, where=_stores), "unknown-branch"),
    ("a menu that checks a number", given(INPUT, where=_menu, InputValidation={"CustomValidation":
     {"MaximumLength": "1"}}), "unknown-parameter"),
    ("two agents asked for", compared("CheckMetricData", Operands=["2"]), "operand"),
    ("a wait by the documentation's name", given("Wait", TimeoutSeconds="9"), "unknown-parameter"),
    ("a call to outside without a limit", gone("ThirdPartyConnectionTimeLimitSeconds", THIRD), "missing-parameter"),
    ("a call to outside that forgets a failure", without_error("CallFailed", types=(THIRD,)), "missing-branch"),
    ("shares that do not add up", compared("DistributeByPercentage", Operands=["1"]), "percentage"),
    ("a callback number written down", _first(LITERAL), "reference"),
    ("a record of the cat", given("UpdateContactRecordingBehavior", RecordingBehavior={"RecordedParticipants":
     ["Cat"]}), "parameter"),
    ("a placeholder that nobody filled in", given("MessageParticipant", where=lambda one: "Text" in
     one["Parameters"], Text="${Forgotten}"), "placeholder"),
    ("a caller who moves on before the loop", _early, "order"),
    ("a hook that leads to null", given("UpdateContactEventHooks", EventHooks={"CustomerQueue": None}), "empty-text"),
]  # fmt: skip

# What only a run can tell: the fault, and how the run ends.
ENDLESS: list[tuple[str, Plant, str]] = [
    ("a round without a wait", _first(_round("UpdateContactAttributes", {"Attributes": {"a": "b"}})), "ran-away"),
    ("a round through an action that fails at once", _first({
        **_round("UpdateContactData", {"Name": "$.Attributes"}),
        "Transitions": {"NextAction": "start", "Errors": [{"ErrorType": ANY, "NextAction": "round-and-round"}]},
    }), "ran-away"),
    ("a round of prompts that say nothing", _first(_round("MessageParticipant", {"SSML": "<speak></speak>"})),
     "ran-away"),
    ("a flow that leads to itself", _first(action("again", "TransferToFlow", {"ContactFlowId": "arn:flow/planted"},
     [ANY], to="start")), "ran-away"),
    ("a wait that begins anew for ever", _first(_round("Wait", {"TimeLimitSeconds": "1"}, "WaitCompleted")),
     "unhandled"),
    ("a Lambda that is asked for ever", _first(_round(LAMBDA, {"LambdaFunctionARN": "arn:f",
     "InvocationTimeLimitSeconds": "8"})), "unhandled"),
]  # fmt: skip
