"""A call without an agent: a number is called because the API was asked to, and the flow runs when it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from infra.local.connect.actions.contact import MOST_ATTRIBUTE_BYTES
from infra.local.connect.errors import NotNow, NotOnTheLine
from infra.local.connect.language import Flow, FlowType
from infra.local.connect.parties import Call, Reason, Segment

if TYPE_CHECKING:
    from infra.local.connect.board import Board

RING_S = 60  # unless the request says otherwise
SHORTEST_RING_S, LONGEST_RING_S = 15, 60
TOKEN_DAYS = 7  # so long a repeated request is the same contact
_NAME = re.compile(r"[\w-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What StartOutboundVoiceContact is asked. `caller_id` is one of the instance's numbers, or a queue names one."""

    number: str
    flow: str  # id or ARN
    caller_id: str = ""
    queue: str = ""  # id or ARN
    attributes: Mapping[str, str] = field(default_factory=dict)
    related: str = ""  # a contact to which this one belongs
    token: str = ""
    ring_s: int = RING_S


class ApiCalls:
    def __init__(self, board: Board) -> None:
        self._board = board
        self._tokens: dict[str, tuple[str, datetime]] = {}

    def start(self, wanted: Wanted) -> str:
        """The contact's id; a token that comes again is that of the first time, and nothing rings twice.

        Raises NotOnTheLine for a flow, a queue or a contact that is not here, NotNow for what cannot be dialled so.
        """
        if known := self._known(wanted.token):
            return known
        flow = self._flow(wanted.flow)
        caller_id = self._caller_id(wanted)
        _demand_attributes(wanted.attributes)
        if not SHORTEST_RING_S <= wanted.ring_s <= LONGEST_RING_S:
            raise NotNow(f"a telephone rings for {SHORTEST_RING_S} to {LONGEST_RING_S} s, not {wanted.ring_s}")
        if wanted.related and wanted.related not in self._board.contacts:
            raise NotOnTheLine(f"there is no contact {wanted.related}")
        segment = self._open(wanted, caller_id)
        if wanted.token:
            self._tokens[wanted.token] = (segment.contact_id, self._board.clock.now())
        self._board.outside.customer(
            segment, caller_id, lambda: self._answered(segment, flow), lambda error: self._not_reached(segment, error),
            ring_s=wanted.ring_s,
        )  # fmt: skip
        return segment.contact_id

    def _open(self, wanted: Wanted, caller_id: str) -> Segment:
        board = self._board
        call = Call(
            id=board.mint(), customer=wanted.number, dialled="", began_at=board.clock.now(), on_line=False
        )  # fmt: skip
        board.open(call)
        return board.begin(
            call, "API", caller_id=caller_id, attributes=wanted.attributes, related=wanted.related
        )  # fmt: skip

    def _known(self, token: str) -> str:
        oldest = self._board.clock.now() - timedelta(days=TOKEN_DAYS)
        self._tokens = {name: known for name, known in self._tokens.items() if known[1] > oldest}
        return self._tokens[token][0] if token in self._tokens else ""

    def _flow(self, reference: str) -> Flow:
        flow = self._board.library.find(reference)
        if flow is None:
            raise NotOnTheLine(f"there is no flow {reference}")
        if flow.type is not FlowType.INBOUND:
            raise NotNow(
                f"{flow.name} is a flow of type {flow.type.value}: a call begins with a {FlowType.INBOUND.value}"
            )
        return flow

    def _caller_id(self, wanted: Wanted) -> str:
        queue = self._board.floor.queue(wanted.queue) if wanted.queue else None
        if wanted.queue and queue is None:
            raise NotOnTheLine(f"there is no queue {wanted.queue}")
        if not wanted.caller_id and queue is None:
            raise NotNow("which number is shown? Name a source phone number or a queue")
        return wanted.caller_id or self._board.setup.caller_id

    def _answered(self, segment: Segment, flow: Flow) -> None:
        self._board.answers(segment)
        self._board.run(segment, flow, lambda end: self._board.waiting.first_flow_over(segment, end))

    def _not_reached(self, segment: Segment, error: str) -> None:
        self._board.note(segment.call, f"{segment.call.customer} was not reached: {error}")
        self._board.drop(segment.call, Reason.TELECOM)


def _demand_attributes(attributes: Mapping[str, str]) -> None:
    for name in attributes:
        if not _NAME.fullmatch(name):
            raise NotNow(f"{name!r} is no name for an attribute: letters, digits, dash and underscore are")
    size = sum(len(name.encode()) + len(value.encode()) for name, value in attributes.items())
    if size > MOST_ATTRIBUTE_BYTES:
        raise NotNow(f"the attributes have {size} bytes, and at most {MOST_ATTRIBUTE_BYTES} may be")
