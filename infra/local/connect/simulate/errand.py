"""A branch that a simulated call sets out for, the ways that lead there, and the values that open them."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from infra.local.connect.catalogue import is_true
from infra.local.connect.language import Action, Flow
from infra.local.connect.simulate.guesses import WANTED, Path, copies, texts
from infra.local.connect.simulate.ways import Branch, Value, branches, targets, way_of
from infra.local.connect.values import is_reference, steps

MOST_DETOURS = 500  # actions and pauses until it is given up: some branches cannot be reached
_OTHERS: tuple[Value, ...] = ("something", "0", None)
_NOT_THERE: Path = ()


@dataclass(frozen=True, slots=True)
class Want:
    """What a value must be like for a way to open, and values that may be."""

    candidates: tuple[Value, ...]
    fits: Callable[[Value], bool]


class Errand:
    """Of one call. `way` says how the next action should come out, empty where it does not matter any more."""

    def __init__(self, flow: Flow, goal: Branch, dice: random.Random) -> None:
        self._flow, self._goal = flow, goal
        self._actions = {action.identifier: action for action in flow.actions}
        self._ways = _towards(flow, goal, dice)
        self._left = MOST_DETOURS

    def way(self, flow: Flow, action: Action) -> str:
        if flow is not self._flow or action.identifier not in self._ways or not self.lasts():
            return ""
        return self._ways[action.identifier]

    def lasts(self) -> bool:
        """Whether the call is still on it; each question is a part of its patience."""
        self._left -= 1
        return self._left > 0

    def took(self, flow: Flow, action: Action, way: str) -> None:
        if flow is self._flow and (action.identifier, way) == self._goal:
            self._left = 0

    def values(self, namespace: str, asked: Action | None = None) -> dict[Path, Value]:
        """What the branches ahead ask of a namespace that is given now: by this action, or before the first one."""
        if self._left <= 0 or (asked is not None and asked.identifier not in self._ways):
            return {}
        wants: dict[Path, list[Want]] = {}
        for path, want in self._ahead(asked):
            if path and path[0] == namespace:
                wants.setdefault(path, []).append(want)
        return {path: _best(each) for path, each in wants.items()}

    def _ahead(self, asked: Action | None) -> Iterator[tuple[Path, Want]]:
        """What the actions on the route read, under the name that it has now: attributes are copied on the way."""
        held: dict[Path, Path] = {}
        replaced: set[str] = set()

        def origin(path: Path) -> Path:
            return held.get(path, _NOT_THERE if path[0] in replaced else path)

        for action, way in self._route(asked):
            for path, want in _wants(action, way):
                yield origin(path), want
            for to, text in copies(action):
                held[to] = origin(tuple(steps(text))) if is_reference(text) else _NOT_THERE
            replaced.add(_replaces(action))

    def _route(self, asked: Action | None) -> Iterator[tuple[Action, str]]:
        here = self._flow.start if asked is None else targets(asked).get(self._ways[asked.identifier])
        seen: set[str] = set()
        while here is not None and here in self._ways and here not in seen:
            seen.add(here)
            action, way = self._actions[here], self._ways[here]
            yield action, way
            here = None if (here, way) == self._goal else targets(action).get(way)


def value_for(action: Action, way: str) -> Value:
    return _best([_comparison(action, way)])


def _towards(flow: Flow, goal: Branch, dice: random.Random) -> dict[str, str]:
    """The way to take at each action from which the goal can be reached; another draw prefers other ways."""
    into: dict[str, list[Branch]] = {}
    for action in flow.actions:
        possible = branches(action) | ({"next"} if action.type == "InvokeFlowModule" else set())
        for way, target in sorted(targets(action).items()):
            if way in possible:
                into.setdefault(target, []).append((action.identifier, way))
    ways: dict[str, str] = {}
    ahead: list[tuple[float, str, str]] = [(0.0, *goal)]
    while ahead:
        far, here, way = heapq.heappop(ahead)
        if here in ways:
            continue
        ways[here] = way
        for before, by in into.get(here, ()):
            heapq.heappush(ahead, (far + 0.5 + dice.random(), before, by))
    return ways


def _wants(action: Action, way: str) -> Iterator[tuple[Path, Want]]:
    compared = action.parameters.get("ComparisonValue")
    if isinstance(compared, str) and is_reference(compared):
        yield tuple(steps(compared)), _comparison(action, way)
    for name, text in texts(action.parameters, ""):
        if name in WANTED and is_reference(text):
            value = WANTED[name][-1 if way == "InvalidCallbackNumber" else 0]
            yield tuple(steps(text)), Want((value,), value.__eq__)


def _replaces(action: Action) -> str:
    """The namespace that an action fills anew; empty if none."""
    match action.type:
        case "InvokeLambdaFunction":
            return "External"
        case "GetMetricData":
            return "Metrics"
        case "GetParticipantInput" if is_true(action.parameters.get("StoreInput")):
            return "StoredCustomerInput"
    return ""


def _comparison(action: Action, way: str) -> Want:
    known: list[Value] = []
    for condition in action.conditions:
        operand = condition.operands[0]
        if operand.removeprefix("-").isdecimal():
            known += [str(int(operand) + step) for step in (0, 1, -1)]
        elif not is_reference(operand):
            known.append(operand)
    return Want((*known, *_OTHERS), lambda value: way_of(action, value) == way)


def _best(wants: list[Want]) -> Value:
    """The value that opens most of the ways."""
    candidates = [value for want in wants for value in want.candidates]
    return max(candidates, key=lambda value: sum(want.fits(value) for want in wants))


def put(made: dict[str, object], values: Mapping[Path, Value]) -> None:
    """Into a namespace as it stands."""
    for path, value in values.items():
        here = made
        for step in path[1:-1]:
            inner = here.get(step)
            if not isinstance(inner, dict):
                inner = here[step] = {}
            here = inner
        if value is None:
            here.pop(path[-1], None)
        else:
            here[path[-1]] = value
