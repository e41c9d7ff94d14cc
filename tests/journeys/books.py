"""What the house wrote down, read from its tables, and the arithmetic by which a journey checks it."""

from __future__ import annotations

import contextlib
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from chalicelib.kernel.ids import ContactId, channel_of
from tests.deployed import Stack
from tests.journeys.customers import Caller
from tests.journeys.lambdas import reconcile
from tests.journeys.patience import PATIENCE_S, eventually

Item = dict[str, Any]
Fact = Mapping[str, Any]
_TYPES = TypeDeserializer()
# Begins a part of a contact's time; what is not here leaves the part as it is.
_PARTS = {
    "arrived": "automated",
    "queued": "queue",
    "requeued": "queue",
    "patched": "patched",
    "connected": "talk",
    "held": "hold",
    "resumed": "talk",
    "ended": "wrap",
}
OVER = ("wrapped", "refused", "abandoned", "self_served", "closed")


class Books:
    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def contact(self, tenant: str, contact: str) -> Item:
        """Empty if there is none."""
        found = [item for item in self._of(tenant, contact) if item["sk"] == "CONTACT"]
        return found[0] if found else {}

    def becomes(self, tenant: str, contact: str, state: str, within: float = PATIENCE_S) -> Item:
        def there() -> Item:
            item = self.contact(tenant, contact)
            return item if item.get("state") == state else {}

        found = eventually(there, within=within)
        assert found, f"{contact} is not {state}: {self.contact(tenant, contact)}"
        return found

    def kinds(self, tenant: str, contact: str) -> list[str]:
        return [fact["kind"] for fact in self.contact(tenant, contact)["facts"]]

    def messages(self, tenant: str, contact: str) -> list[Item]:
        return [item for item in self._of(tenant, contact) if item["sk"].startswith("MSG#")]

    def usage(self, tenant: str, contact: str, count: int = 1) -> dict[str, Item]:
        """The contact's records in the ledger by meter, once there are so many."""

        def written() -> list[Item]:
            items = self._partition("ledger", f"T#{tenant}#U#{contact}")
            return items if len(items) >= count else []

        found = eventually(written)
        assert found, f"nothing in the ledger about {contact}"
        return {item["meter"]: item for item in found}

    def dialled(self, tenant: str, contact: str) -> int:
        """How many numbers were called out for it, as the ledger counts them."""
        return self.stands(tenant, contact, "dial").get("quantity", 0)

    def stands(self, tenant: str, contact: str, meter: str) -> dict[str, int]:
        """What the ledger holds of the meter after every correction: `quantity`, and the seconds of each part."""
        revisions = [one for one in self._partition("ledger", f"T#{tenant}#U#{contact}") if one["meter"] == meter]
        total: Counter[str] = Counter()
        for one in revisions:
            sign = -1 if one.get("reverses") else 1
            total.update({part: sign * int(seconds) for part, seconds in one["seconds"].items()})
            total["quantity"] += sign * int(one["quantity"])
        return dict(total)

    def reconciled(self, call: Caller, records: int, since: datetime | None = None) -> dict[str, Item]:
        """What was found of each leg when the call was held against Connect's `records`, which are so many.

        `since`: when the waiting for our own side began, if not now."""
        chain = f"VOICE#{call.initial}"

        def kept() -> list[Item]:
            return [item for item in self._partition("contacts", chain) if item["sk"].startswith("RECORD#")]

        assert eventually(lambda: len(kept()) == records), f"{len(kept())} records, not {records}: {call.records()}"
        reconcile(self._stack, call.initial, since)
        found = [item for item in self._partition("contacts", chain) if item["sk"].startswith("VERDICT#")]
        return {item["sk"].removeprefix("VERDICT#"): item for item in found}

    def contacts(self, tenant: str = "") -> list[Item]:
        """Every contact of the tenant, or of all."""
        return [item for item in self.table("contacts") if item["sk"] == "CONTACT" and tenant in ("", item["tenant"])]

    def waiting(self) -> list[Item]:
        """Who stands in a line: of all, or of one agent."""
        return [
            {"team": item["pk"].split("#")[1], "contact": contact, "channel": channel_of(contact).value}
            for item in self.table("routing", "pk", "sk")
            if _is_a_place(item) and (contact := ContactId(item["sk"].rpartition("#")[2]))
        ]

    def messages_on_tape(self) -> list[Item]:
        """Which nobody has heard yet; a caller who waits hangs up, and they do not."""
        return [one for one in self.contacts() if one.get("voicemail") and one["state"] in ("queued", "offered")]

    def seats(self) -> list[Item]:
        return [item for item in self.table("routing") if item["sk"].startswith("SEAT#")]

    def unfinished(self) -> list[str]:
        """What is under way: contacts that are over and not in the ledger, letters that are not sent."""
        items = self.table("contacts", "pk", "sk", "contact", "state", "kind", "by", "facts")
        billed = {item["contact"] for item in self.table("ledger", "pk", "contact") if "#U#" in item["pk"]}
        over = {item["contact"] for item in items if item["sk"] == "CONTACT" and _is_metered(item)}
        sent = {(item["pk"], item["sk"][-6:]) for item in items if item["sk"].startswith("SENT#")}
        letters = {(item["pk"], item["sk"][-6:]) for item in items if _is_letter(item)}
        return [*sorted(over - billed), *(f"{pk} {n}" for pk, n in sorted(letters - sent))]

    def state(self, *tables: str, but: Iterable[str] = ()) -> frozenset[str]:
        """All that is in the tables; the same as long as nothing is written, and if not, the difference can be read.

        Without Connect's own records: they come when they like, also of calls that were over long before.
        """
        left_out = set(but)
        items = [item for table in tables for item in self._scan(table) if not _is_telephony_s(item)]
        return frozenset(json.dumps(_without(item, left_out), sort_keys=True, default=str) for item in items)

    def at_rest(self, *tables: str) -> frozenset[str]:
        """The same, once nothing that follows from what was done before is still being written."""
        seen = [self.state(*tables)]

        def unchanged() -> bool:
            time.sleep(0.4)
            seen.append(self.state(*tables))
            return seen[-1] == seen[-2]

        assert eventually(unchanged), f"{', '.join(tables)} keep changing: {seen[-1] ^ seen[-2]}"
        return seen[-1]

    @contextlib.contextmanager
    def unchanged(self, *tables: str) -> Iterator[None]:
        """What is done inside writes nothing into them. No clock writes meanwhile, nor what was done before."""
        with self._stack.clocks_stopped():
            before = self.at_rest(*tables)
            yield
            after = self.state(*tables)
        assert after == before, f"gone: {sorted(before - after)}; new: {sorted(after - before)}"

    def table(self, name: str, *attributes: str) -> list[Item]:
        """Every item; with all that it has, or with these attributes alone."""
        if not attributes:
            return [_item(item) for item in self._scan(name)]
        names = {f"#{number}": attribute for number, attribute in enumerate(attributes)}
        only = {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
        return [_item(item) for item in self._scan(name, **only)]

    def _scan(self, name: str, **only: Any) -> Iterator[Item]:
        pages = self._stack.client("dynamodb").get_paginator("scan").paginate(TableName=self._name(name), **only)
        for page in pages:
            yield from page["Items"]

    def _of(self, tenant: str, contact: str) -> list[Item]:
        return self._partition("contacts", f"T#{tenant}#C#{contact}")

    def _partition(self, table: str, pk: str) -> list[Item]:
        pages = (
            self._stack.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=self._name(table),
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": pk}},
                ConsistentRead=True,
            )
        )
        return [_item(item) for page in pages for item in page["Items"]]

    def _name(self, table: str) -> str:
        return str(getattr(self._stack.settings, f"table_{table}"))


