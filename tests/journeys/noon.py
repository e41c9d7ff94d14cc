"""A client whose clock says noon whenever it is asked, so that its people may be called; and moments to come that are
there at once.

Nobody waits for them: what the house has in its agenda is brought forward in the table, and its clock is rung.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from chalicelib.kernel.clock import stamp
from infra.cli.tenants import FOLDER
from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import Books, Item
from tests.journeys.clients import goes_live, section
from tests.journeys.customers import PLUMBER_MAILBOX, PLUMBER_NUMBER, PLUMBER_WIDGET
from tests.journeys.lambdas import invoke

NUMBER = "+15550100330"
RAY, DANA, BOSS = "+15550100787", "+15550100788", "boss@noon-office.example"
DANAS_MAILBOX = "dana@noon-office.example"
ATTEMPTS, RETRY_S = 2, 900
CAMPAIGNS = ("reached", "missed", "unwanted", "later")
_ALL_DAY = "\n".join(f'{day}day = ["08:00-21:00"]' for day in "mon tues wednes thurs fri satur sun".split())


def noon(now: datetime) -> str:
    """A zone in which it is between noon and one now."""
    return _zone(12 - now.astimezone(UTC).hour)


def midnight(now: datetime) -> str:
    """The same of midnight."""
    hours = 12 - now.astimezone(UTC).hour
    return _zone(hours - 12 if hours > 0 else hours + 12)


def _zone(ahead: int) -> str:
    """These names count the other way."""
    return f"Etc/GMT{-ahead:+d}"


def opens(stack: Stack, folder: Path) -> str:
    """The client with its campaigns and its people on call, made live."""
    text = (FOLDER / "plumber.toml").read_text()
    ladders = text[text.index("[[on_call]]") : text.index("[script]")]
    changes = {
        "Rapid Plumbing": "Noon",
        PLUMBER_NUMBER: NUMBER,
        PLUMBER_MAILBOX: "office@noon.example",
        PLUMBER_WIDGET: "wk_noon_5f3a9c21",
        'zone = "America/Chicago"': f'zone = "{noon(datetime.now(UTC))}"',
        section("plumber", "calls.callback"): "[calls.callback]\nattempts = 2\nafter_s = 0\nat_a_time = true\n\n",
        "share = 25": "share = 1",
        ladders: "\n".join([_LADDERS, *map(_campaign, CAMPAIGNS), ""]),
    }
    return goes_live(stack, folder, "noon", "plumber", changes, Agent(stack, "maria"))


def _campaign(name: str) -> str:
    return f"""
[[campaigns]]
name = "{name}"
title = "Who is {name}"
attempts = {ATTEMPTS}
retry_s = {RETRY_S}
a_day = 5
[campaigns.hours]
{_ALL_DAY}
"""


_LADDERS = f"""
[[on_call]]
name = "ring"
title = "Burst pipes"
rounds = 1
people = [{{ name = "Ray Ortiz", phone = "{RAY}" }}, {{ name = "Dana Whitfield", phone = "{DANA}" }}]
steps = [{{ who = "Ray Ortiz", by = "voice" }}, {{ who = "Dana Whitfield", by = "voice" }}]

[[on_call]]
name = "write"
title = "Wet cellars"
rounds = 1
unanswered = "{BOSS}"
people = [{{ name = "Dana Whitfield", phone = "{DANA}", email = "{DANAS_MAILBOX}" }}]
steps = [{{ who = "Dana Whitfield", by = "sms" }}, {{ who = "Dana Whitfield", by = "email" }}]
"""


class Future:
    """What is to come."""

    def __init__(self, stack: Stack, books: Books, tenant: str = "noon") -> None:
        self._stack, self._books, self._tenant = stack, books, tenant

    def entry(self, id: str) -> Item:
        """Its place in the agenda, if it has one."""
        found = (item for item in self._books.table("contacts") if item["pk"].startswith("OUTREACH#AGENDA#"))
        return next((item for item in found if (item["tenant"], item["id"]) == (self._tenant, id)), {})

    def comes(self, id: str) -> dict[str, int]:
        """The moment of a campaign, of a promised call or of a dispatch: the house's clock looks what is due.

        It rings by itself every minute: what was due by then it has done."""
        entry = self.entry(id)
        if not entry:
            return self.clock()
        at = stamp(datetime.now(UTC) - timedelta(milliseconds=1))
        match entry["kind"]:
            case "campaign":
                self._says({"pk": f"T#{self._tenant}#P#{id}", "sk": "RUN"}, agenda=at)
            case "appointment":
                self._says({"pk": f"T#{self._tenant}#APPT", "sk": id}, agenda=at, next_at=at)
            case _:
                self._says({"pk": f"T#{self._tenant}#C#{id}", "sk": "DISPATCH"}, next_at=at)
        self._moves(entry, at=at, sk=at + entry["sk"].removeprefix(entry["at"]))
        return self.clock()

    def clock(self) -> dict[str, int]:
        done: dict[str, int] = invoke(self._stack, "work_agenda", {"source": "aws.events"})
        return done

    def person(self, campaign: str, number: str) -> Item:
        people = self._books.table("contacts")
        key = {"pk": f"T#{self._tenant}#P#{campaign}", "sk": f"CALLEE#{number}"}
        return next((item for item in people if key.items() <= item.items()), {})

    def hours_pass(self, campaign: str, number: str) -> None:
        """A person who waits may be called again; what was called lately was long ago."""
        standing = self.person(campaign, number)
        at = stamp(datetime.now(UTC) - timedelta(milliseconds=1))
        place = {"pk": standing["pk"], "sk": f"DUE#{standing['next_at']}#{number}"}
        due = next(item for item in self._books.table("contacts") if place.items() <= item.items())
        self._says({"pk": standing["pk"], "sk": standing["sk"]}, next_at=at)
        self._moves(due, next_at=at, sk=f"DUE#{at}#{number}")
        self._forgets({"pk": f"T#{self._tenant}#CALLED#{number}", "sk": "CALLS"})

    def _says(self, key: Mapping[str, str], **more: str) -> None:
        names = {f"#{name}": name for name in more}
        self._stack.client("dynamodb").update_item(
            TableName=self._stack.settings.table_contacts,
            Key=_typed(key),
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in more),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=_typed({f":{name}": value for name, value in more.items()}),
        )

    def _moves(self, item: Item, **more: str) -> None:
        table = self._stack.settings.table_contacts
        self._stack.client("dynamodb").put_item(TableName=table, Item=_typed({**item, **more}))
        self._forgets({"pk": item["pk"], "sk": item["sk"]})

    def _forgets(self, key: Mapping[str, str]) -> None:
        self._stack.client("dynamodb").delete_item(TableName=self._stack.settings.table_contacts, Key=_typed(key))


def _typed(item: Mapping[str, Any]) -> dict[str, Any]:
    serializer = TypeSerializer()
    return {name: serializer.serialize(value) for name, value in item.items()}
