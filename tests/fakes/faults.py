"""Faults to put into a flow document: each function returns a change of the first action of a type."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tests.fakes.flows import action

Doc = dict[str, Any]
Change = Callable[[Doc], None]
NONE = "NoMatchingCondition"


def first(flow: Doc, type: str) -> Doc:
    one: Doc = next(action for action in flow["Actions"] if action["Type"] == type)
    return one


def given(type: str, **parameters: Any) -> Change:
    return lambda flow: first(flow, type)["Parameters"].update(parameters)


def gone(type: str, parameter: str) -> Change:
    return lambda flow: first(flow, type)["Parameters"].pop(parameter)


def unbranched(type: str, error: str) -> Change:
    def change(flow: Doc) -> None:
        ways = first(flow, type)["Transitions"]
        ways["Errors"] = [way for way in ways["Errors"] if way["ErrorType"] != error]

    return change


def branched(type: str, error: str) -> Change:
    def change(flow: Doc) -> None:
        one = first(flow, type)
        ways = one["Transitions"].setdefault("Errors", [])
        ways.append({"ErrorType": error, "NextAction": one["Transitions"]["NextAction"]})

    return change


def compared(type: str, **condition: Any) -> Change:
    return lambda flow: first(flow, type)["Transitions"]["Conditions"][0]["Condition"].update(condition)


def uncompared(type: str, operand: str) -> Change:
    def change(flow: Doc) -> None:
        ways = first(flow, type)["Transitions"]
        ways["Conditions"] = [way for way in ways["Conditions"] if way["Condition"]["Operands"] != [operand]]

    return change


def renamed(old: str, new: str) -> Change:
    return lambda flow: first(flow, old).update(Type=new)


def led(type: str, target: str) -> Change:
    return lambda flow: first(flow, type)["Transitions"].update(NextAction=target)


def appended(*more: Doc) -> Change:
    return lambda flow: flow["Actions"].extend(copy.deepcopy(list(more)))


def chained(*operands: str) -> Change:
    """A distribution in front of the flow."""

    def change(flow: Doc) -> None:
        start = flow["StartAction"]
        conditions = [("NumberLessThan", operand) for operand in operands]
        flow["Actions"].append(action("split", "DistributeByPercentage", {}, [NONE], conditions, to=start))
        flow["StartAction"] = "split"

    return change


def before(one: Doc) -> Change:
    def change(flow: Doc) -> None:
        flow["Actions"].append(one)
        flow["StartAction"] = one["Identifier"]

    return change