class Finance:
    """Somebody who may read bills, through the API."""

    def __init__(self, stack: Stack, name: str = "fiona") -> None:
        self._url = stack.url
        self.session = stack.sign_in(name)

    def usage(self, tenant: str) -> dict[str, Any]:
        return self._get(f"/api/tenants/{tenant}/usage?period=current")

    def draft(self, tenant: str) -> dict[str, Any]:
        return self._get(f"/api/tenants/{tenant}/invoices/current/draft")

    def line(self, tenant: str, kind: str) -> dict[str, Any]:
        return next(line for line in self.draft(tenant)["lines"] if line["kind"] == kind)

    def behind(self, tenant: str, kind: str, contact: str) -> dict[str, Any]:
        """What the first line of the kind says about one contact."""
        place = next(place for place, line in enumerate(self.draft(tenant)["lines"]) if line["kind"] == kind)
        after: int | None = 0
        while after is not None:
            page = self._get(f"/api/tenants/{tenant}/invoices/current/explain?line={place}&after={after}")
            for row in page["contacts"]:
                if row["contact"] == contact:
                    return dict(row)
            after = page["next"]
        raise AssertionError(f"{contact} is not behind the line {kind} of {tenant}")

    def time_is_conserved(self) -> None:
        """The shares of all clients of the shared team, idle and pause are the time logged in, exactly."""
        clients = self._get("/api/tenants")["tenants"]
        usages = [self.usage(client["tenant"]) for client in clients if client["team"] == "shared"]
        for usage in usages:
            team = usage["team"]
            assert team["own"] + team["others"] + team["idle"] + team["pause"] == team["login"]
            assert team["own"] == usage["agent_time"]["seconds"] == sum(usage["agent_time"]["channels"].values())
        if len({usage["period"]["label"] for usage in usages}) > 1:  # for an hour, one is in the next month already
            return
        # Who was helped by an agent of another team sees that one's time as well, all of it; nobody sees less.
        logins = Counter(usage["team"]["login"] for usage in usages)
        assert logins[min(logins)] == max(logins.values()), logins
        if len(logins) == 1:
            own, team = sum(usage["team"]["own"] for usage in usages), usages[0]["team"]
            assert team["login"] - team["idle"] - team["pause"] == own

    def time_is_conserved_in(self, team: str) -> None:
        """The same of a team of its own, as each of its clients sees it."""
        usages = [self.usage(one["tenant"]) for one in self._get("/api/tenants")["tenants"] if one["team"] == team]
        assert usages, f"nobody is served by {team}"
        for usage in usages:
            seen = usage["team"]
            assert seen["own"] + seen["others"] + seen["idle"] + seen["pause"] == seen["login"]
            assert seen["own"] == usage["agent_time"]["seconds"] == sum(usage["agent_time"]["channels"].values())
        assert len({usage["team"]["own"] + usage["team"]["others"] for usage in usages}) == 1, "each sees all work"

    def _get(self, path: str) -> dict[str, Any]:
        answer = self.session.get(f"{self._url}{path}", timeout=60)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text}"
        told: dict[str, Any] = answer.json()
        return told


