"""What must have run before an action, on every way that leads to it."""

from __future__ import annotations

from collections.abc import Iterator

from infra.local.connect.language import Finding, Flow
from infra.local.connect.validator.document import reached

_LOOP = "MessageParticipantIteratively"
_SPEAKS = frozenset({"MessageParticipant", "GetParticipantInput", "ConnectParticipantWithLexBot"})


def order(flow: Flow) -> Iterator[Finding]:
    yield from _dequeue(flow)
    yield from _dial(flow)


def _dequeue(flow: Flow) -> Iterator[Finding]:
    early = reached(flow, stop=frozenset({_LOOP}))
    for action in flow.actions:
        if action.type == "DequeueContactAndTransferToQueue" and action.identifier in early:
            says = f"a way leads here that has run no {_LOOP}"
            yield Finding(flow.name, "order", says, "let one run first, on every way", action.identifier)


def _dial(flow: Flow) -> Iterator[Finding]:
    """The first action that speaks to the customer dials by itself; a caller id after it comes too late."""
    dials = frozenset({"CompleteOutboundCall"})
    undialled = reached(flow, stop=dials)
    calls = [action for action in flow.actions if action.type in dials]
    for action in flow.actions:
        if calls and action.type in _SPEAKS and action.identifier in undialled:
            says = f"{action.type} dials before CompleteOutboundCall has run"
            yield Finding(flow.name, "order", says, "let CompleteOutboundCall run first", action.identifier)
