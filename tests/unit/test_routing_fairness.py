"""A storm on one client's line, on the real matcher: twenty clients share 200 agents, one calls five times as often.

In experiment a the clients have equal shares (204 Erlang in the storm); in b the storming one has a fifth of the
forecast (306 Erlang, half as much again as there are seats). Service level is answered within target / offered in the
two hours of the storm; the same 20 days for every rule.
"""

import pytest

from chalicelib.routing.service.study import study
from tests.bench.routing_cases import EXPERIMENTS, RULES, StormFigures, side_by_side, storm

SEEDS = range(1, 21)
KEPT = 0.96  # what the other nineteen keep
QUIET = 0.995  # what they have without a storm
# What is below these did not protect them. Measured: 0.95 and 0.02 by deadlines alone, 0.91 and 0.59 by reserve alone.
LOST = {("a", "deadlines"): 0.96, ("b", "deadlines"): 0.10, ("a", "reserve"): 0.94, ("b", "reserve"): 0.70}


@pytest.fixture(scope="module")
def storms() -> dict[tuple[str, str], StormFigures]:
    with side_by_side() as each:
        return {
            (experiment, name): StormFigures.of(study(storm(experiment, terms), SEEDS, each))
            for experiment in EXPERIMENTS
            for name, terms in RULES.items()
        }


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_the_others_keep_their_service_level(storms: dict[tuple[str, str], StormFigures], experiment: str) -> None:
    found = storms[experiment, "rule"]
    assert found.others.n == len(SEEDS)
    assert found.others.mean >= KEPT
    assert found.others.mean - found.others.error >= KEPT
    assert found.worst >= 0.94
    assert found.abandoned.mean < 0.03


@pytest.mark.parametrize("experiment", EXPERIMENTS)
@pytest.mark.parametrize("rule", ["deadlines", "reserve"])
def test_half_the_rule_does_not_protect_them(
    storms: dict[tuple[str, str], StormFigures], experiment: str, rule: str
) -> None:
    found = storms[experiment, rule]
    assert found.others.mean < LOST[experiment, rule]
    assert found.others.mean < storms[experiment, "rule"].others.mean - 5 * found.others.error
    assert found.worst < 0.92


def test_no_seat_is_idle_while_somebody_waits(storms: dict[tuple[str, str], StormFigures]) -> None:
    assert {key: found.idle.mean for key, found in storms.items()} == dict.fromkeys(storms, 0.0)


def test_the_rule_costs_no_work(storms: dict[tuple[str, str], StormFigures]) -> None:
    for experiment in EXPERIMENTS:
        busy = [storms[experiment, rule].occupancy.mean for rule in RULES]
        assert max(busy) - min(busy) < 0.002


def test_without_a_storm_everybody_is_served_well() -> None:
    with side_by_side() as each:
        found = StormFigures.of(study(storm("a", RULES["rule"], times=1.0), SEEDS, each))
    assert found.others.mean >= QUIET
    assert found.storming.mean >= QUIET
    assert found.idle.mean == 0
