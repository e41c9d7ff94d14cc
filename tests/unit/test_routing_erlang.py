"""The queueing formulas: published figures, exact fractions, limits into each other, and known wrong answers."""

from __future__ import annotations

import json
import os
from fractions import Fraction
from math import exp, inf, isclose, lgamma, log, nan, sqrt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.kernel.errors import Invalid
from chalicelib.routing.model.erlang import delay, loss, patience, rules
from chalicelib.routing.model.erlang.patience import Level, impatient
from tests.vectors import __main__ as command
from tests.vectors.running import failures, rows

AGENTS = st.integers(1, 300)
BUSY = st.floats(0.02, 0.98)  # load per agent
AHT, WITHIN = st.floats(5, 2000), st.floats(0, 300)


def published() -> list[Any]:
    place = os.environ.get("ERLANG_VECTORS")
    if not place:
        why = "ERLANG_VECTORS does not name a file of published queueing figures"
        return [pytest.param({"id": "none"}, marks=pytest.mark.skip(reason=why))]
    return rows(Path(place))


@pytest.mark.parametrize("row", published(), ids=lambda row: row["id"])
def test_published_figures(row: dict[str, Any]) -> None:
    assert list(failures(row)) == []


@pytest.mark.parametrize("row", published(), ids=lambda row: row["id"])
def test_what_was_recomputed_for_them_to_ten_digits(row: dict[str, Any]) -> None:
    if row["model"] == "sqrt_rule_of_thumb":
        pytest.skip("recomputed there from a rounded load")
    tight = {key: 1e-10 * abs(float(value)) for key, value in row["exact"].items()}
    assert list(failures({**row, "status": "match", "tolerance": tight}, against="exact")) == []


def erlang_b_in_fractions(load: Fraction, lines: int) -> Fraction:
    term = whole = Fraction(1)
    for line in range(1, lines + 1):
        term = term * load / line
        whole += term
    return term / whole


def erlang_c_in_fractions(load: Fraction, agents: int) -> Fraction:
    blocked = erlang_b_in_fractions(load, agents)
    return blocked / (1 - load / agents * (1 - blocked))


@given(st.integers(1, 60), st.integers(1, 4000))
def test_blocking_is_what_fractions_say(lines: int, hundredths: int) -> None:
    exact = erlang_b_in_fractions(Fraction(hundredths, 100), lines)
    assert isclose(loss.blocking(hundredths / 100, lines), exact, rel_tol=1e-13)
    assert isclose(loss.log_blocking(hundredths / 100, lines), log(exact), rel_tol=1e-12, abs_tol=1e-13)


@given(st.integers(1, 60), BUSY)
def test_waiting_is_what_fractions_say(agents: int, busy: float) -> None:
    load = Fraction(round(busy * agents * 1000), 1000)
    assert isclose(delay.p_wait(float(load), agents), erlang_c_in_fractions(load, agents), rel_tol=1e-12)


def test_ten_thousand_lines_neither_overflow_nor_vanish() -> None:
    assert loss.blocking(1, 10_000) == 0.0
    # The other states weigh e together: ln B = -ln 10000! - 1.
    assert isclose(loss.log_blocking(1, 10_000), -lgamma(10_001) - 1, rel_tol=1e-12)
    assert isclose(loss.log_blocking(12_000, 10_000), log(loss.blocking(12_000, 10_000)), rel_tol=1e-12)
    assert isclose(delay.p_wait(9_900, 10_000), rules.halfin_whitt_p_wait(100 / sqrt(9_900)), rel_tol=0.01)


@given(st.integers(1, 200), st.floats(0.001, 0.9))
def test_the_load_of_lines_is_the_inverse_of_blocking(lines: int, blocked: float) -> None:
    assert isclose(loss.blocking(loss.load_for(lines, blocked), lines), blocked, rel_tol=1e-10)


@given(st.floats(0.1, 200), st.floats(0.001, 0.5))
def test_the_fewest_lines_are_enough_and_one_less_is_not(load: float, most: float) -> None:
    lines = loss.lines_for(load, most)
    assert loss.blocking(load, lines) <= most * (1 + 1e-11)
    assert lines == 1 or loss.blocking(load, lines - 1) > most


