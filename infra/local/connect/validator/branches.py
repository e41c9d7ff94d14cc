"""NextAction, error branches and conditions against the rule of their type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from infra.local.connect.catalogue import OPERATORS, Next, Rule, Ways, next_of
from infra.local.connect.language import Action, Condition
from infra.local.connect.validator.complaint import Complaint, listed


def branches(action: Action, rule: Rule) -> Iterator[Complaint]:
    if rule.next is Next.FORBIDDEN:
        if action.targets():
            yield "terminal", f"{action.type} ends the flow", "leave its Transitions empty"
        return
    yield from _next(action, rule)
    yield from _errors(action, rule)
    yield from _conditions(action, rule)


def _next(action: Action, rule: Rule) -> Iterator[Complaint]:
    if action.target is None:
        if rule.next is not Next.OPTIONAL:
            yield (
                "missing-next",
                f"{action.type} has no NextAction",
                "Connect asks for one on every action that goes on",
            )
        return
    third_party = action.type == "TransferParticipantToThirdParty"
    over = rule.ends_flow or (third_party and next_of(action.type, action.parameters) is Next.MIRROR)
    ways = [target for _, target in action.errors]
    if over and ways and action.target not in ways:
        says = f"on success {action.type} ends this flow; its NextAction is never taken"
        yield "mirror", says, "let it repeat the branch NoMatchingError"


def _errors(action: Action, rule: Rule) -> Iterator[Complaint]:
    named = [error for error, _ in action.errors]
    for error in sorted(rule.errors - set(named)):
        yield "missing-branch", f"{action.type} has no branch for {error}", "add it"
    if not rule.open:
        for error in sorted(set(named) - rule.errors - rule.tolerated):
            yield "unknown-branch", f"{action.type} never takes {error}", "take it out"
    for error, times in Counter(named).items():
        if times > 1:
            yield "duplicate-branch", f"{error} leads to {times} places", "keep one"


def _conditions(action: Action, rule: Rule) -> Iterator[Complaint]:
    if rule.ways is Ways.NONE and action.conditions:
        if not rule.open:
            yield "unknown-branch", f"{action.type} has no conditions", "take them out"
        return
    for condition in action.conditions:
        yield from _condition(action, condition, rule)
    counted = Counter((condition.operator, condition.operands) for condition in action.conditions)
    for (operator, operands), times in counted.items():
        if times > 1:
            yield "duplicate-branch", f"{operator} {' '.join(operands)!r} stands {times} times", "keep the first"
    if rule.all_cases:
        given = {operand for condition in action.conditions for operand in condition.operands}
        for case in sorted(rule.cases - given):
            yield "missing-branch", f"{action.type} has no branch for {case}", "add it"


def _condition(action: Action, condition: Condition, rule: Rule) -> Iterator[Complaint]:
    if condition.operator not in OPERATORS:
        yield "operator", f"{condition.operator} is no operator", f"use one of {listed(OPERATORS)}"
    if len(condition.operands) != 1:
        yield "operand", f"a condition has {len(condition.operands)} operands", "give exactly one"
        return
    operand = condition.operands[0]
    what = f"{condition.operator} {operand!r}"
    if operand == "":
        yield "empty-text", "an operand is empty", 'use a word such as "none"'
    elif rule.ways is Ways.NAMED and (condition.operator != "Equals" or operand not in rule.cases):
        yield "unknown-branch", f"{action.type} never answers {what}", f"use Equals on {listed(rule.cases)}"
    elif rule.ways is Ways.WORDS and condition.operator != "Equals":
        yield "unknown-branch", f"{action.type} never answers {what}", "use Equals"
