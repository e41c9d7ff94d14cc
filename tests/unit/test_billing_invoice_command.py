"""`manyline bill` on one client's invoices and credit notes, against a stage of a few lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chalicelib.billing.model.credit import on_lines
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.money import Money
from infra.cli.bill import bill
from tests.fakes.front_door import PASSWORD, FrontDoor, Reply, front_door, in_turn

ISSUED = {
    "tenant": "shop", "label": "2026-10", "number": "INV-000001", "state": "final", "issued_on": "2026-11-22",
    "due_on": "2026-12-06", "currency": "USD", "total": 144637, "left": 144637, "entity": "operator", "series": "INV",
}  # fmt: skip
FORMS = ("pdf", "json", "csv", "xml", "contacts.csv")
NOTE_FORMS = ("pdf", "json", "csv", "xml")
PLACE = "/api/tenants/shop/invoices"
OCTOBER = f"{PLACE}/2026-10"
NOTE = {
    "of": "INV-000001", "number": "INV-CN-000001", "net": 1250, "tax": 238, "total": 1488, "issued_on": "2026-11-23",
    "reason": "A dropped call", "by": "Fiona",
}  # fmt: skip
FINAL = {f"POST {OCTOBER}/finalize": [(409, {"detail": "2026-10 is final already, as INV-000001"})]}
LISTED: dict[str, list[Reply]] = {f"GET {PLACE}": [(200, {"invoices": [ISSUED]})]}
CREDITED: dict[str, list[Reply]] = {
    f"POST {OCTOBER}/credit": [(200, NOTE)],
    f"GET {PLACE}": [(200, {"invoices": [{**ISSUED, "left": 143149}]})],
}


def files(place: str, forms: tuple[str, ...] = FORMS) -> dict[str, list[Reply]]:
    return {f"GET {place}/files/{form}": [(200, form)] for form in forms}


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    with front_door() as door:
        yield door


def call(door: FrontDoor, *words: str, columns: int = 160) -> Result:
    told = [*words, "--url", door.url, "--password", PASSWORD]
    return CliRunner().invoke(bill, told, env={"COLUMNS": str(columns)})


def body(door: FrontDoor) -> Any:
    """Of the first request."""
    return json.loads(door.asked[0].split(" ", 2)[2])


def test_what_is_issued_already_stays_and_its_files_can_be_fetched(door: FrontDoor, tmp_path: Path) -> None:
    door.answer = in_turn({**FINAL, **LISTED, **files(OCTOBER)})
    without = call(door, "finalize", "shop", "2026-10")
    assert (without.exit_code, "final already" in without.output) == (1, True)
    result = call(door, "finalize", "shop", "2026-10", "--save", str(tmp_path / "new" / "folder"))
    assert (result.exit_code, "(issued already)" in result.output) == (0, True)
    assert f"INV-000001: {', '.join(FORMS)} in" in result.output
    found = {file.name: file.read_text() for file in (tmp_path / "new" / "folder").iterdir()}
    assert found == {f"INV-000001.{form}": form for form in FORMS}


def test_what_is_issued_is_told_before_its_files_are_fetched(door: FrontDoor, tmp_path: Path) -> None:
    door.answer = in_turn({f"POST {OCTOBER}/finalize": [(200, ISSUED)]})
    result = call(door, "finalize", "shop", "2026-10", "--save", str(tmp_path))
    assert result.output.startswith("INV-000001: 1446.37 USD, due on 2026-12-06\nError: 404")
    assert result.exit_code == 1


@pytest.mark.parametrize(
    "words",
    [
        ("finalize", "shop", "2026-10", "--save"),
        ("credit", "shop", "2026-10", "--reason", "x", "--everything", "--save"),
        ("notes", "shop", "2026-10", "--save"),
        ("draft", "shop", "2026-10", "--pdf"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_asked(
    door: FrontDoor, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("as it was")
    for place in ("/proc/x", str(tmp_path / "file" / "x")):
        result = call(door, *words, place)
        assert (result.exit_code, door.asked) == (1, [])
        assert result.output.startswith(f"Error: {place} cannot be written (")
        assert result.output.count("\n") == 1


def test_a_file_is_as_it_was_until_there_is_something_to_write(door: FrontDoor, tmp_path: Path) -> None:
    kept = tmp_path / "kept.pdf"
    kept.write_text("as it was")
    assert call(door, "draft", "shop", "2026-10", "--pdf", str(kept)).exit_code == 1
    assert call(door, "draft", "shop", "2026-10", "--pdf", str(tmp_path / "new.pdf")).exit_code == 1
    assert call(door, "finalize", "shop", "2026-10", "--save", str(tmp_path / "folder")).exit_code == 1
    assert ([file.name for file in tmp_path.iterdir()], kept.read_text()) == (["kept.pdf"], "as it was")


def test_one_that_takes_too_long_for_the_api_is_sent_to_the_run(door: FrontDoor) -> None:
    door.answer = in_turn({f"POST {OCTOBER}/finalize": [(504, {"message": "timed out"})]})
    result = call(door, "finalize", "shop", "2026-10")
    assert result.exit_code == 1
    assert "manyline bill run 2026-10 --finalize --only shop" in result.output


def test_credits_name_lines_as_they_are_printed_and_amounts(door: FrontDoor) -> None:
    door.answer = in_turn(CREDITED)
    result = call(door, "credit", "shop", "2026-10", "--line", "1=12.50", "--line", "3=1", "--reason", "Goodwill")
    assert result.output == "INV-CN-000001 on INV-000001; left to pay: 1431.49 USD\n"
    assert body(door) == {"reason": "Goodwill", "lines": {"0": "12.50", "2": "1"}}


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["12.50"], "has no '='"),
        (["0=1"], "count from 1"),
        (["-1=1"], "count from 1"),
        (["x=1"], "count from 1"),
        (["1=5", "1=6"], "line 1 is named twice"),
        (["1=5", "01=6"], "line 1 is named twice"),
    ],
)
def test_a_line_that_is_none_or_named_twice_is_refused(door: FrontDoor, lines: list[str], says: str) -> None:
    words = [word for line in lines for word in ("--line", line)]
    result = call(door, "credit", "shop", "2026-10", *words, "--reason", "x")
    assert (result.exit_code, says in result.output, door.asked) == (2, True, [])


@pytest.mark.parametrize(("place", "says"), [(2, "line 3 is not on INV-1; its lines are 1 to 2"), (1, "line 2: 5.00")])
def test_what_the_api_says_of_its_places_is_said_of_lines_as_printed(door: FrontDoor, place: int, says: str) -> None:
    invoice: Mapping[str, Any] = {
        "number": "INV-1",
        "currency": {"code": "USD"},
        "lines": [{"amount": 100}, {"amount": 200}],
    }
    with pytest.raises(Invalid) as refused:
        on_lines(invoice, [], {place: Money(500, "USD")})
    door.answer = in_turn({f"POST {OCTOBER}/credit": [(422, {"detail": str(refused.value)})]})
    result = call(door, "credit", "shop", "2026-10", "--line", f"{place + 1}=5", "--reason", "x")
    assert result.exit_code == 1
    assert says in result.output.replace(": is not", " is not")


def test_a_credit_can_be_told_with_its_tax(door: FrontDoor) -> None:
    door.answer = in_turn(CREDITED)
    assert call(door, "credit", "shop", "2026-10", "--gross", "11.90", "--reason", "Goodwill").exit_code == 0
    assert body(door) == {"reason": "Goodwill", "gross": "11.90"}


def test_a_credit_note_is_saved_as_it_is_issued_or_later(door: FrontDoor, tmp_path: Path) -> None:
    other = {**NOTE, "number": "INV-CN-000002", "total": 100}
    notes = f"{OCTOBER}/credits"
    listed: dict[str, list[Reply]] = {f"GET {notes}": [(200, {"credits": [NOTE, other]})]}
    both = files(f"{notes}/INV-CN-000001", NOTE_FORMS) | files(f"{notes}/INV-CN-000002", NOTE_FORMS)
    door.answer = in_turn({**CREDITED, **listed, **both})
    now, later = tmp_path / "now", tmp_path / "later"
    assert call(door, "credit", "shop", "2026-10", "--everything", "--reason", "x", "--save", str(now)).exit_code == 0
    assert {file.name for file in now.iterdir()} == {f"INV-CN-000001.{form}" for form in NOTE_FORMS}

    shown = call(door, "notes", "shop", "2026-10").output
    rows = [" ".join(row.split()) for row in shown.splitlines()]
    assert rows[1] == "INV-CN-000001 INV-000001 2026-11-23 14.88 USD A dropped call"
    result = call(door, "notes", "shop", "2026-10", "--save", str(later), "--json")
    assert json.loads(result.stdout) == [NOTE, other]
    assert {file.name for file in later.iterdir()} == {f"INV-CN-00000{n}.{form}" for n in (1, 2) for form in NOTE_FORMS}


def test_an_invoice_without_credit_notes_says_so(door: FrontDoor) -> None:
    door.answer = in_turn({f"GET {OCTOBER}/credits": [(200, {"credits": []})]})
    assert call(door, "notes", "shop", "2026-10").output == "no credit note\n"


def test_a_payment_is_taken_back_with_a_reason(door: FrontDoor) -> None:
    door.answer = in_turn({f"POST {OCTOBER}/unpay": [(200, ISSUED)]})
    assert call(door, "unpay", "shop", "2026-10").exit_code == 2
    result = call(door, "unpay", "shop", "2026-10", "--reason", "of another client")
    assert result.output == "INV-000001: final, not paid; left to pay: 1446.37 USD\n"
    assert body(door) == {"reason": "of another client"}


def test_the_list_shows_what_was_paid_what_is_left_and_what_goes_back(door: FrontDoor) -> None:
    paid = {**ISSUED, "state": "paid", "paid_on": "2026-11-30", "left": 0, "refund": 0}
    opened = {"label": "2026-11", "state": "open", "number": None}
    door.answer = in_turn(
        {f"GET {PLACE}": [(200, {"invoices": [paid, opened]}), (200, {"invoices": [{**paid, "refund": 1488}, opened]})]}
    )
    plain, refund = (call(door, "list", "shop", columns=80).output.splitlines() for _ in range(2))
    assert plain[1].split() == "period state number and due paid on total left".split()
    assert plain[2].split() == "2026-10 paid INV-000001 2026-11-22 2026-11-30 1446.37 USD 0.00".split()
    assert plain[3].split() == ["2026-12-06"]
    assert plain[4].split() == ["2026-11", "open"]
    assert refund[2].split()[-2:] == ["0.00", "14.88"]


@pytest.mark.parametrize("words", [("draft", "", "2026-10"), ("usage", "shop", ""), ("list", " "), ("cost", "")])
def test_an_empty_name_is_refused_before_anything_is_asked(door: FrontDoor, words: tuple[str, ...]) -> None:
    result = call(door, *words)
    assert (result.exit_code, "is empty; name one" in result.output, door.asked) == (2, True, [])
