"""`manyline` on the running stack: bills, clients, and a customer's phone, mail program and chat."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from infra.cli.tenants import FOLDER
from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import Books, Finance
from tests.journeys.customers import SHOP_MAILBOX, SHOP_NUMBER, private
from tests.journeys.patience import eventually

Done = subprocess.CompletedProcess[str]


@pytest.fixture
def beside() -> Iterator[ThreadPoolExecutor]:
    """A command runs while an agent works."""
    with ThreadPoolExecutor(1) as pool:
        yield pool


def _good(done: Done) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _timeless(draft: dict[str, Any]) -> dict[str, Any]:
    """A draft says until when it counts; two drafts differ in that."""
    period = {name: value for name, value in draft["period"].items() if not name.startswith("until")}
    return {**draft, "period": period}


# Bills


def test_the_bill_on_the_command_line_is_the_api_s_and_so_is_its_print(
    stack: Stack, finance: Finance, tmp_path: Path
) -> None:
    pdf = tmp_path / "shop.pdf"
    printed = json.loads(_good(stack.manyline("bill", "draft", "shop", "--json", "--pdf", str(pdf))))
    draft = finance.draft("shop")
    assert _timeless(printed) == _timeless(draft)
    text = " ".join(" ".join(page.extract_text().split()) for page in PdfReader(pdf).pages)
    whole, part = divmod(draft["total"], 100)
    assert f"{whole:,}.{part:02d}" in text.replace("\u202f", ",").replace("\u2009", ","), text
    assert "Luna Shop" in text
    usage = json.loads(_good(stack.manyline("bill", "usage", "shop", "--json")))
    assert usage["meters"] == finance.usage("shop")["meters"]
    shown = _good(stack.manyline("bill", "draft", "plumber"))
    assert ("Voice Essentials" in shown, "refused" in shown, "logged in" in shown) == (True, True, True)


def test_a_client_gets_its_own_bill_and_nobody_else_s(stack: Stack) -> None:
    own = json.loads(_good(stack.manyline("bill", "draft", "shop", "--json", "--user", "clara@manyline.example")))
    assert own["client"]["tenant"] == "shop"
    refused = stack.manyline("bill", "draft", "plumber", "--json", "--user", "clara@manyline.example")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Error: 404")


# Clients


def test_what_is_exported_plans_and_applies_without_a_change(stack: Stack, tmp_path: Path, books: Books) -> None:
    _good(stack.manyline("tenants", "export", "shop", "plumber", "clinic", "--to", str(tmp_path)))
    with books.unchanged("tenants"):
        for command in (("plan",), ("apply", "--yes")):
            said = _good(stack.manyline("tenants", command[0], str(tmp_path), *command[1:]))
            assert [line for line in said.splitlines() if line.endswith("no change")] == [
                "clinic: no change",
                "plumber: no change",
                "shop: no change",
            ]


def test_a_changed_file_is_planned_then_applied_then_taken_back(stack: Stack, tmp_path: Path, books: Books) -> None:
    _good(stack.manyline("tenants", "export", "plumber", "--to", str(tmp_path)))
    file = tmp_path / "plumber.toml"
    live = file.read_text()
    file.write_text(live.replace('per_minute = "1.85"', 'per_minute = "1.95"'))
    with books.unchanged("tenants"):
        planned = _good(stack.manyline("tenants", "plan", str(file)))
        assert ("1.85" in planned, "1.95" in planned) == (True, True)
    assert "plumber: live, revision" in _good(stack.manyline("tenants", "apply", str(file), "--yes"))
    assert "1.95" in _good(stack.manyline("tenants", "export", "plumber"))
    file.write_text(live)
    _good(stack.manyline("tenants", "apply", str(file), "--yes"))
    assert "1.85" in _good(stack.manyline("tenants", "export", "plumber"))


MISTAKES = {
    'tier = "multichannel"': ('tier = "platinum"', "tier"),
    'zone = "America/New_York"\nlanguages': ('zone = "America/Gotham"\nlanguages', "zone"),
    'phones = ["+15550100200"]': ('phones = ["0555 lamps"]', "entry_points.phones"),
    'monday = ["00:00-24:00"]': ('monday = ["18:00-09:00"]', "hours.monday"),
    'currency = "USD"': ('currency = "LAMPS"', "plan.currency"),
}


def test_a_file_with_five_mistakes_is_told_all_five_and_changes_nothing(
    stack: Stack, tmp_path: Path, books: Books
) -> None:
    text = (FOLDER / "shop.toml").read_text()
    for right, (wrong, _) in MISTAKES.items():
        assert right in text
        text = text.replace(right, wrong)
    bad, good = tmp_path / "shop.toml", tmp_path / "plumber.toml"
    bad.write_text(text)
    good.write_text((FOLDER / "plumber.toml").read_text().replace('base = "325.00"', 'base = "1.00"'))
    with books.unchanged("tenants"):
        done = stack.manyline("tenants", "apply", str(tmp_path), "--yes")
        assert done.returncode != 0
        *told, last = done.stderr.splitlines()
        assert last == "Error: 5 mistakes; nothing was changed"
        assert len(told) == 5
        for _, key in MISTAKES.values():
            [line] = [line for line in told if key in line]
            assert line.startswith(f"{bad}:"), "the file and the line stand first"
            assert ". " in line, "what is wrong, and what is allowed"


def test_one_address_in_two_files_is_refused(stack: Stack, tmp_path: Path, books: Books) -> None:
    shop = (FOLDER / "shop.toml").read_text()
    for name in ("shop", "copy"):
        (tmp_path / f"{name}.toml").write_text(shop)
    with books.unchanged("tenants"):
        done = stack.manyline("tenants", "apply", str(tmp_path), "--yes")
        assert done.returncode != 0
        assert ("+15550100200" in done.stderr, "nothing was changed" in done.stderr) == (True, True)
        # Nor may a new client take an address that is somebody's already.
        thief = tmp_path / "thief.toml"
        thief.write_text(shop)
        done = stack.manyline("tenants", "apply", str(thief), "--yes")
        assert (done.returncode != 0, "shop" in done.stderr) == (True, True), done.stdout + done.stderr


# Customers


def test_a_call_from_the_command_line(stack: Stack, maria: Agent, books: Books, beside: ThreadPoolExecutor) -> None:
    maria.is_available()
    words = ("--press", "1", "--from", private("+15559990123"), "--say", private("Where is my lantern?"), "--json")
    call = beside.submit(stack.manyline, "call", SHOP_NUMBER, *words)
    contact = _offered(maria, call)
    maria.accepts(contact)
    maria.says(contact, "Around the corner.")
    assert eventually(lambda: "Where is my lantern?" in str(maria.phone()["call"]["lines"]))
    maria.finishes(contact)
    *lines, summary = [json.loads(line) for line in _good(call.result()).splitlines()]
    said = {(line["who"], line["text"]) for line in lines}
    assert ("system", "Hello and welcome to Luna Shop, where the light comes from.") in said
    assert {("agent", "Around the corner."), ("customer", "Where is my lantern?")} <= said
    assert (summary["contact_id"], summary["tenant"], summary["state"]) == (contact, "shop", "over")
    assert books.contact("shop", contact)["state"] == "wrapped"


def test_a_mail_from_the_command_line(stack: Stack, maria: Agent, beside: ThreadPoolExecutor) -> None:
    maria.is_available()
    words = ("--to", SHOP_MAILBOX, "--from", private("lin.command@letters.example"))
    text = private("Does the lantern swim?")
    mail = beside.submit(
        stack.manyline, "mail", *words, "--subject", "Lantern", "--text", text, "--wait", "30", "--json"
    )
    contact = _offered(maria, mail)
    maria.accepts(contact)
    maria.says(contact, "It does not.")
    told = json.loads(_good(mail.result()))
    assert told["answer"]["text"].startswith("It does not.")
    assert told["message_id"] in told["answer"]["thread_keys"]
    maria.finishes(contact)


def test_a_chat_from_the_command_line(stack: Stack, maria: Agent, beside: ThreadPoolExecutor) -> None:
    maria.is_available()
    texts = ("--text", private("Good evening, lanterns."), "--text", private("Do you have candles, too?"))
    chat = beside.submit(stack.manyline, "chat", "--to", "shop", *texts, "--wait", "30", "--end", "--json")
    contact = _offered(maria, chat)
    maria.accepts(contact)
    maria.says(contact, "Only lamps.")
    told = json.loads(_good(chat.result()))
    assert (told["contact"], told["answers"], told["state"]) == (contact, ["Only lamps."], "ended")
    maria.wraps_up(contact)
    refused = json.loads(_good(stack.manyline("chat", "--to", "plumber", "--text", "Hello plumber", "--json")))
    assert (refused["state"], "+1 555 010 0100" in refused["answers"][0]) == ("refused", True)


def _offered(agent: Agent, running: Future[Done]) -> str:
    """The contact that the command made, once it lies before the agent."""
    cards = eventually(lambda: agent.cards() or running.done())
    assert isinstance(cards, dict), running.result()
    return str(next(iter(cards)))