@given(st.floats(0.1, 100), st.integers(1, 120), st.floats(0, 0.95))
def test_retries_add_to_the_load_what_they_say(load: float, lines: int, retry: float) -> None:
    solved = loss.with_retries(load, lines, retry)
    assert isclose(solved.load, load + retry * solved.load * solved.blocked, rel_tol=1e-9)
    assert solved.blocked >= loss.blocking(load, lines) * (1 - 1e-9)
    if solved.blocked > 1e-9:
        again = loss.load_with_retries(lines, solved.blocked, retry)
        assert isclose(again, load, rel_tol=1e-6)


def test_all_who_are_turned_away_may_retry_only_below_the_lines() -> None:
    assert loss.with_retries(8, 10, 1).blocked > loss.blocking(8, 10)
    with pytest.raises(Invalid, match="more lines"):
        loss.with_retries(10, 10, 1)
    assert loss.lines_with_retries(10, 0.05, 1) > 10


@given(AGENTS, BUSY, AHT, WITHIN)
def test_more_agents_answer_sooner_and_more_load_later(agents: int, busy: float, aht_s: float, within_s: float) -> None:
    load = agents * busy
    level = delay.service_level(load, agents, aht_s, within_s)
    assert delay.service_level(load, agents + 1, aht_s, within_s) >= level - 1e-12
    assert delay.service_level(load * 0.9, agents, aht_s, within_s) >= level - 1e-12
    assert delay.service_level(load, agents, aht_s, within_s + 1) >= level - 1e-12
    assert delay.asa(load, agents + 1, aht_s) <= delay.asa(load, agents, aht_s) + 1e-12


@given(AGENTS, BUSY)
def test_the_states_of_a_queue_add_up_to_little_and_erlang(agents: int, busy: float) -> None:
    load = agents * busy
    states = [delay.p_in_system(load, agents, contacts) for contacts in range(agents)]
    assert isclose(1 - sum(states), delay.p_wait(load, agents), rel_tol=1e-6, abs_tol=1e-9)
    waits = delay.asa(load, agents, 240) * load / 240
    assert isclose(delay.queue_length(load, agents), waits, rel_tol=1e-9)


@given(st.floats(0.05, 250), st.floats(0.5, 0.99), st.floats(1, 120), AHT)
def test_the_fewest_agents_meet_the_level_and_one_less_does_not(
    load: float, level: float, within_s: float, aht_s: float
) -> None:
    agents = delay.agents_for(load, level=level, within_s=within_s, aht_s=aht_s)
    assert delay.service_level(load, agents, aht_s, within_s) >= level - 1e-9
    assert agents - 1 <= load or delay.service_level(load, agents - 1, aht_s, within_s) < level


def test_every_target_given_is_met_and_the_limit_of_occupancy_too() -> None:
    assert delay.agents_for(10, most_waiting=0.2) == 14
    assert delay.agents_for(10, asa_s=10, aht_s=180) == 14
    assert delay.agents_for(170, level=0.8, within_s=20, aht_s=240) == 179
    assert delay.agents_for(170, level=0.8, within_s=20, aht_s=240, occupancy_limit=0.85) == 200
    assert delay.agents_for(0, level=0.8, within_s=20, aht_s=240) == 1


@given(st.integers(2, 200), st.floats(0.05, 0.9))
def test_the_load_of_agents_is_the_inverse(agents: int, target: float) -> None:
    assert isclose(delay.p_wait(delay.load_for(agents, waiting=target), agents), target, rel_tol=1e-9)
    load = delay.load_for(agents, level=target, within_s=20, aht_s=240)
    assert isclose(delay.service_level(load, agents, 240, 20), target, rel_tol=1e-9)
    load = delay.load_for(agents, asa_s=12, aht_s=240)
    assert isclose(delay.asa(load, agents, 240), 12, rel_tol=1e-9)


@given(AGENTS, BUSY, AHT, WITHIN)
@settings(max_examples=40)
def test_patience_without_end_is_erlang_c(agents: int, busy: float, aht_s: float, within_s: float) -> None:
    load = agents * busy
    queue = impatient(load / aht_s, aht_s, 1e9 * aht_s, agents)
    assert isclose(queue.p_wait, delay.p_wait(load, agents), rel_tol=1e-5, abs_tol=1e-12)
    for definition in Level:
        level = delay.service_level(load, agents, aht_s, within_s)
        assert isclose(queue.service_level(within_s, definition), level, abs_tol=1e-5)


