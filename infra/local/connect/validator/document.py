"""The file as a whole, and how its actions hang together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from infra.local.connect.language import VERSION, Action, Flow, FlowType
from infra.local.connect.validator.complaint import Complaint

MOST_ACTIONS = 250
LONGEST_IDENTIFIER = 50
MOST_NAMED = 10  # of the actions that cannot be reached
_BARRED = re.compile(r"[%:(\\/)=$,;\[\]{}]")
_BARRED_NAMES = frozenset({
    "__proto__", "constructor", "__defineGetter__", "__defineSetter__", "toString", "hasOwnProperty",
    "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "valueOf", "prototype",
})  # fmt: skip


def document(flow: Flow) -> Iterator[Complaint]:
    if flow.version != VERSION:
        yield "version", f"is version {flow.version!r}", f"Connect takes {VERSION} only"
    if len(flow.actions) > MOST_ACTIONS:
        yield "too-many-actions", f"has {len(flow.actions)} actions", f"split it: at most {MOST_ACTIONS}"
    yield from _settings(flow)
    counted = Counter(action.identifier for action in flow.actions)
    for twice in sorted(name for name, times in counted.items() if times > 1):
        yield "duplicate-identifier", f"{twice!r} names {counted[twice]} actions", "give each its own"
    if flow.start not in counted:
        yield "dangling", f"StartAction {flow.start!r} is no action", "name one that is there"


def unreachable(flow: Flow) -> Iterator[Complaint]:
    """One complaint for all of them: a single wrong target may cut off half of the flow."""
    known = {action.identifier: None for action in flow.actions}
    if flow.start not in known:
        return  # then nothing is reached
    seen = reached(flow)
    cut_off = [name for name in known if name not in seen]
    if not cut_off:
        return
    names = ", ".join([*cut_off[:MOST_NAMED], *(["…"] if len(cut_off) > MOST_NAMED else [])])
    says = f"{len(cut_off)} action{'s' if len(cut_off) > 1 else ''} cannot be reached: {names}"
    if any(target not in known for action in flow.actions for target in action.targets()):
        yield "unreachable", f"{says}; this follows from a target that is no action", "name a target that is there"
    else:
        yield "unreachable", says, "lead to them or take them out"


def _settings(flow: Flow) -> Iterator[Complaint]:
    if flow.has_settings and flow.type is not FlowType.MODULE:
        yield "settings", "has a Settings object", "only module content carries one"
    if not flow.has_settings and flow.type is FlowType.MODULE:
        yield "settings", "has no Settings object", "module content needs one, if only an empty one"
    for twice in sorted(name for name, times in Counter(flow.results()).items() if times > 1):
        yield "settings", f"declares the branch {twice!r} more than once", "declare it once"


def reached(flow: Flow, *, stop: frozenset[str] = frozenset()) -> set[str]:
    """The actions that lie on a way from the start which has not yet run a type of `stop`."""
    actions = {action.identifier: action for action in flow.actions}
    seen: set[str] = set()
    front = [flow.start]
    while front:
        here = front.pop()
        if here in seen or here not in actions:
            continue
        seen.add(here)
        if actions[here].type not in stop:
            front.extend(actions[here].targets())
    return seen


def identity(action: Action) -> Iterator[Complaint]:
    name = action.identifier
    if not name or len(name) > LONGEST_IDENTIFIER:
        yield "identifier", f"has {len(name)} characters", f"use 1 to {LONGEST_IDENTIFIER}"
    if _BARRED.search(name) or name in _BARRED_NAMES:
        yield "identifier", "holds a character or is a name that Connect bars", "use letters, digits, - and _"


def lost(action: Action, known: set[str]) -> Iterator[Complaint]:
    for target in dict.fromkeys(action.targets()):
        if target not in known:
            yield "dangling", f"leads to {target!r}, which is no action", "name one that is there"