def parts(facts: Iterable[Fact]) -> dict[str, int]:
    """Whole seconds of each part, recounted from the facts by hand."""
    seconds = dict.fromkeys(("automated", "queue", "talk", "hold", "wrap"), 0)
    part, since = "", 0
    for fact in facts:
        now = _second(fact["at"])
        if part and now > since:
            seconds[part] = seconds.get(part, 0) + now - since
        if fact["kind"] == "dialled" and part == "automated":
            part = "dialling"
        part = "" if fact["kind"] in OVER else _PARTS.get(fact["kind"], part)
        since = now
    return seconds


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def at(contact: Item, kind: str) -> datetime:
    """When the last fact of the kind happened."""
    return instant([fact["at"] for fact in contact["facts"] if fact["kind"] == kind][-1])


def _is_a_place(item: Item) -> bool:
    in_a_line = item["pk"].startswith("TEAM#") and "#WAIT#" in item["pk"]
    return in_a_line or item["sk"].startswith("WAIT#")


def _is_metered(contact: Item) -> bool:
    """Of a call of ours that was taken back before anybody dialled, nothing is."""
    taken_back = contact["state"] == "abandoned" and contact["facts"][-1]["data"].get("where") == "withdrawn"
    return contact["state"] in OVER and not taken_back


def _is_letter(item: Item) -> bool:
    """A mail of ours, to a customer."""
    return item["sk"].startswith("MSG#") and item.get("kind") == "email" and item["by"] != "customer"


def _second(text: str) -> int:
    return int(instant(text).timestamp() // 1)


def _item(typed: Mapping[str, Any]) -> Item:
    return {name: _TYPES.deserialize(value) for name, value in typed.items()}


def _without(item: Item, left_out: set[str]) -> Item:
    return {name: value for name, value in item.items() if name not in left_out}


def _is_telephony_s(item: Item) -> bool:
    return str(item["pk"]["S"]).startswith("VOICE#")
