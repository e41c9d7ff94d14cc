"""Parameters against the rule of their type: names, choices, numbers, empty texts and what was left to fill in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.local.connect.catalogue import WRONG_PARAMETERS, Rule
from infra.local.connect.language import Action
from infra.local.connect.validator.complaint import Complaint, listed, number
from infra.local.connect.values import is_open

# Ours only: the marks of other people's tools can be words of a prompt.
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")


def parameters(action: Action, rule: Rule) -> Iterator[Complaint]:
    yield from _names(action, rule)
    for name, allowed in rule.choices.items():
        value = action.parameters.get(name)
        if value is not None and not is_open(str(value)) and str(value) not in allowed:
            yield "parameter", f"{name} is {str(value)!r}", f"use {listed(allowed)}"
    for name, bounds in rule.numbers.items():
        if name in action.parameters:
            yield from number(name, action.parameters[name], bounds)


def _names(action: Action, rule: Rule) -> Iterator[Complaint]:
    given = set(action.parameters)
    for name in sorted(rule.required - given):
        yield "missing-parameter", f"{action.type} needs {name}", "add it"
    if not rule.open:
        for name in sorted(given - rule.parameters()):
            fix = WRONG_PARAMETERS.get(action.type, {}).get(name, "take it out")
            yield "unknown-parameter", f"{action.type} has no {name}", fix
    if rule.one_of and len(given & rule.one_of) != 1:
        yield "missing-parameter", f"{action.type} needs exactly one of {listed(rule.one_of)}", "give one"
    if len(given & rule.at_most_one) > 1:
        yield "parameter", f"{action.type} takes at most one of {listed(rule.at_most_one)}", "give one"


def texts(value: Any, path: str = "") -> Iterator[Complaint]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from texts(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, path)
    elif isinstance(value, str):
        if value == "":
            yield "empty-text", f"{path} is empty", 'Connect takes no empty text; use a word such as "none"'
        if _PLACEHOLDER.search(value):
            yield "placeholder", f"{path} still holds {value!r}", "fill it in when the flow is deployed"
    elif value is None:
        yield "empty-text", f"{path} is null", "leave it out"
