"""`manyline bill run` and what goes with it, against a stage of a few lines."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from infra.cli.bill import COMMANDS, bill
from infra.cli.bill import run as running
from tests.fakes.front_door import PASSWORD, FrontDoor, front_door, in_turn
from tests.unit.test_billing_invoice_command import ISSUED

BEGUN = {
    "period": "2026-10", "kind": "final", "round": 1, "attempt": 1, "by": "fiona", "at": "2026-11-22T09:00:00.000Z",
    "state": "running", "clients": 4, "done": 1, "nothing": 0, "final_already": 0, "early": 0, "failed": 0, "left": 3,
    "totals": {"USD": "1446.37"}, "failures": [], "early_until": "",
}  # fmt: skip
STOPPED = {**BEGUN, "state": "stopped", "done": 2, "left": 2}
FAILED = {
    **BEGUN,
    **{"state": "finished", "done": 2, "failed": 1, "early": 1, "left": 0, "early_until": "2026-11-24T05:00:00.000Z"},
    "failures": [{"tenant": "shop", "reason": "the totals differ; rebuild them"}],
}
PROOFS = {"proofs": [{"tenant": "shop", "number": "INV-000001", "ok": True, "why": ""}]}


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[FrontDoor]:
    monkeypatch.setattr(running, "_EVERY_S", 0)
    with front_door() as door:
        yield door


def call(door: FrontDoor, *words: str) -> Result:
    return CliRunner().invoke(bill, [*words, "--url", door.url, "--password", PASSWORD], env={"COLUMNS": "160"})


RUN = "/api/billing/runs/2026-10/final"


def test_a_run_is_begun_and_watched_to_its_end(door: FrontDoor) -> None:
    door.answer = in_turn({f"POST {RUN}": [(200, BEGUN)], f"GET {RUN}": [(200, BEGUN), (200, FAILED)]})
    result = call(door, "run", "2026-10", "--finalize")
    assert result.exit_code == 1, "a client failed"
    assert "2026-10: 2 invoices of 4 clients, finished" in result.output
    assert "1446.37 USD in all" in result.output
    assert "shop" in result.output
    assert "the totals differ; rebuild them" in result.output
    assert "the first is ready on 2026-11-24" in result.output
    assert door.asked == [
        f"POST {RUN} {json.dumps({'anew': False, 'failed': False, 'only': []})}",
        f"GET {RUN}",
        f"GET {RUN}",
    ]


def test_what_was_cut_off_says_how_it_goes_on(door: FrontDoor) -> None:
    door.answer = in_turn({f"POST {RUN}": [(200, STOPPED)]})
    result = call(door, "run", "2026-10", "--finalize", "--again-failed", "--only", "shop")
    assert (result.exit_code, "2 not done yet" in result.output) == (1, True)
    assert door.asked == [f"POST {RUN} {json.dumps({'anew': False, 'failed': True, 'only': ['shop']})}"]


def test_status_begins_nothing(door: FrontDoor) -> None:
    door.answer = in_turn({f"GET {RUN}": [(200, {**STOPPED, "state": "not begun"})]})
    result = call(door, "run", "2026-10", "--finalize", "--status")
    assert (result.exit_code, result.output) == (0, "2026-10: no invoices yet\n")
    assert door.asked == [f"GET {RUN}"]


def test_an_invoice_is_never_issued_anew(door: FrontDoor) -> None:
    result = call(door, "run", "2026-10", "--finalize", "--anew")
    assert (result.exit_code, door.asked) == (2, [])


def test_a_replay_that_differs_is_told_and_fails(door: FrontDoor) -> None:
    bad = {"tenant": "shop", "number": "INV-000002", "ok": False, "why": "made again, it differs in lines"}
    door.answer = in_turn(
        {
            "GET /api/tenants": [(200, {"tenants": [{"tenant": "shop"}]})],
            "GET /api/tenants/shop/invoices": [(200, {"invoices": [ISSUED, {"label": "2026-11", "number": None}]})],
            "GET /api/tenants/shop/invoices/2026-10/replay": [
                (200, PROOFS),
                (200, {"proofs": [*PROOFS["proofs"], bad]}),
            ],
            "GET /api/billing/series/operator/INV?after=0": [(200, {"proofs": [], "next": 200})],
            "GET /api/billing/series/operator/INV?after=200": [(200, {"proofs": [], "next": None})],
            "GET /api/billing/series/operator/INV-cn?after=0": [(200, {"proofs": [], "next": None})],
        }
    )
    good = call(door, "replay", "--all")
    assert (good.exit_code, "1 documents made again are the same bytes, 0 are not" in good.output) == (0, True)
    worse = call(door, "replay", "shop")
    assert (worse.exit_code, "INV-000002 of shop: made again, it differs in lines" in worse.output) == (1, True)


def test_a_replay_is_of_one_client_or_of_all(door: FrontDoor) -> None:
    neither, both = call(door, "replay"), call(door, "replay", "shop", "--all")
    assert (neither.exit_code, "name a TENANT, or say --all" in neither.output) == (2, True)
    assert (both.exit_code, "leave out one of both" in both.output) == (2, True)
    assert door.asked == []


def test_whoever_may_not_replay_sees_no_bar(door: FrontDoor) -> None:
    listed = {"invoices": [ISSUED, {**ISSUED, "label": "2026-09"}]}
    place = "/api/tenants/shop/invoices"
    door.answer = in_turn(
        {f"GET {place}": [(200, listed)], f"GET {place}/2026-10/replay": [(403, {"detail": "not for you"})]}
    )
    refused = call(door, "replay", "shop")
    assert (refused.exit_code, refused.output) == (1, "Error: 403: not for you\n")
    proven = {f"GET {place}/{label}/replay": [(200, PROOFS)] for label in ("2026-10", "2026-09")}
    ends = {
        f"GET /api/billing/series/operator/{name}?after=0": [(200, {"proofs": [], "next": None})]
        for name in ("INV", "INV-cn")
    }
    door.answer = in_turn({f"GET {place}": [(200, listed)], **proven, **ends})
    shown = call(door, "replay", "shop")
    assert "made again" in shown.stderr
    assert "2 documents made again are the same bytes" in shown.output, "the first one counts, too"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does(name: str) -> None:
    result = CliRunner().invoke(bill, [name, "--help"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 3
