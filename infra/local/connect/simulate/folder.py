"""The flows that lie together, found by the ways in which exports name each other, and stand-ins for the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePath

from infra.local.connect.language import VERSION, Action, Flow, FlowType
from infra.local.connect.simulate.guesses import Guesses

_PLACEHOLDER = re.compile(r"\{\{(?:\w+\.)?(\w+)\.\w+\}\}|\$\{(\w+)\}|%(\w+)%")
_TAIL = re.compile(r"(flow)?(arn|id)?$")
STAND_IN = "stand-in"


class Folder:
    def __init__(self, flows: Iterable[Flow]) -> None:
        self.flows = tuple(flows)
        self.guesses = Guesses(self.flows)
        self._by_name: Mapping[str, Flow] = {
            plain(PurePath(flow.name).name.rsplit("__", 1)[-1]): flow for flow in self.flows
        }

    def find(self, reference: str | None) -> Flow | None:
        """By an ARN, an id, a name, or a placeholder of an exporter."""
        if not reference:
            return None
        held = _PLACEHOLDER.search(reference)
        name = next(part for part in held.groups() if part) if held else reference.rsplit("/", 1)[-1].split(":")[0]
        return self._by_name.get(plain(name))


def plain(name: str) -> str:
    """`customer_queue.json`, `${CustomerQueueFlowArn}` and `Customer Queue` are one name."""
    bare = re.sub(r"[^a-z0-9]", "", name.lower().removesuffix(".json"))
    return _TAIL.sub("", bare)


def stand_in_flow() -> Flow:
    """For a flow that lies elsewhere: the call is over there."""
    return _one(FlowType.INBOUND, "DisconnectParticipant", {})


def stand_in_module(result: str | None) -> Flow:
    """For a module that lies elsewhere: it returns one of the results that its caller knows."""
    return _one(FlowType.MODULE, "EndFlowModuleExecution", {"Result": result} if result else {})


def _one(type: FlowType, kind: str, parameters: Mapping[str, str]) -> Flow:
    action = Action("end", kind, parameters, None, (), ())
    return Flow(name=STAND_IN, type=type, version=VERSION, start="end", actions=(action,))