@given(AGENTS, st.floats(0.1, 2.0), st.floats(30, 2000), st.floats(1, 3000), WITHIN)
@example(1, 0.1, 60.0, 1.0, 5e-324)
@example(3, 0.8, 300.0, 3000.0, 1e-320)
def test_the_laws_that_hold_with_any_patience(
    agents: int, busy: float, aht_s: float, patience_s: float, within_s: float
) -> None:
    queue = impatient(agents * busy / aht_s, aht_s, patience_s, agents)
    # A wait that nobody limits ends in service or in an abandon.
    assert isclose(queue.service_level(1e9), 1 - queue.p_abandon, abs_tol=1e-9)
    assert queue.wait_s <= patience_s * (1 + 1e-9)
    assert queue.occupancy <= 1 + 1e-9
    ours, served, virtual, left = (queue.service_level(within_s, definition) for definition in Level)
    assert ours <= virtual + 1e-9 <= left + 2e-9
    assert ours <= served + 1e-9
    more = impatient(agents * busy / aht_s, aht_s, patience_s, agents + 1)
    assert more.service_level(within_s) >= ours - 1e-9
    assert more.p_abandon <= queue.p_abandon + 1e-9


def test_patience_as_long_as_service_leaves_a_poisson_number_there() -> None:
    # M/M/c+M with theta = mu is M/M/infinity: the number in the system is Poisson of the load.
    queue = impatient(0.05, 200, 200, 8)
    poisson = [exp(-10.0)]
    for number in range(1, 60):
        poisson.append(poisson[-1] * 10 / number)
    assert isclose(queue.p_wait, sum(poisson[8:]), rel_tol=1e-12)
    assert isclose(queue.queue, sum((n - 8) * p for n, p in enumerate(poisson) if n > 8), rel_tol=1e-12)


def test_no_place_to_wait_is_erlang_b() -> None:
    queue = impatient(0.1, 120, 60, 10, waiting_room=0)
    assert isclose(queue.p_blocked, loss.blocking(12, 10), rel_tol=1e-12)
    assert queue.p_wait == queue.p_abandon == 0


def test_four_service_levels_of_one_queue() -> None:
    queue = impatient(100 / 1800, 180, 300, 14)
    levels = [round(queue.service_level(20, definition), 6) for definition in Level]
    assert levels == [0.916792, 0.929794, 0.918714, 0.923956]


def test_the_fewest_agents_for_people_who_give_up() -> None:
    agents = patience.agents_for(100 / 1800, 180, 300, level=0.9, within_s=20)
    assert agents == 14
    assert patience.agents_for(100 / 1800, 180, 300, most_abandoned=0.02) == 14
    crowded = patience.agents_for(100 / 1800, 180, 300, level=0.5, within_s=20, occupancy_limit=0.7)
    assert impatient(100 / 1800, 180, 300, crowded).occupancy <= 0.7


def test_calls_of_one_unit_block_as_erlang_says_and_large_ones_more() -> None:
    alone = loss.shared_blocking(10, [loss.Kind(load=5, units=1)])
    assert isclose(alone[0], loss.blocking(5, 10), rel_tol=1e-12)
    small, large = loss.shared_blocking(10, [loss.Kind(load=4, units=1), loss.Kind(load=1, units=3)])
    assert small < large
    # By hand: 2 units, loads 1 (of 1 unit) and 1 (of 2): states 1, 1, 1.5.
    assert loss.shared_blocking(2, [loss.Kind(load=1, units=1), loss.Kind(load=1, units=2)]) == pytest.approx(
        [1.5 / 3.5, 2.5 / 3.5]
    )


def test_square_root_staffing_is_at_times_one_too_few() -> None:
    assert (rules.square_root_agents(10, 0.1), delay.agents_for(10, most_waiting=0.1)) == (15, 16)
    assert (rules.square_root_agents(500, 0.1), delay.agents_for(500, most_waiting=0.1)) == (532, 533)
    assert isclose(rules.halfin_whitt_p_wait(rules.beta_for(0.2)), 0.2, rel_tol=1e-12)


@given(st.integers(2, 30), st.floats(0.5, 40), st.floats(0.05, 0.6))
def test_one_pool_needs_no_more_than_several(pools: int, each: float, most: float) -> None:
    answer = rules.pooled(pools, each, most_waiting=most)
    assert answer.pooled <= answer.separate
    assert 0 <= answer.saved < 1


