"""The whole local stack: up, down, and what is going on."""

from __future__ import annotations

import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

from infra.layout import FUNCTIONS, ROOT
from infra.local import deploy, processes, telephony
from infra.local.emulator import launcher
from infra.local.environment import on_emulator
from infra.local.home import Home, Ports
from infra.local.seed import PASSWORD, PEOPLE, fingerprint, move, seed
from infra.people import Person
from infra.stage import Stage, open_stage

Say = Callable[[str], None]
DOOR = "door"
_OPTIONS = {"front": "--port", "emulator": "--emulator-port", "smtp": "--smtp-port", "relay": "--relay-port"}
_WHAT = {
    "front": "the front door",
    "emulator": "the AWS emulator",
    "smtp": "mail to tenants",
    "relay": "mail from tenants",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    name: str
    pid: int | None
    address: str
    answers: bool


def up(home: Home, ports: Ports, say: Say, *, deploying: bool = True) -> Stage:
    """Starts what does not run yet; a stack that is up already stays as it is, but takes new sources."""
    home.prepare()
    ports = _settle_ports(home, ports, say)
    if processes.running(home, launcher.NAME) is None:
        say(f"starting the AWS emulator on port {ports.emulator}")
        if loss := launcher.start(home):
            say(str(loss))
        if home.outputs() and deploy.deployed(home):
            deploy.forget_connections(home)
    if deploying:
        deploy.deploy(home, say)
    stage = open_stage(home=home)
    telephony.prepare(deploy.client(home, "s3"), deploy.client(home, "lambda"), home.ports())
    _fill(stage, home, ports, say)
    _open_door(home, say)
    return stage


def _fill(stage: Stage, home: Home, ports: Ports, say: Say) -> None:
    samples, built = fingerprint(), home.built()
    was = built.get("seeded_at", ports.front)
    if built.get("seeded") != samples:
        say("applying tenants/ and the sample people")
        seed(stage)
    elif was != ports.front:
        say(f"telling the clients that this machine answers on port {ports.front} now, no more on {was}")
        move(ports.front, was)
    home.keep_built({**built, "seeded": samples, "seeded_at": ports.front})


def down(home: Home, say: Say) -> bool:
    """The door first, so that nobody writes while the emulator saves. False if nothing ran."""
    stopped = False
    for name, words in ((DOOR, "closing the front door"), (launcher.NAME, "saving and stopping the emulator")):
        if processes.running(home, name):
            say(words)
            stopped |= processes.stop(home, name)
    return stopped


def welcome(stage: Stage, home: Home) -> str:
    ports = home.ports()
    return "\n".join(
        [
            f"  customer page  {stage.base_url}/try",
            f"  agent desk     {stage.base_url}/desk",
            f"  outgoing mail  {stage.base_url}/mail",
            f"  mail to tenants by SMTP: 127.0.0.1:{ports.smtp}",
            "",
            f"  log-ins (password {PASSWORD}):",
            *(f"    {person.email:<28} {_seat(person)}" for person in PEOPLE.people),
            "",
            "  something to bill: `.venv/bin/manyline bill sample 2026-10` makes up a month of traffic",
            "  stop with `make stop`; state is kept in .manyline",
        ]
    )


def _seat(person: Person) -> str:
    return f"{person.role.value} {person.team or person.tenant}".strip()


def parts(home: Home) -> list[Part]:
    ports = home.ports()
    rows = (
        (DOOR, f"http://127.0.0.1:{ports.front}", "/alive"),
        (launcher.NAME, f"http://127.0.0.1:{ports.emulator}", "/_ministack/ready"),
    )
    found = []
    for name, address, path in rows:
        process = processes.running(home, name)
        answers = process is not None and _answers(address + path)
        found.append(Part(name=name, pid=process.pid if process else None, address=address, answers=answers))
    return found


def _settle_ports(home: Home, wanted: Ports, say: Say) -> Ports:
    """Running parts keep their ports; for the others the wanted ones must be free."""
    kept = home.ports()
    emulator_runs = processes.running(home, launcher.NAME) is not None
    door_runs = processes.running(home, DOOR) is not None
    if emulator_runs and (wanted.emulator, wanted.relay) != (kept.emulator, kept.relay):
        say(f"the emulator runs on port {kept.emulator} already; `manyline down` first to move it")
    ports = Ports(
        front=kept.front if door_runs else wanted.front,
        smtp=kept.smtp if door_runs else wanted.smtp,
        emulator=kept.emulator if emulator_runs else wanted.emulator,
        relay=kept.relay if emulator_runs else wanted.relay,
    )
    busy = {"emulator"} if emulator_runs else set()
    busy |= {"front", "smtp", "relay"} if door_runs else set()
    processes.demand_free(
        [
            processes.Wanted(port=getattr(ports, name), what=_WHAT[name], option=option)
            for name, option in _OPTIONS.items()
            if name not in busy
        ]
    )
    home.keep_ports(ports)
    return ports


def _open_door(home: Home, say: Say) -> None:
    ports = home.ports()
    address = f"http://127.0.0.1:{ports.front}"
    code = deploy.digest([ROOT / "infra", FUNCTIONS])
    if home.built().get("door") != code:
        processes.stop(home, DOOR)  # it runs old code of the local stack, or of what that borrows from functions/
    if processes.running(home, DOOR) is None:
        say(f"opening the front door on port {ports.front}")
        processes.start(
            home,
            DOOR,
            [sys.executable, "-m", "infra.local.front.door"],
            environment={**on_emulator(launcher.url(home)), "MANYLINE_HOME": str(home.folder)},
        )
        home.keep_built({**home.built(), "door": code})
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if _answers(f"{address}/alive"):
            return
        if processes.running(home, DOOR) is None:
            break
        time.sleep(0.05)
    raise processes.DiedAtStart(
        f"the front door did not open; the end of {home.log_file(DOOR)}:\n{processes.last_lines(home.log_file(DOOR))}"
    )


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
