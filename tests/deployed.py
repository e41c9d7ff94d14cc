"""The whole local stack for tests: deployed once per run, on free ports, in a folder of its own, empty at first."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests

from chalicelib.aws import clients
from chalicelib.aws.settings import Settings, settings
from infra.layout import ROOT
from infra.local import stack as local
from infra.local.environment import LOCAL_CREDENTIALS, REGION
from infra.local.home import Home, Ports
from infra.local.seed import PASSWORD
from infra.stage import Stage
from tests.fakes.emulator import free_port

FOLDER = ROOT / ".manyline" / "test"
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """What a journey needs: where things are, and who may go in."""

    home: Home
    stage: Stage
    ports: Ports

    @property
    def url(self) -> str:
        """The front door, without a slash at the end."""
        return self.stage.base_url

    @property
    def settings(self) -> Settings:
        return self.stage.settings

    def client(self, service: str) -> Any:
        """A boto3 client that talks to this stack's emulator."""
        return self.stage.client(service)

    def function(self, name: str) -> str:
        """The deployed name of a Lambda, by its Chalice name."""
        return self.stage.function(name)

    def visitor(self) -> requests.Session:
        """A browser that nobody has signed in with; its posts come from our own pages."""
        session = requests.Session()
        session.headers["Origin"] = self.url
        return session

    def sign_in(self, name: str) -> requests.Session:
        """As one of the sample people: `maria` is maria@manyline.example."""
        session = self.visitor()
        form = {"user": f"{name}@manyline.example", "password": PASSWORD}
        answer = session.post(f"{self.url}/login", data=form, allow_redirects=False, timeout=30)
        assert "sid" in session.cookies, f"{name} could not sign in: {answer.status_code} {answer.text[:300]}"
        return session

    def manyline(self, *words: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """The command line, against this stack."""
        return subprocess.run(
            [sys.executable, "-m", "infra.cli", *words],
            cwd=ROOT,
            env={**os.environ, "MANYLINE_HOME": str(self.home.folder)},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def logs(self, function: str) -> str:
        """What a Lambda wrote, for the message of a test that failed."""
        return self.manyline("logs", function).stdout

    @contextlib.contextmanager
    def clocks_stopped(self) -> Iterator[None]:
        """Nothing is done because it is time for it; what was due meanwhile is done afterwards."""
        events = self.client("events")
        rules = [rule for page in events.get_paginator("list_rules").paginate() for rule in page["Rules"]]
        clocks = [rule["Name"] for rule in rules if rule.get("ScheduleExpression") and rule["State"] == "ENABLED"]
        for name in clocks:
            events.disable_rule(Name=name)
        try:
            yield
        finally:
            for name in clocks:
                events.enable_rule(Name=name)

    def restart(self) -> None:
        """Stops cleanly and starts again; what was stored is there again."""
        local.down(self.home, _quiet)
        local.up(self.home, self.ports, _quiet, deploying=False)


def eventually(look: Callable[[], Found], *, within: float = 15, every: float = 0.1) -> Found:
    """The first answer that is not empty; what was seen last, if none came in time."""
    deadline = time.monotonic() + within
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(every)
    return found


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with deployed() as built:
        yield built


@contextlib.contextmanager
def deployed() -> Iterator[Stack]:
    with _own_home() as home, _own_environment():
        ports = Ports(front=free_port(), emulator=free_port(), smtp=free_port(), relay=free_port())
        try:
            stage = local.up(home, ports, _quiet)
            yield Stack(home=home, stage=stage, ports=ports)
        finally:
            local.down(home, _quiet)


@contextlib.contextmanager
def _own_home() -> Iterator[Home]:
    """Two runs at the same time do not meet. The synthesized template is kept for the next run, the state is not."""
    for number in range(1, 9):
        folder = FOLDER / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield _emptied(Home(folder))
            return
    raise RuntimeError(f"eight test runs at once: {FOLDER} is full")


def _emptied(home: Home) -> Home:
    local.down(home, _quiet)  # a run that was killed
    for folder in (home.state, home.objects, home.logs, home.run):
        shutil.rmtree(folder, ignore_errors=True)
    for other in (home.folder / "mail", Path(home.outputs_file)):
        shutil.rmtree(other, ignore_errors=True) if other.is_dir() else other.unlink(missing_ok=True)
    return home


@contextlib.contextmanager
def _own_environment() -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update({**LOCAL_CREDENTIALS, "AWS_DEFAULT_REGION": REGION})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()
        clients.client.cache_clear()


def _quiet(words: str) -> None:
    """Progress is for people."""
