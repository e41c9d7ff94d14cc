"""Whether there is such a type, and whether it may stand in this flow."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from infra.local.connect.catalogue import NOT_SIMULATED, RULES, WRONG_NAMES, Rule
from infra.local.connect.language import Action, FlowType
from infra.local.connect.validator.complaint import Complaint


def rule_of(action: Action) -> tuple[Rule | None, list[Complaint]]:
    rule = RULES.get(action.type)
    return rule, [] if rule else [_strange(action.type)]


def _strange(type: str) -> Complaint:
    if type in NOT_SIMULATED:
        says = f"{type} is real, but its rules are not published and it is not carried out here"
        return "unsupported-type", says, "leave it out here"
    if type in WRONG_NAMES:
        return "unknown-type", f"Connect knows no {type}", f"use {WRONG_NAMES[type]}"
    close = difflib.get_close_matches(type, RULES, n=1)
    return "unknown-type", f"Connect knows no {type}", f"use {close[0]}" if close else "take a type of the language"


def flow_type(action: Action, rule: Rule, type: FlowType) -> Iterator[Complaint]:
    if rule.allowed_in(type):
        return
    places = [other.value for other in FlowType if other is not FlowType.CAMPAIGN and rule.allowed_in(other)]
    yield "flow-type", f"{action.type} is not allowed in a {type.value} flow", f"it goes in {', '.join(places)}"