def test_shrinkage_is_paid_on_top() -> None:
    assert rules.positions(50, 0.2) == 63
    assert rules.positions(21, 0.3) == 30  # and not 31 for a rounding error
    assert rules.agents_of(100, 0.3) == 70
    assert rules.positions(12, 0) == 12


def test_several_chats_at_once_cost_an_agent_less_each() -> None:
    assert isclose(rules.concurrency(5000, 3600), 1.3888888888888888)
    assert rules.effective_aht(600, 1.5) == 400
    assert rules.most_at_once(6, 2) == 3
    assert rules.most_at_once(0.3, 0.1) == 3


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (delay.p_wait(20, 25), 0.261),  # a loop that stops one agent short
        (delay.asa(20, 25, 180), 9.410),
        (loss.blocking(180, 200), 0.012),
        (loss.blocking(10, 17), 0.0183),  # a guide's table
        (loss.occupancy(10, 17), 0.937),
        (delay.p_wait(10, 12), 0.2853),  # that is 13 agents
        (delay.service_level(5, 8, 300, 15), 0.75),  # a "published table"
        (delay.p_in_system(0.75, 1, 0), 0.178),  # a page of a textbook's tool
    ],
)
def test_known_wrong_answers_are_not_ours(ours: float, theirs: float) -> None:
    assert abs(ours - theirs) > 0.001


@pytest.mark.parametrize(
    ("ours", "exact"),
    [
        (delay.p_wait(20, 25), 0.20910),
        (delay.asa(20, 25, 180), 7.528),
        (loss.blocking(180, 200), 0.01032),
        (loss.blocking(10, 17), 0.01295),
        (loss.occupancy(10, 17), 0.5806),
        (delay.p_wait(10, 12), 0.4494),
        (delay.service_level(5, 8, 300, 15), 0.856),
        (delay.p_in_system(0.75, 1, 0), 0.25),
    ],
)
def test_and_these_are(ours: float, exact: float) -> None:
    assert abs(ours - exact) < 0.0005


def test_thirteen_agents_do_not_meet_eighty_percent() -> None:
    assert delay.service_level(10, 13, 180, 20) < 0.8
    assert delay.agents_for(10, level=0.8, within_s=20, aht_s=180) == 14


def test_a_load_that_the_agents_cannot_carry() -> None:
    assert delay.p_wait(1000, 900) == 1.0
    assert delay.service_level(10, 10, 180, 20) == 0.0
    for asked in (delay.asa, delay.wait_of_the_waiting, delay.sojourn):
        with pytest.raises(Invalid, match="more agents than load"):
            asked(10, 10, 180)
    for figure in (delay.queue_length, delay.in_system, delay.p_empty):
        with pytest.raises(Invalid, match="load"):
            figure(10.5, 10)


@pytest.mark.parametrize("bad", [-1, nan, inf, "10", None, True])
@pytest.mark.parametrize("field", ["load", "aht_s", "within_s", "agents"])
def test_what_is_no_number_is_refused_by_name(field: str, bad: Any) -> None:
    good: dict[str, Any] = {"load": 8.0, "agents": 10, "aht_s": 180, "within_s": 20}
    with pytest.raises(Invalid, match=field):
        delay.service_level(**{**good, field: bad})


@pytest.mark.parametrize("agents", [0, 2.5, 10_000_000])
def test_agents_are_a_count_of_people(agents: Any) -> None:
    for asked in (delay.p_wait, loss.blocking, loss.log_blocking, delay.occupancy):
        with pytest.raises(Invalid, match=r"agents|lines"):
            asked(5, agents)


@pytest.mark.parametrize("part", [0, 1, 1.2, -0.1, nan])
def test_a_target_is_a_part(part: float) -> None:
    with pytest.raises(Invalid, match=r"like 0\.8"):
        delay.agents_for(10, level=part, within_s=20, aht_s=180)
    with pytest.raises(Invalid, match="most_blocked"):
        loss.lines_for(10, part)
    if part:
        with pytest.raises(Invalid, match="shrinkage"):
            rules.positions(10, part)


