"""What stands behind a line, on a terminal: contacts as they are billed, as they came late, and as they waited."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from infra.cli.bill.explain import explain, show
from tests.fakes.front_door import PASSWORD, FrontDoor, Reply, front_door, in_turn

CONTACT = {"contact": "v1", "at": "2026-10-14T09:00:00.000Z", "seconds": {"talk": 60, "hold": 0, "wrap": 30}}
BILLED = {"counted": 90, "billed": 90, "after": 150, "free": "", "where": [{"tier": -1, "quantity": 90}]}
LATE = {"was_billed": 60, "billed": 90, "what": "changed"}
WAITED = {"waited": 25, "within_s": 20, "in_time": False}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (CONTACT | BILLED, ("60+0+30", "150", "90 included")),
        (CONTACT | LATE, ("60+0+30", "was billed", "60", "90", "changed")),
        (CONTACT | WAITED, ("25 s of 20 s", "too late")),
    ],
)
def test_each_kind_of_contact_has_its_columns(row: dict[str, Any], words: tuple[str, ...]) -> None:
    told = {
        "number": "INV-000001", "period": {"label": "2026-11"}, "line": {"text": "Calls", "rule": "so much"},
        "contacts": [row], "of": 2, "next": 1,
    }  # fmt: skip
    page = StringIO()
    show(Console(file=page, width=160), 3, told, "the same --after 1")
    assert all(word in page.getvalue() for word in ("# 3  Calls", "v1", *words, "1 of 2", "the same --after 1"))


def page(told: dict[str, Any], *, width: int = 80) -> str:
    shown = StringIO()
    told = {"number": None, "period": {"label": "2026-11"}, "line": {"text": "Calls", "rule": "so much"}} | told
    show(Console(file=shown, width=width), 1, told, "more")
    return shown.getvalue()


def test_eighty_columns_are_enough() -> None:
    name = "v0123456789abcdef0123"
    where = [{"tier": -1, "quantity": 900}, {"tier": 1, "quantity": 600}]
    row = CONTACT | BILLED | {"contact": name, "counted": 1481, "billed": 1500, "after": 360_150, "where": where}
    shown = page({"contacts": [row, row], "of": 2, "next": None})
    assert "…" not in shown
    assert [line.split()[:7] for line in shown.splitlines() if name in line] == [
        [name, "10-14", "09:00", "60+0+30", "1481", "1500", "360150"]
    ] * 2
    assert all(words in " ".join(shown.split()) for words in ("900", "included,", "600 in tier"))


def test_a_page_behind_the_last_contact_is_no_fee() -> None:
    assert "it is a fee" in page({"contacts": [], "of": 0, "next": None})
    beyond = page({"contacts": [], "of": 41, "next": None})
    assert ("it is a fee" in beyond, "41 contacts are behind this line" in beyond) == (False, True)


INVOICES = "/api/tenants/shop/invoices"
OPEN: dict[str, list[Reply]] = {
    f"GET {INVOICES}": [(200, {"invoices": [{"label": "2026-11", "number": None}]})],
    f"GET {INVOICES}/2026-11/draft": [
        (200, {"lines": [{"text": text, "contacts": 0, "rule": "so much"} for text in ("Base", "Calls")]})
    ],
}


def asked(answers: dict[str, list[Reply]], *words: str) -> tuple[Result, FrontDoor]:
    with front_door(in_turn(answers)) as door:
        told = ["shop", "2026-11", *words, "--url", door.url, "--password", PASSWORD]
        return CliRunner().invoke(explain, told, env={"COLUMNS": "80"}), door


def test_lines_count_from_1_as_on_paper_and_the_api_is_asked_for_its_places() -> None:
    shown, _ = asked(OPEN)
    assert [line.split()[:2] for line in shown.output.splitlines()[1:]] == [["1", "Base"], ["2", "Calls"]]
    told = {
        "number": None, "period": {"label": "2026-11"}, "line": {"text": "Calls", "rule": "so much"},
        "contacts": [CONTACT | BILLED], "of": 2, "next": 1, "cursor": "",
    }  # fmt: skip
    result, door = asked({f"GET {INVOICES}/2026-11/explain?line=1&after=0&most=50": [(200, told)]}, "2")
    assert result.exit_code == 0, result.output
    assert "# 2  Calls" in result.output
    assert "manyline bill explain shop 2026-11 2 --after 1" in " ".join(result.output.split())
    assert len(door.asked) == 1


def test_a_line_that_there_is_not_is_named_as_it_was_asked_for() -> None:
    missing: dict[str, list[Reply]] = {
        f"GET {INVOICES}/2026-11/explain?line=2&after=0&most=50": [(404, {"detail": "no line of 2026-11 '2' here"})]
    }
    result, _ = asked({**OPEN, **missing}, "3")
    assert (result.exit_code, result.output) == (1, "Error: shop has no line 3 in 2026-11: its lines are 1 to 2\n")
    assert asked(OPEN, "0")[0].exit_code == 2
