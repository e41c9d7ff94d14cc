"""A small exchange for tests of the telephones: flows of a few actions, no Lambda, calls recorded, a virtual clock.

Key 1 puts a caller into the queue that everyone answers, key 2 asks for a callback. A transfer goes to `transfer_to`:
an agent's name or a number.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from infra.local.connect.clock import VirtualClock
from infra.local.connect.exchange import Exchange, Setup
from infra.local.connect.language import VERSION, Flow, FlowType
from infra.local.connect.library import Library, flow_arn, queue_arn
from infra.local.connect.parties import Call, Take
from infra.local.connect.script import Reply
from infra.local.connect.validator import load
from tests.fakes.flows import action

MORNING = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
CUSTOMER, CENTRE, COLLEAGUE = "+15557654321", "+15550100100", "+15550100777"
GREETING = "Welcome to the lamp shop."
_ANY, _NONE, _FULL, _LATE = "NoMatchingError", "NoMatchingCondition", "QueueAtCapacity", "InputTimeLimitExceeded"
_NAMES = {"Attributes": {"tenantId": "shop", "tenantName": "Luna Shop"}, "TargetContact": "Current"}
_BYE = action("bye", "DisconnectParticipant", ends=True)


class NoLambdas:
    def invoke(self, function: str, event: Mapping[str, Any], then: Callable[[Reply], None]) -> None:
        raise AssertionError("no flow of this exchange asks a Lambda")


class Kept:
    """A port that keeps what is put into it."""

    def __init__(self) -> None:
        self.all: list[Any] = []

    def put(self, one: Mapping[str, Any], *more: object) -> None:
        self.all.append(json.loads(json.dumps(one)))


class Tapes:
    def __init__(self) -> None:
        self.takes: list[Take] = []

    def put(self, take: Take) -> None:
        self.takes.append(take)


class LampShop:
    def __init__(self, transfer_to: str = "jonas") -> None:
        self.clock = VirtualClock(MORNING)
        self.texts: dict[str, list[dict[str, str]]] = {}  # by number, as the emulator keeps them
        self.events, self.records, self.people, self.tapes = Kept(), Kept(), Kept(), Tapes()
        count = itertools.count(1)
        self.exchange = Exchange(
            clock=self.clock,
            library=Library(flows(transfer_to)),
            lambdas=NoLambdas(),
            events=self.events,
            records=self.records,
            people=self.people,
            tapes=self.tapes,
            mint=lambda: f"connect-{next(count):04d}",
            setup=Setup(caller_id=CENTRE, recordings_bucket="tapes"),
        )

    def connected(self, agent: str = "maria") -> Call:
        """A customer talks to this agent."""
        self.exchange.sign_in(agent, agent.title())
        call = self.exchange.dial(CENTRE, CUSTOMER, "1")
        self.clock.advance(10)
        self.exchange.accept(agent)
        self.clock.advance(1)
        return call


def flows(transfer_to: str) -> dict[str, Flow]:
    transfer = _outside(transfer_to) if transfer_to.startswith("+") else _agent(transfer_to)
    made = {
        "InboundFlowArn": (FlowType.INBOUND, _inbound()),
        "OutboundWhisperFlowArn": (FlowType.OUTBOUND_WHISPER, _outbound()),
        "QueueTransferFlowArn": (FlowType.QUEUE_TRANSFER, transfer),
    }
    return {
        flow_arn(name): load(json.dumps(_document(actions)), name=name, type=type)
        for name, (type, actions) in made.items()
    }


def _document(actions: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": VERSION, "StartAction": actions[0]["Identifier"], "Metadata": {}, "Actions": actions}


def _inbound() -> list[dict[str, Any]]:
    language = {"LanguageCode": "de-DE", "TargetContact": "Current"}
    recorded = {"RecordingBehavior": {"RecordedParticipants": ["Agent", "Customer"]}}
    menu = {"Text": "Press 1 for us.", "StoreInput": "False", "InputTimeLimitSeconds": "60"}
    return [
        action("name", "UpdateContactAttributes", _NAMES, [_ANY], to="language"),
        action("language", "UpdateContactData", language, [_ANY], to="record"),
        action("record", "UpdateContactRecordingBehavior", recorded, to="greet"),
        action("greet", "MessageParticipant", {"Text": GREETING}, [_ANY], to="menu"),
        _menu(action("menu", "GetParticipantInput", menu, [_NONE, _ANY, _LATE], [("Equals", "1"), ("Equals", "2")])),
        action("aim", "UpdateContactTargetQueue", {"QueueId": queue_arn("FallbackQueueArn")}, [_ANY], to="queue"),
        action("queue", "TransferContactToQueue", {}, [_ANY, _FULL], to="bye"),
        action(
            "number",
            "UpdateContactCallbackNumber",
            {"CallbackNumber": "$.CustomerEndpoint.Address"},
            ["InvalidCallbackNumber", "CallbackNumberNotDialable"],
            to="back",
        ),
        action(
            "back",
            "CreateCallbackContact",
            {
                "InitialCallDelaySeconds": "5",
                "RetryDelaySeconds": "60",
                "MaximumConnectionAttempts": "2",
                "QueueId": queue_arn("FallbackQueueArn"),
            },
            [_ANY],
            to="bye",
        ),
        _BYE,
    ]


def _menu(menu: dict[str, Any]) -> dict[str, Any]:
    """Any other key says it all again."""
    ways = menu["Transitions"]
    ways["NextAction"] = "greet"
    for error in ways["Errors"]:
        error["NextAction"] = "greet"
    for condition, to in zip(ways["Conditions"], ("aim", "number"), strict=True):
        condition["NextAction"] = to
    return menu


def _outbound() -> list[dict[str, Any]]:
    return [
        action("name", "UpdateContactAttributes", _NAMES, [_ANY], to="dial"),
        action("dial", "CompleteOutboundCall", {"CallerId": {"Number": CENTRE}}, to="end"),
        action("end", "EndFlowExecution", ends=True),
    ]


def _agent(name: str) -> list[dict[str, Any]]:
    return [
        action("aim", "UpdateContactTargetQueue", {"AgentId": name}, [_ANY], to="queue"),
        action("queue", "TransferContactToQueue", {}, [_ANY, _FULL], to="bye"),
        _BYE,
    ]


def _outside(number: str) -> list[dict[str, Any]]:
    third = {
        "ThirdPartyPhoneNumber": number,
        "ThirdPartyConnectionTimeLimitSeconds": "30",
        "ContinueFlowExecution": "True",
    }
    late = ["CallFailed", "ConnectionTimeLimitExceeded", _ANY]
    return [action("dial", "TransferParticipantToThirdParty", third, late, to="bye"), _BYE]