def test_a_target_without_its_seconds_says_which_are_missing() -> None:
    with pytest.raises(Invalid, match="within_s: is missing"):
        delay.agents_for(10, level=0.8, aht_s=180)
    with pytest.raises(Invalid, match="aht_s: is missing"):
        delay.agents_for(10, asa_s=5)


def test_a_queue_beyond_all_counting_is_refused() -> None:
    with pytest.raises(Invalid, match="patience_s"):
        impatient(100, 100, 1e12, 100)


def test_the_command_says_what_failed_and_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = {"id": "good", "model": "erlang_b", "input": {"offered_load_erl": 1, "lines": 1}, "status": "match"}
    vectors = [
        {**good, "expected": {"p_block": 0.5}},
        {**good, "id": "minutes", "model": "mm1", "input": {"arrivals_per_min": 1, "service_s": 45}}
        | {"expected": {"wq_min": "2.25", "w_min": 3, "lq": 2.25, "p0": 0.25}},
        {**good, "id": "publisher-wrong", "expected": {"p_block": 0.4}, "exact": {"p_block": 0.5}}
        | {"status": "inconsistent"},
        {**good, "id": "cut-off", "model": "chat_concurrency", "input": {"work_s": 5000, "engaged_s": 3600}}
        | {"status": "rounding", "expected": {"concurrency": "1.38"}, "tolerance": {"concurrency": 0.005}},
        {**good, "id": "we-wrong", "expected": {"p_block": 0.51}, "tolerance": {"p_block": 0.005}},
        {**good, "id": "strange", "model": "erlang_z", "expected": {"p_block": 0.5}},
        {**good, "id": "poor", "input": {"lines": 1}, "expected": {"p_block": 0.5}},
    ]
    file = tmp_path / "vectors.json"
    file.write_text(json.dumps({"meta": {}, "vectors": vectors}))
    assert command.main(str(file)) == 1
    *told, known, last = capsys.readouterr().out.splitlines()
    assert last == "4 passed, 3 failed"
    assert [line.partition(":")[0] for line in told] == ["we-wrong", "strange", "poor"]
    assert "0.5, theirs 0.51" in told[0]
    assert "erlang_b" in known


@pytest.mark.parametrize(
    ("model", "input_", "expected"),
    [
        ("erlang_b", {"servers": 10, "calls": 100, "interval_min": 30, "aht_min": 3}, {"p_block_pct": "21.458"}),
        ("erlang_c", {"load_erl": 10, "servers": 14, "aht_min": 3, "threshold_s": 20}, {"sl_pct": "88.835"}),
        ("erlang_c", {"arrivals_per_h": 200, "service_rate_per_h": 20, "agents": 14}, {"wq_min": "0.1306"}),
        ("erlang_c_agents", {"offered_load": 10, "max_asa_s": 10, "aht_s": 180}, {"agents": 14}),
        ("erlang_c_traffic", {"agents": 14, "sl_target": 0.8, "threshold_s": 20, "aht_s": 180},
         {"load_erl": "10.868"}),
        ("erlang_a", {"calls": 100, "interval_s": 1800, "aht_s": 180, "theta_per_min": 0.2, "agents": 14}
         | {"threshold_s": 20}, {"sl_virtual": "0.918714", "sl_left_by_t": "0.923956", "p_abandon_pct": "1.3984"}),
        ("kaufman_roberts", {"capacity": 2, "classes": [{"load_erl": 1, "units": 1}, {"load_erl": 1, "units": 2}]},
         {"p_block": ["0.42857", "0.71429"]}),
        ("extended_erlang_b", {"lines": 1000, "p_block": 0.38574120944577595, "retry": 0.2},
         {"offered_load_erl": "1500.0"}),
        ("occupancy", {"busy_min": 45, "idle_min": 15}, {"occupancy_pct": "75.0"}),
    ],
)  # fmt: skip
def test_publishers_have_their_own_words_and_units(model: str, input_: Any, expected: Any) -> None:
    assert list(failures({"model": model, "input": input_, "expected": expected, "status": "match"})) == []


def test_a_file_that_is_no_vectors_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.json"
    for text in ("{", "[1]", '{"rows": []}'):
        file.write_text(text)
        assert command.main(str(file)) == 1
    assert command.main(str(tmp_path / "nowhere.json")) == 1
    told = capsys.readouterr().out
    assert told.count("0 passed, 1 failed") == 4
    assert "a file of vectors is" in told
