"""What the benches of calls claim is what they measure: names, real Lambdas, and each request by its step."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, cast

import pytest

from infra.local.connect.script import Reply
from tests.bench import __main__ as bench
from tests.bench import requests_, voice_flows
from tests.house import House


def test_the_name_of_the_issue_brings_the_calls_in_process_and_those_by_chance() -> None:
    named = {module for name, module in bench.MODULES.items() if name.startswith("voice.flows")}
    assert named == {"voice_flows", "voice_random"}


def test_calls_go_through_the_real_lambdas_and_the_memory_of_their_table_is_left_out() -> None:
    telephone = voice_flows._staffed(3)
    voice_flows._wave(telephone, 3, 0)
    assert telephone.database.tables["contacts"], "the Lambdas wrote nothing: somebody else answered"
    voice_flows._forget_contacts(telephone)
    assert not telephone.database.tables["contacts"]
    voice_flows._wave(telephone, 3, 3)  # and the next calls go on


def test_memory_is_not_read_while_somebody_talks() -> None:
    telephone = voice_flows._staffed(1)
    voice_flows._talk(telephone.exchange, telephone.clock, 1, 0)
    telephone.exchange.dial(voice_flows.PLUMBER, "+15557654321", "2")
    with pytest.raises(AssertionError, match="still in a call"):
        voice_flows._forget_contacts(telephone)


class Counting:
    """A house whose flows' Lambda asks two services."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter({"dynamodb.GetItem": 5})  # of what was before

    def invoke(self, name: str, event: dict[str, Any]) -> dict[str, str]:
        self.requests.update(["dynamodb.GetItem", "sqs.SendMessage", "secretsmanager.GetSecretValue"])
        return {"outcome": json.dumps(name)}


def test_a_step_counts_every_service_that_it_asks_and_none_of_what_was_before() -> None:
    steps: requests_.Steps = []
    replies: list[Reply] = []
    lambdas = requests_._Lambdas(cast(House, Counting()), steps)
    lambdas.invoke("arn", {"Details": {"Parameters": {"step": "choose"}}}, replies.append)
    assert steps == [
        ("choose", Counter({"dynamodb.GetItem": 1, "sqs.SendMessage": 1, "secretsmanager.GetSecretValue": 1}))
    ]
    assert replies[0].value == {"outcome": '"contact_flow"'}
    assert "3 in all: dynamodb.GetItem 1, secretsmanager.GetSecretValue 1" in requests_._told(steps[0][1])


@pytest.mark.parametrize(("count", "ok"), [(10, True), (11, False)])
def test_more_than_ten_requests_are_told_as_a_broken_limit(count: int, ok: bool) -> None:
    assert requests_._limited("requests.voice", count, "").ok is ok
