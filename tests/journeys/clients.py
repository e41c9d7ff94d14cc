"""Clients that a journey needs and no sample is: made live from a sample's file as an operator does it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from infra.cli.tenants import FOLDER
from infra.local.seed import PASSWORD
from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.lambdas import invoke
from tests.journeys.patience import eventually

NEVER = "[hours]\n\n"
ALWAYS = "\n".join(
    ["[hours]", *(f'{day}day = ["00:00-24:00"]' for day in "mon tues wednes thurs fri satur sun".split()), "", ""]
)


def goes_live(stack: Stack, folder: Path, client: str, sample: str, changes: Mapping[str, str], *staff: Agent) -> str:
    """`changes` are made in the sample's file, each wherever it stands. Back when its staff may serve it."""
    text = (FOLDER / f"{sample}.toml").read_text()
    for old, new in changes.items():
        assert old in text, f"{sample}.toml does not say {old!r}"
        text = text.replace(old, new)
    file = folder / f"{client}.toml"
    file.write_text(text)
    done = stack.manyline("tenants", "apply", str(file), "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    reaches_the_teams(stack)
    # Who serves whom is remembered for 15 s at most.
    assert eventually(lambda: all(client in agent.tenants() for agent in staff), every=0.5)
    return client


def hires(stack: Stack, folder: Path, seats: Mapping[str, str]) -> None:
    """Agents by name, each with the team in which she sits, be it a new one."""
    names = [f'[[teams]]\nid = "{team}"\nname = "{team.title()} team"\n' for team in sorted({*seats.values()})]
    people = [_PERSON.format(agent=agent, name=agent.title(), team=team) for agent, team in seats.items()]
    file = folder / "people.toml"
    file.write_text("\n".join([*names, *people]))
    done = stack.manyline("people", "apply", str(file), "--password", PASSWORD)
    assert done.returncode == 0, done.stdout + done.stderr


_PERSON = """[[people]]
email = "{agent}@manyline.example"
name = "{name}"
role = "agent"
agent = "{agent}"
team = "{team}"
skills = ["orders", "returns"]
languages = ["en"]
"""


def reaches_the_teams(stack: Stack) -> None:
    """Now, and not within the next minute, in which somebody looks whether anything has changed."""
    invoke(stack, "sweep", {"source": "aws.events"})


def section(sample: str, name: str) -> str:
    """A table of the sample's file with its sub-tables, as it stands there; so that another can take its place."""
    text = (FOLDER / f"{sample}.toml").read_text()
    found = re.search(rf"^\[{re.escape(name)}\]\n.*?(?=^\[(?!\[?{re.escape(name)}\.))", text, re.M | re.S)
    assert found, f"{sample}.toml has no [{name}]"
    return found[0]
