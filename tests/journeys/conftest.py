"""Who takes part in the journeys, and the rule of the house: whoever opens something closes it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator

import pytest
import requests

from infra.cli.tenants import FOLDER
from tests.deployed import Stack
from tests.journeys import noon as at_noon
from tests.journeys.agents import Agent
from tests.journeys.books import Books, Finance
from tests.journeys.clients import reaches_the_teams
from tests.journeys.customers import SHOP_NUMBER, SHOP_WIDGET, VELO_MAILBOX, VELO_WIDGET, Caller, Mailer, Visitor
from tests.journeys.journal import Journal
from tests.journeys.lambdas import invoke
from tests.journeys.patience import eventually

VELO_NUMBER = "+15550100290"
_RUN = random.randrange(10_000)  # also on a stack that has seen other days, nobody is known already
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The logs are read when everything has happened."""
    items.sort(key=lambda item: item.path.stem == "test_what_the_logs_say")


@pytest.fixture(scope="session", autouse=True)
def the_flow_is_awake(stack: Stack) -> None:
    """Its first answer takes as long as the machine is busy, and no caller waits longer than eight seconds for one."""
    invoke(stack, "contact_flow", {})


@pytest.fixture(scope="session")
def journal(stack: Stack) -> Journal:
    return Journal(stack)


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
    return lambda: Caller(stack, f"+1555{_RUN:04d}{next(_numbers):03d}")


@pytest.fixture
def mailer(stack: Stack) -> Callable[[], Mailer]:
    def meet() -> Mailer:
        number = f"{_RUN}n{next(_numbers)}"
        return Mailer(stack, f"customer{number}.halloran@letters.example", f"Customer{number} Halloran")

    return meet


@pytest.fixture
def visitor(stack: Stack) -> Callable[..., Visitor]:
    def meet(**about: str) -> Visitor:
        number = f"{_RUN}n{next(_numbers)}"
        known = {"name": f"Visitor{number} Okafor", "email": f"visitor{number}.okafor@sites.example"}
        return Visitor(stack, **{**known, **about})

    return meet


@pytest.fixture(scope="session")
def velo(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A new client of the shared team, made live from its file as an operator does it; with every channel."""
    file = tmp_path_factory.mktemp("clients") / "velo.toml"
    shop = (FOLDER / "shop.toml").read_text()
    changes = {
        "Luna Shop": "Velo Werk",
        SHOP_NUMBER: VELO_NUMBER,
        '"help@luna-shop.example", "returns@luna-shop.example"': f'"{VELO_MAILBOX}"',
        '"help@luna-shop.example"': f'"{VELO_MAILBOX}"',
        SHOP_WIDGET: VELO_WIDGET,
    }
    for old, new in changes.items():
        assert old in shop
        shop = shop.replace(old, new)
    file.write_text(shop)
    done = stack.manyline("tenants", "apply", str(file), "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    reaches_the_teams(stack)
    stack.client("ses").verify_email_identity(EmailAddress=VELO_MAILBOX)
    maria = Agent(stack, "maria")
    # Who serves whom is remembered for 15 s at most.
    assert eventually(lambda: "velo" in maria.tenants(), every=0.5)
    return "velo"


@pytest.fixture(scope="session")
def noon(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A client who calls people at the hour in which the journeys are made, whatever hour it is."""
    return at_noon.opens(stack, tmp_path_factory.mktemp("clients"))


@pytest.fixture
def future(stack: Stack, noon: str, books: Books) -> at_noon.Future:
    return at_noon.Future(stack, books, noon)


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
    if any(waiting["channel"] != "voice" for waiting in books.waiting()) or books.messages_on_tape():
        _serve_who_waits(stack, books)
    assert eventually(lambda: not books.unfinished()), f"nobody takes care of {books.unfinished()}"


def _serve_who_waits(stack: Stack, books: Books) -> None:
    teams = {waiting["team"] for waiting in books.waiting()}
    for agent in (Agent(stack, {"shared": "maria", "clinic": "amira"}[team]) for team in teams):
        agent.is_available()
        while cards := agent.cards():
            for contact, card in cards.items():
                if card["state"] == "offered" and (contact[0] != "v" or card.get("voicemail")):
                    agent.accepts(contact)
                    agent.finishes(contact)
        agent.leaves_nothing_behind()
