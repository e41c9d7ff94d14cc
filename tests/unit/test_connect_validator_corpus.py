"""Published flows: each is what somebody's console exported, so none may be refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infra.flows import FLOWS
from infra.local.connect.language import FlowType
from infra.local.connect.validator import guess, load

# Words of a file's name → the type it must be taken for; every other one is inbound.
TYPES = {
    "AgentWhisper": FlowType.AGENT_WHISPER,
    "agent-whisper": FlowType.AGENT_WHISPER,
    "execution_whisper": FlowType.AGENT_WHISPER,
    "CustomerQueue": FlowType.CUSTOMER_QUEUE,
    "customer-queue": FlowType.CUSTOMER_QUEUE,
    "holds": FlowType.CUSTOMER_HOLD,
    "endFlowModule": FlowType.MODULE,
}
HIDDEN = "flow.json"  # a name that says nothing


def _published() -> list[Path]:
    folder = os.environ.get("CONNECT_FLOW_CORPUS")
    if not folder:
        pytest.skip("set CONNECT_FLOW_CORPUS to a folder of exported flows")
    return sorted(Path(folder).glob("*.json"))


def _expected(path: Path) -> FlowType:
    return next((type for word, type in TYPES.items() if word.lower() in path.name.lower()), FlowType.INBOUND)


def test_every_published_flow_may_be_run() -> None:
    paths = _published()
    assert len(paths) >= 21
    for path in paths:
        assert load(path.read_text(), name=path.name, type=guess(path.read_text(), path.name)).actions


def test_the_type_of_a_published_flow_is_guessed() -> None:
    for path in _published():
        assert guess(path.read_text(), path.name) is _expected(path), path.name


def test_our_own_flows_are_taken_for_what_they_are() -> None:
    for file in FLOWS.values():
        assert guess(file.read(), file.file) == file.type


def test_without_a_name_the_type_is_one_that_allows_every_action() -> None:
    assert guess(FLOWS["CustomerQueueFlowArn"].read(), HIDDEN) is FlowType.CUSTOMER_QUEUE
    assert guess(FLOWS["CustomerHoldFlowArn"].read(), HIDDEN) in (FlowType.CUSTOMER_QUEUE, FlowType.CUSTOMER_HOLD)
    assert guess(FLOWS["AgentWhisperFlowArn"].read(), HIDDEN) not in (FlowType.INBOUND, FlowType.CUSTOMER_HOLD)
    assert guess("nope", HIDDEN) is guess("[]", HIDDEN) is guess("{}", HIDDEN) is FlowType.INBOUND
