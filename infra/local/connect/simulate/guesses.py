"""What a flow compares and reads, so that a world can give answers that lead into its branches."""

from __future__ import annotations

import random
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.local.connect.language import Action, Flow
from infra.local.connect.values import REFERENCE, is_reference, steps

Path = tuple[str, ...]

# What a parameter wants, where a reference fills it: first what is good, last what is not, where that can be.
WANTED: Mapping[str, tuple[str, ...]] = {
    "TimeLimitSeconds": ("1", "60", "900", "soon"),
    "LoopCount": ("1", "0", "3", "often"),
    "QueuePriority": ("1", "5"),
    "QueueTimeAdjustmentSeconds": ("0", "600"),
    "CallbackNumber": ("+15550100123", "12"),
    "ThirdPartyPhoneNumber": ("+15550100124", "12"),
    "TextToSpeechVoice": ("Joanna",),
}
_NEAREST = 2  # times as likely as any comparison behind it
_NONE: Mapping[Path, tuple[str, ...]] = {}
_ANYTHING = ("something", "1", "none", "true")


class Guesses:
    """Values by the path of the reference that reads them, over all flows that may run together."""

    def __init__(self, flows: Iterable[Flow]) -> None:
        found: dict[Path, list[str]] = defaultdict(list)
        copied: dict[Path, list[Path]] = defaultdict(list)
        for action in (action for flow in flows for action in flow.actions):
            for path, values in _reads(action):
                found[path].extend(value for value in values if value not in found[path])
            for to, text in copies(action):
                if is_reference(text):
                    copied[to].append(tuple(steps(text)))
        # What is compared as an attribute may have come from an answer.
        for to, origins in copied.items():
            for origin in origins:
                found[origin].extend(value for value in found.get(to, ()) if value not in found[origin])
        self._values = {path: tuple(values) for path, values in found.items()}
        self._after: dict[tuple[str, str], Mapping[Path, tuple[str, ...]]] = {}
        self._under: dict[str, list[Path]] = defaultdict(list)
        for path in self._values:
            if len(path) > 1:
                self._under[path[0]].append(path)

    def after(self, flow: Flow, action: Action) -> Mapping[Path, tuple[str, ...]]:
        """What the flow compares behind this question and before the next one, by path."""
        key = flow.name, action.identifier
        if key not in self._after:
            self._after[key] = _compared_after(flow, action)
        return self._after[key]

    def one(self, dice: random.Random, path: Path, strange: float, near: Mapping[Path, tuple[str, ...]] = _NONE) -> str:
        """A value that matters for this path, or with the chance `strange` any other; `near` goes before the rest."""
        values = near.get(path) or self._values.get(path) or _ANYTHING
        if strange and dice.random() < strange:
            values = _ANYTHING
        return values[int(dice.random() * len(values))]  # `choice` takes three times as long, a hundred times a call

    def under(self, namespace: str) -> list[Path]:
        return self._under.get(namespace, [])

    def plain(self) -> list[Path]:
        """Fields of the contact itself that are compared, such as `$.Channel`."""
        return sorted(path for path, values in self._values.items() if len(path) == 1 and values)

    def namespaces(self) -> list[str]:
        return sorted(self._under)

    def namespace(
        self,
        dice: random.Random,
        namespace: str,
        strange: float,
        missing: float,
        near: Mapping[Path, tuple[str, ...]] = _NONE,
    ) -> dict[str, Any]:
        """A whole namespace; with the chance `missing` it has gaps, each leaf being left out one time in three."""
        made: dict[str, Any] = {}
        gaps = 1 / 3 if dice.random() < missing else 0.0
        for path in self.under(namespace):
            if gaps and dice.random() < gaps:
                continue
            here = made
            for step in path[1:-1]:
                inner = here.get(step)
                if not isinstance(inner, dict):
                    inner = here[step] = {}
                here = inner
            here.setdefault(path[-1], self.one(dice, path, strange, near))
        return made


def _compared_after(flow: Flow, asked: Action) -> Mapping[Path, tuple[str, ...]]:
    """The nearest comparison of a value counts most: those behind it see what it let through."""
    known = {action.identifier: action for action in flow.actions}
    found: dict[Path, list[str]] = {}
    seen, ahead = {asked.identifier}, deque(asked.targets())
    while ahead:
        name = ahead.popleft()
        if name in seen or name not in known:
            continue
        seen.add(name)
        action = known[name]
        compared = action.parameters.get("ComparisonValue")
        if isinstance(compared, str) and is_reference(compared):
            path, values = tuple(steps(compared)), list(_beside(action))
            found[path] = [*found[path], *values] if path in found else values * _NEAREST
        if action.type != asked.type:
            ahead += action.targets()
    return {path: tuple(values) for path, values in found.items()}


def _reads(action: Action) -> Iterator[tuple[Path, tuple[str, ...]]]:
    compared = action.parameters.get("ComparisonValue")
    if isinstance(compared, str) and is_reference(compared):
        yield tuple(steps(compared)), tuple(_beside(action))
    for name, text in texts(action.parameters, ""):
        for found in REFERENCE.finditer(text):
            yield tuple(steps(found[0])), WANTED.get(name, ())


def _beside(action: Action) -> Iterator[str]:
    """Each operand, and for an order of numbers its neighbours."""
    for condition in action.conditions:
        operand = condition.operands[0]
        if condition.operator.startswith("Number") and operand.lstrip("-").isdecimal():
            yield from (str(int(operand) + step) for step in (-1, 0, 1))
        elif not is_reference(operand):
            yield operand


def texts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from texts(inner, str(key))
            yield from texts(str(key), "")
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, name)
    elif isinstance(value, str):
        yield name, value


def copies(action: Action) -> Iterator[tuple[Path, str]]:
    """The attributes that an action sets, and to what: a reference, or a text."""
    for parameter, namespace in (("Attributes", "Attributes"), ("FlowAttributes", "FlowAttributes")):
        given = action.parameters.get(parameter)
        for name, value in given.items() if isinstance(given, Mapping) else ():
            yield (namespace, str(name)), str(value.get("Value") if isinstance(value, Mapping) else value)
