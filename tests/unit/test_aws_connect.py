"""Calls by Amazon Connect's API: the real client asks the simulator, and botocore's own model holds what is said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.aws import clients, connect
from chalicelib.kernel.errors import Conflict, Unavailable
from infra.local.connect.api.model import model, must_fit
from infra.local.connect.language import FlowType
from infra.local.connect.web.connect_api import INSTANCE_ID
from infra.local.telephony import CONNECT_PATH
from tests.fakes.phone_door import app
from tests.fakes.stage import environment
from tests.fakes.switchboard import ANY, CALLER, FALLBACK, FRONT_DESK, HOLDING, LOOP, Switchboard, act, flow, to_queue
from tests.unit.test_connect_api_calls import notify

ENDED = datetime(2026, 11, 23, 15, 9, tzinfo=UTC)
ON_THIS_MACHINE = {
    "CONNECT_INSTANCE": INSTANCE_ID,
    "CONNECT_FLOW_DISPATCH": "notify",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def asked(board: Switchboard, story: Callable[[connect.Telephone], None]) -> None:
    async def run() -> None:
        async with TestServer(app(board.exchange, [FRONT_DESK])) as server:
            with environment(**ON_THIS_MACHINE, CONNECT_ENDPOINT_URL=str(server.make_url(CONNECT_PATH))):
                clients.client.cache_clear()
                connect._looked_up.cache_clear()
                await asyncio.to_thread(story, connect.Telephone())
                clients.client.cache_clear()

    asyncio.run(run())


def is_at(told: datetime | None, at: datetime | None) -> bool:
    """Connect tells milliseconds."""
    if told is None or at is None:
        return told is at
    return told.tzinfo is UTC and abs(told - at) < timedelta(milliseconds=1)


def rings(telephone: connect.Telephone, token: str = "dispatch:1:1", **other: str) -> str:
    told = {"number": CALLER, "caller_id": FRONT_DESK, "token": token, **other}
    return telephone.call(attributes={"tenantId": "plumber"}, **told)


def test_a_call_begins_once_for_a_token_and_stands_as_it_is_described() -> None:
    board = Switchboard(flows={"notify": notify()})
    calls: list[str] = []

    def story(telephone: connect.Telephone) -> None:
        calls.extend([rings(telephone), rings(telephone)])
        assert telephone.describe(calls[0]) == connect.Line()
        assert telephone.describe("nobody") is None

    asked(board, story)
    assert calls[0] == calls[1]
    (ring,) = board.exchange.outgoing.values()
    assert (ring.number, ring.caller_id, ring.segment.attributes) == (CALLER, FRONT_DESK, {"tenantId": "plumber"})
    board.clock.advance(4)
    board.exchange.answer_out(board.out())
    answered = board.clock.now()
    board.clock.advance(60)

    def later(telephone: connect.Telephone) -> None:
        line = telephone.describe(calls[0])
        assert line is not None
        assert is_at(line.connected_at, answered)
        assert is_at(line.ended_at, board.exchange.find(calls[0]).ended_at)

    asked(board, later)


@pytest.mark.parametrize("answered", [False, True])
def test_a_call_that_nobody_needs_any_more_rings_no_longer_and_who_answered_is_not_cut_off(answered: bool) -> None:
    board = Switchboard(flows={"notify": notify()})
    calls: list[str] = []
    asked(board, lambda telephone: calls.append(rings(telephone)))
    board.clock.advance(2)
    if answered:
        board.exchange.answer_out(board.out())

    def story(telephone: connect.Telephone) -> None:
        for call in (*calls, *calls, "nobody"):
            telephone.hush(call)

    asked(board, story)
    assert (board.exchange.find(calls[0]).ended_at is None) == answered


def test_what_is_not_taken_may_be_tried_again() -> None:
    board = Switchboard(flows={"notify": notify()})

    def story(telephone: connect.Telephone) -> None:
        with pytest.raises(Unavailable):
            rings(telephone, caller_id="+15559999999")
        with pytest.raises(Unavailable, match="flow nowhere"):
            rings(telephone, flow="nowhere")

    asked(board, story)
    assert not board.exchange.outgoing


def moving() -> Any:
    loop = {**LOOP, "Transitions": {"Conditions": [
        {"Condition": {"Operator": "Equals", "Operands": ["MessagesInterrupted"]}, "NextAction": "go"}]}}  # fmt: skip
    go = act(
        "go", "DequeueContactAndTransferToQueue", "loop", {ANY: "loop", "QueueAtCapacity": "loop"}, QueueId=HOLDING
    )
    return flow(FlowType.CUSTOMER_QUEUE, loop, go)


def test_who_was_sent_from_queue_to_queue_goes_on_until_the_last_part_ends() -> None:
    board = Switchboard(flows={"InboundFlowArn": to_queue(FALLBACK), "queue": moving()})
    call = board.dial()
    board.clock.advance(25)
    assert len(call.segments) > 2
    assert call.segments[0].ended_at is not None
    asked(board, lambda telephone: _stands(telephone, call.id, None))
    board.exchange.hang_up(call)
    asked(board, lambda telephone: _stands(telephone, call.id, call.ended_at))


def _stands(telephone: connect.Telephone, call: str, ended: datetime | None) -> None:
    line = telephone.describe(call)
    assert line is not None
    assert is_at(line.ended_at, ended)


def test_a_part_belongs_to_the_call_that_it_hangs_on_and_to_no_other() -> None:
    board = Switchboard(flows={"InboundFlowArn": to_queue(FALLBACK), "queue": moving()})
    call, other = board.dial(), board.dial()
    board.clock.advance(25)
    found: list[bool] = []

    def story(telephone: connect.Telephone) -> None:
        recording = connect.Recording()
        parts = [(call.now.contact_id, call.id), (call.id, call.id), (other.now.contact_id, call.id), ("x", call.id)]
        found.extend(recording.belongs(part, first) for part, first in parts)
        found.extend([telephone.goes_on(call.id), telephone.goes_on("x")])

    asked(board, story)
    assert found == [True, True, False, False, True, False]


# What the simulator never says, in the words of the service's model


class Says:
    """A client that answers one operation so, and holds what it is asked against botocore's model."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = model().operation_model("".join(word.title() for word in name.split("_")))

        def called(**words: Any) -> Any:
            must_fit(words, operation.input_shape)
            answer = self.answers[name]
            if isinstance(answer, list):
                answer = answer.pop(0)
            if isinstance(answer, str):
                told = {"Error": {"Code": answer, "Message": "no"}}
                assert answer == "TooManyRequestsException" or answer in {one.name for one in operation.error_shapes}
                raise ClientError(told, operation.name)
            if isinstance(answer, Exception):
                raise answer
            must_fit(answer, operation.output_shape)
            return answer

        return called


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[..., connect.Telephone]:
    def made(**answers: Any) -> connect.Telephone:
        client = Says(**answers)
        monkeypatch.setattr(connect, "_connect", lambda: client)
        for name, value in ON_THIS_MACHINE.items():
            monkeypatch.setenv(name, value)
        return connect.Telephone()

    return made


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("DestinationNotAllowedException", Conflict),
        ("OutboundContactNotPermittedException", Conflict),
        ("LimitExceededException", Unavailable),
        ("TooManyRequestsException", Unavailable),
        ("InternalServiceException", Unavailable),
        (EndpointConnectionError(endpoint_url="x"), Unavailable),
    ],
)
def test_who_may_never_be_called_is_told_from_what_may_be_tried_again(
    says: Callable[..., connect.Telephone], answer: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        rings(says(start_outbound_voice_contact=answer))


@pytest.mark.parametrize("answer", ["ThrottlingException", EndpointConnectionError(endpoint_url="x")])
def test_a_telephone_that_does_not_answer_knows_nothing_for_sure(
    says: Callable[..., connect.Telephone], answer: Any
) -> None:
    with pytest.raises(Unavailable):
        says(describe_contact=answer).describe("c")


def test_of_a_long_chain_every_page_is_read(says: Callable[..., connect.Telephone]) -> None:
    def part(contact: str, previous: str, **more: Any) -> dict[str, Any]:
        return {"ContactId": contact, "PreviousContactId": previous, "InitiationMethod": "QUEUE_TRANSFER", **more}

    first = {"Contact": {"Id": "a", "DisconnectTimestamp": ENDED}}
    pages = [
        {"ContactSummaryList": [part("c", "b", DisconnectTimestamp=ENDED)], "NextToken": "more"},
        {"ContactSummaryList": [part("b", "a", DisconnectTimestamp=ENDED), part("d", "c")]},
    ]
    line = says(describe_contact=first, list_associated_contacts=pages).describe("a")
    assert line == connect.Line()
    # Another agent's leg is another contact of ours.
    other = {"ContactSummaryList": [{**part("d", "a"), "InitiationMethod": "TRANSFER"}]}
    line = says(describe_contact=first, list_associated_contacts=other).describe("a")
    assert line == connect.Line(ended_at=ENDED)
