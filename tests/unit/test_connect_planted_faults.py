"""Faults of many kinds at seeded places of good flows: each is refused at publish time, or found by a run."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.connect.language import FlowType, read
from infra.local.connect.simulate.chances import PLAIN
from infra.local.connect.simulate.folder import Folder
from infra.local.connect.simulate.journey import run
from infra.local.connect.validator import check, guess
from tests.fakes.good_flows import good_flows
from tests.fakes.planted import ENDLESS, REFUSED, Doc, Plant
from tests.fakes.published import documents

SEEDS = 4
Good = tuple[str, FlowType, Doc]


def ours() -> list[Good]:
    return [(name, type, flow) for name, (type, flow) in good_flows().items()]


def theirs() -> list[Good]:
    return [(name, guess(json.dumps(flow), name), flow) for name, flow in documents()]


def rules(flow: Doc, type: FlowType) -> set[str]:
    return {finding.rule for finding in check(read(json.dumps(flow), name="planted", type=type))}


def planted(kind: str, plant: Plant, flows: list[Good], seeds: int = SEEDS) -> Iterator[tuple[str, FlowType, Doc]]:
    """A copy of each flow that has a place for the fault, at as many places as there are seeds."""
    for name, type, good in flows:
        for seed in range(seeds):
            flow = copy.deepcopy(good)
            if plant(random.Random(f"{kind} {name} {seed}"), flow):
                yield f"{name} {seed}", type, flow


def kinds(rows: list[tuple[str, Plant, str]]) -> list[Any]:
    return [pytest.param(kind, plant, found, id=kind) for kind, plant, found in rows]


def assert_refused(kind: str, plant: Plant, rule: str, flows: list[Good], seeds: int = SEEDS) -> int:
    cases = list(planted(kind, plant, flows, seeds))
    missed = [place for place, type, flow in cases if rule not in rules(flow, type)]
    assert missed == []
    return len(cases)


def test_the_flows_have_no_fault_before_one_is_planted() -> None:
    assert [name for name, type, flow in ours() if rules(flow, type)] == []


def test_there_are_thirty_kinds_of_faults_and_more() -> None:
    names = [kind for kind, *_ in (*REFUSED, *ENDLESS)]
    assert len(set(names)) == len(names) >= 60


@pytest.mark.parametrize(("kind", "plant", "rule"), kinds(REFUSED))
def test_a_fault_planted_in_a_good_flow_is_refused(kind: str, plant: Plant, rule: str) -> None:
    assert assert_refused(kind, plant, rule, ours()) >= SEEDS


@pytest.mark.parametrize(("kind", "plant", "rule"), kinds(REFUSED))
def test_a_fault_planted_in_a_published_flow_is_refused(kind: str, plant: Plant, rule: str) -> None:
    assert_refused(kind, plant, rule, theirs(), seeds=1)


@pytest.mark.parametrize(("kind", "plant", "end"), kinds(ENDLESS))
def test_a_fault_that_may_be_published_shows_in_a_run(kind: str, plant: Plant, end: str) -> None:
    flows = [good for good in ours() if good[1] is FlowType.INBOUND]
    for place, type, flow in planted(kind, plant, flows):
        assert rules(flow, type) == set(), place
        one = read(json.dumps(flow), name="planted", type=type)
        assert run(one, Folder([one]), 1, PLAIN).end == end, place


def test_a_good_flow_comes_to_a_good_end() -> None:
    for name, type, flow in ours():
        one = read(json.dumps(flow), name=name, type=type)
        ends = {run(one, Folder([one]), seed).end for seed in range(50)}
        assert not ends & {"unhandled", "ran-away", ""}, name
