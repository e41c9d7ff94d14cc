"""A month of a whole operator, from the traffic of its clients to proven invoices, on the deployed local stack.

It replays every invoice and credit note there is: what this stack ever issued must come out as the same bytes.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from tests.deployed import Stack

MONTH, CLIENTS = "2026-10", {"plumber", "shop", "clinic"}


def bill(stack: Stack, *words: str) -> Any:
    """The answer of a command that went well, as JSON where it speaks it."""
    done = stack.manyline("bill", *words, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    try:
        return json.loads(done.stdout)
    except ValueError:
        return done.stdout


@pytest.fixture(scope="module")
def october(stack: Stack) -> str:
    """The sample month, told twice: the second time is silence."""
    first, second = bill(stack, "sample", MONTH), bill(stack, "sample", MONTH)
    assert "recorded" in first
    assert ("repeated)" in second, "quarantined" in second) == (True, False)
    return MONTH


def test_a_month_from_traffic_to_proven_invoices(stack: Stack, october: str, tmp_path: Path) -> None:
    drafted = bill(stack, "run", october, "--json")
    assert (drafted["state"], drafted["failed"]) == ("finished", 0)
    drafts = {row["tenant"]: (row["total"], row["currency"]) for row in drafted["rows"]}
    assert set(drafts) >= CLIENTS
    assert drafted["done"] == len(drafts)
    draft = bill(stack, "draft", "shop", october, "--json")
    assert (draft["total"], draft["currency"]["code"]) == drafts["shop"]

    # One of them by hand, the others by the run, which takes what is there.
    issued = bill(stack, "finalize", "plumber", october, "--save", str(tmp_path), "--json")
    final = bill(stack, "run", october, "--finalize", "--json")
    assert (final["state"], final["done"], final["failed"]) == ("finished", len(drafts), 0)
    rows = {row["tenant"]: row for row in final["rows"]}
    assert {tenant: (row["total"], row["currency"]) for tenant, row in rows.items()} == drafts
    assert rows["plumber"]["number"] == issued["number"]
    assert len({row["number"] for row in rows.values()}) == len(rows)
    again = bill(stack, "run", october, "--finalize", "--json")
    assert (again["attempt"], again["rows"]) == (final["attempt"], final["rows"]), "nothing is done twice"

    whole, part = divmod(issued["total"], 100)
    text = " ".join(page.extract_text() for page in PdfReader(tmp_path / f"{issued['number']}.pdf").pages)
    printed = text.replace("\u202f", ",").replace("\u2009", ",")
    assert (f"{whole:,}.{part:02d}" in printed, issued["number"] in text) == (True, True)
    assert (tmp_path / f"{issued['number']}.xml").read_text().startswith("<?xml")

    explained = bill(stack, "explain", "plumber", october, "2", "--most", "3", "--json")
    assert (explained["number"], len(explained["contacts"])) == (issued["number"], 3)
    disputed = explained["contacts"][1]["contact"]
    bill(stack, "dispute", "plumber", october, disputed, "--why", "we never called", "--user", "fiona@manyline.example")
    bill(stack, "accept", "plumber", october, disputed, "--reason", "goodwill")
    bill(stack, "credit", "shop", october, "--line", "1=100.00", "--reason", "a bad day")
    bill(stack, "pay", "clinic", october, "--reference", "BANK-1")
    states = {tenant: bill(stack, "list", tenant, "--json") for tenant in CLIENTS}
    shop, clinic = (next(one for one in states[name] if one["label"] == october) for name in ("shop", "clinic"))
    assert (shop["total"] - shop["left"], clinic["state"]) == (10_000, "paid")

    costs = bill(stack, "cost", october, "--json")
    assert {row["tenant"] for row in costs["clients"] if row["revenue"] > 0} == CLIENTS
    assert (
        sum(costs["time"]["pauses"].values()) + sum(costs["time"][name] for name in ("contacts", "dedicated", "idle"))
        == costs["time"]["login"]
    )

    proofs = bill(stack, "replay", "--all", "--json")
    assert len(proofs) >= 4
    assert [proof for proof in proofs if not proof["ok"]] == []


def test_a_month_that_runs_is_too_early_for_everybody_and_nobody_fails(stack: Stack) -> None:
    told = bill(stack, "run", f"{datetime.now(UTC):%Y-%m}", "--finalize", "--json")
    assert (told["done"], told["failed"], told["early"]) == (0, 0, len(told["rows"]))
