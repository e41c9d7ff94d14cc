"""The simulated floor against exact queueing theory: one client and one skill is first come, first served.

A mean over 20 days must lie within three standard errors of the exact value. The first hour of each day, in which the
floor fills up, is left out. Handle times of a minute and many hours keep the standard errors small enough to tell a
floor of 50 agents from one of 49 or 51.
"""

from collections.abc import Callable
from math import inf

import pytest

from chalicelib.routing.model.erlang import delay
from chalicelib.routing.model.erlang.patience import Level, impatient
from chalicelib.routing.service.outcome import Run, Tally
from chalicelib.routing.service.study import Study, study
from tests.bench.routing_cases import HOUR, one_queue, side_by_side

SEEDS = range(1, 21)
AGENTS = 50
AHT_S = 60.0
PATIENT_LOAD, PATIENT_TARGET_S = 46.0, 20.0
IMPATIENT_LOAD, PATIENCE_S, IMPATIENT_TARGET_S = 48.0, 120.0, 10.0  # 2,880 calls an hour


@pytest.fixture(scope="module")
def patient() -> Study:
    day = one_queue(AGENTS, PATIENT_LOAD, hours=25, aht_s=AHT_S, target_s=PATIENT_TARGET_S, patience_s=inf)
    with side_by_side() as each:
        return study(day, SEEDS, each)


@pytest.fixture(scope="module")
def impatient_study() -> Study:
    day = one_queue(AGENTS, IMPATIENT_LOAD, hours=13, aht_s=AHT_S, target_s=IMPATIENT_TARGET_S, patience_s=PATIENCE_S)
    with side_by_side() as each:
        return study(day, SEEDS, each)


def settled(figure: Callable[[Tally], float]) -> Callable[[Run], float]:
    return lambda run: figure(run.tally(since=HOUR))


def test_patient_customers_wait_as_erlang_c_says(patient: Study) -> None:
    exact = {
        "p(wait)": (lambda tally: tally.delayed, delay.p_wait(PATIENT_LOAD, AGENTS)),
        "asa": (lambda tally: tally.asa_s, delay.asa(PATIENT_LOAD, AGENTS, AHT_S)),
        "service level": (
            lambda tally: tally.service_level,
            delay.service_level(PATIENT_LOAD, AGENTS, AHT_S, PATIENT_TARGET_S),
        ),
    }
    for name, (figure, value) in exact.items():
        estimate = patient.over(settled(figure))
        assert estimate.n == len(SEEDS)
        assert estimate.agrees(value), f"{name}: {estimate}, exact {value}"
    occupancy = patient.occupancy(since=HOUR)
    assert occupancy.agrees(PATIENT_LOAD / AGENTS), occupancy
    queue = patient.over(lambda run: run.queue(since=HOUR))
    assert queue.agrees(delay.queue_length(PATIENT_LOAD, AGENTS)), queue


def test_the_patient_study_would_notice_one_agent_more_or_less(patient: Study) -> None:
    for agents in (AGENTS - 1, AGENTS + 1):
        level = delay.service_level(PATIENT_LOAD, agents, AHT_S, PATIENT_TARGET_S)
        assert not patient.over(settled(lambda tally: tally.service_level)).agrees(level)
        assert not patient.over(settled(lambda tally: tally.delayed)).agrees(delay.p_wait(PATIENT_LOAD, agents))


def test_impatient_customers_wait_and_leave_as_erlang_a_says(impatient_study: Study) -> None:
    queue = impatient(IMPATIENT_LOAD / AHT_S, AHT_S, PATIENCE_S, AGENTS)
    assert queue.p_abandon == pytest.approx(0.0309, abs=5e-5)  # of the published example
    exact: dict[str, tuple[Callable[[Tally], float], float]] = {
        "p(wait)": (lambda tally: tally.delayed, queue.p_wait),
        "abandonment": (lambda tally: tally.abandonment, queue.p_abandon),
        "mean wait": (lambda tally: tally.mean_wait_s, queue.wait_s),
        "served of all": (lambda tally: tally.service_level, queue.service_level(IMPATIENT_TARGET_S)),
        "served of served": (
            lambda tally: tally.within_of_answered,
            queue.service_level(IMPATIENT_TARGET_S, Level.SERVED_OF_SERVED),
        ),
        "left in time": (
            lambda tally: tally.left_queue_within,
            queue.service_level(IMPATIENT_TARGET_S, Level.LEFT_BY),
        ),
    }
    for name, (figure, value) in exact.items():
        estimate = impatient_study.over(settled(figure))
        assert estimate.agrees(value), f"{name}: {estimate}, exact {value}"
    occupancy = impatient_study.occupancy(since=HOUR)
    assert occupancy.agrees(queue.occupancy), occupancy


def test_the_definitions_of_service_level_are_told_apart(impatient_study: Study) -> None:
    queue = impatient(IMPATIENT_LOAD / AHT_S, AHT_S, PATIENCE_S, AGENTS)
    ours = impatient_study.over(settled(lambda tally: tally.service_level))
    for other in (Level.SERVED_OF_SERVED, Level.LEFT_BY):
        assert not ours.agrees(queue.service_level(IMPATIENT_TARGET_S, other))


def test_no_seat_is_idle_while_somebody_waits(patient: Study, impatient_study: Study) -> None:
    for found in (patient, impatient_study):
        assert all(run.idle_while_waiting_s() == 0 for run in found.runs)
