"""Who takes part in the journeys, and the rule of the house: whoever opens something closes it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
import requests

from tests.deployed import Stack
from tests.journeys.books import Books, Finance
from tests.journeys.people import Agent, Caller, Mailer, Visitor

_AGENTS = ("maria", "jonas", "amira")
_numbers = itertools.count(1)


@pytest.fixture
def books(stack: Stack) -> Books:
    return Books(stack)


@pytest.fixture
def finance(stack: Stack) -> Finance:
    return Finance(stack)


@pytest.fixture
def maria(stack: Stack) -> Agent:
    return Agent(stack, "maria")


@pytest.fixture
def jonas(stack: Stack) -> Agent:
    return Agent(stack, "jonas")


@pytest.fixture
def caller(stack: Stack) -> Callable[[], Caller]:
    """A caller whom nobody has heard of before."""
    return lambda: Caller(stack, f"+1555777{next(_numbers):04d}")


@pytest.fixture
def mailer(stack: Stack) -> Callable[[], Mailer]:
    def meet() -> Mailer:
        number = next(_numbers)
        return Mailer(stack, f"customer{number}.halloran@letters.example", f"Customer{number} Halloran")

    return meet


@pytest.fixture
def visitor(stack: Stack) -> Iterator[Callable[..., Visitor]]:
    met: list[Visitor] = []

    def meet(**about: str) -> Visitor:
        number = next(_numbers)
        known = {"name": f"Visitor{number} Okafor", "email": f"visitor{number}.okafor@sites.example"}
        met.append(Visitor(stack, **{**known, **about}))
        return met[-1]

    yield meet
    for one in met:
        if one.line is not None:
            one.line.hangs_up()


@pytest.fixture(autouse=True)
def the_floor_is_left_as_it_was_found(stack: Stack) -> Iterator[None]:
    """Nobody on the line, nothing on a desk, nobody waiting: the next journey begins in a quiet house."""
    yield
    for call in requests.get(f"{stack.url}/try/api/calls", timeout=30).json():
        requests.post(f"{stack.url}/try/api/calls/{call['call']}/hangup", json={}, timeout=30)
    books = Books(stack)
    for seat in books.seats():
        if seat["contacts"] or seat["status"] != "offline":
            Agent(stack, seat["agent"]).leaves_nothing_behind()
    if any(waiting["channel"] != "voice" for waiting in books.waiting()):
        _serve_who_waits(stack, books)


def _serve_who_waits(stack: Stack, books: Books) -> None:
    teams = {waiting["team"] for waiting in books.waiting()}
    for agent in (Agent(stack, {"shared": "maria", "clinic": "amira"}[team]) for team in teams):
        agent.is_available()
        while cards := agent.cards():
            for contact, card in cards.items():
                if card["state"] == "offered" and contact[0] != "v":
                    agent.accepts(contact)
                    agent.finishes(contact)
        agent.leaves_nothing_behind()
