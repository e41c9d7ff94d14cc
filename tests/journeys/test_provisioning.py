"""Numbers and users are provisioned by the commands, against the simulator's Connect API of the running stack."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.layout import ROOT
from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.customers import SHOP_NUMBER, Caller

SAMPLES = ROOT / "infra" / "local" / "people.toml"


def said(stack: Stack, *words: str) -> str:
    done = stack.manyline(*words, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_number_is_claimed_listed_and_released(stack: Stack) -> None:
    told = said(stack, "numbers", "claim", "--tenant", "shop", "--country", "US", "--prefix", "+1512", "--yes")
    phone = re.search(r"\+151255501\d\d", told)
    assert phone is not None, told
    assert f'"{phone[0]}"' in told.splitlines()[-1]  # the line for the file
    rows = {line.split()[0]: line for line in said(stack, "numbers", "list").splitlines()}
    assert rows[phone[0]].endswith("answers as unknown; claimed for shop")
    assert rows[SHOP_NUMBER].endswith("in the file of shop; rings here without being claimed")
    assert "released" in said(stack, "numbers", "release", phone[0], "--yes")
    assert phone[0] not in said(stack, "numbers", "list")


@pytest.fixture
def maria_accepts_by_herself(stack: Stack, tmp_path: Path) -> Iterator[None]:
    file = tmp_path / "people.toml"
    named = 'agent = "maria"\n'
    file.write_text(SAMPLES.read_text().replace(named, f"{named}auto_accept = true\n"))
    told = said(stack, "people", "apply", str(file))
    assert re.search(r"^maria +softphone +(new, password \S{20}|known, changed: telephone)$", told, re.MULTILINE), told
    yield
    assert "known, changed: telephone" in said(stack, "people", "apply", str(SAMPLES))


def test_a_softphone_accepts_by_itself_once_the_file_says_so(
    stack: Stack, maria: Agent, caller: Callable[[], Caller], maria_accepts_by_herself: None
) -> None:
    maria.is_available()
    customer = caller()
    contact = customer.dials(SHOP_NUMBER, press="1")
    maria.sees(contact, "connected", within=60)
    customer.is_told("connected")
    customer.hangs_up()
    maria.wraps_up(contact)
