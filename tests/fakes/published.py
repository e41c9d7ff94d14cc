"""Published flows, by the end of their file's name; they lie outside the project."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from infra.local.connect.language import Action, Flow, FlowType
from infra.local.connect.validator import guess, load
from tests.fakes.scripted_stage import Inputs, Trace, play

_MARK = re.compile(r"<[^>]*>")
WHISPERS = (FlowType.AGENT_WHISPER, FlowType.OUTBOUND_WHISPER)


def folder() -> Path:
    """Skips the test where nobody says where the flows are."""
    given = os.environ.get("CONNECT_FLOW_CORPUS")
    if not given:
        pytest.skip("set CONNECT_FLOW_CORPUS to a folder of exported flows")
    return Path(given)


def published(name: str) -> Flow:
    return _loaded(folder(), name)


@cache
def _loaded(where: Path, name: str) -> Flow:
    (path,) = where.glob(f"*__{name}.json")
    return load(path.read_text(), name=name, type=guess(path.read_text(), path.name))


def documents() -> list[tuple[str, dict[str, Any]]]:
    return [(path.name, json.loads(path.read_text())) for path in sorted(folder().glob("*.json"))]


def action(flow: Flow, beginning: str) -> Action:
    """The action whose identifier begins so."""
    (found,) = [one for one in flow.actions if one.identifier.startswith(beginning)]
    return found


def prompt(flow: Flow, beginning: str) -> str:
    """The words that the file itself says at this action; a recording stands as its name."""
    given = action(flow, beginning).parameters
    message = given["Messages"][0] if "Messages" in given else given
    text = message.get("Text") or message.get("SSML")
    return _MARK.sub("", str(text)).strip() if text else f"[audio {str(message['PromptId']).rsplit('/', 1)[-1]}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Worked out by hand from the file. A word of `says` that begins with @ is the prompt of that action.

    What is None was not worked out, and is not looked at.
    """

    flow: str
    what: str
    given: Inputs = field(default_factory=Inputs)
    says: tuple[str, ...] = ()
    end: str = "disconnected"
    seconds: float = 0.0
    where: str = ""  # the flow in which it ends; empty: this one
    attributes: dict[str, str] | None = None
    asks: tuple[tuple[str, dict[str, str]], ...] | None = None
    hooks: dict[str, str] | None = None
    priority: int | None = None
    target: str | None = None

    def __str__(self) -> str:
        return f"{self.flow}: {self.what}"

    def play(self) -> Trace:
        flow = published(self.flow)
        return play(flow, self.given, to_agent=flow.type in WHISPERS)

    def check(self) -> Trace:
        flow, trace = published(self.flow), self.play()
        says = [prompt(flow, word[1:]) if word.startswith("@") else word for word in self.says]
        assert trace.spoken == says
        assert (trace.end, trace.seconds) == (self.end, self.seconds)
        assert trace.where == (self.where or self.flow)
        segment = trace.segment
        assert self.attributes is None or segment.attributes == self.attributes
        assert self.asks is None or tuple(trace.asked) == self.asks
        assert self.hooks is None or segment.hooks == self.hooks
        assert self.priority is None or segment.priority == self.priority
        assert self.target is None or (segment.target.arn if segment.target else "") == self.target
        return trace
