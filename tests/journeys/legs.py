"""The arithmetic of a call with several legs: each leg by its own facts, and together what the client's usage grew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.kernel.ids import contact_id
from tests.journeys.books import Books, Finance, Item, at, instant, parts
from tests.journeys.customers import Caller
from tests.journeys.patience import eventually

BILLED = ("talk", "hold", "wrap")
TOLERANCE_S = 1  # each side cuts its instants to the second by itself


class Till:
    """What a client's usage has grown by since it was opened."""

    def __init__(self, books: Books, finance: Finance, tenant: str) -> None:
        self.books, self._finance, self.tenant = books, finance, tenant
        self._before = finance.usage(tenant)

    def holds(self, *legs: str) -> dict[str, Item]:
        """These legs and no other second: in the ledger, in the usage, and in the time of their agents."""
        items = {leg: self.books.becomes(self.tenant, leg, "wrapped") for leg in legs}
        billed = dict.fromkeys(("automated", "queue", *BILLED), 0)
        for leg, item in items.items():
            took = parts(item["facts"])
            record = self.books.usage(self.tenant, leg)["voice_seconds"]
            assert record["seconds"] == took, leg
            assert record["quantity"] == sum(took[part] for part in BILLED), leg
            billed = {part: billed[part] + seconds for part, seconds in took.items()}
        after = self._finance.usage(self.tenant)
        assert self._grown(after, "voice_seconds") == {**billed, "": sum(billed[part] for part in BILLED)}
        bound = sum(turn(item) for item in items.values())
        assert self._worked(after) - self._worked(self._before) == bound, "each agent from `connected` to `wrapped`"
        return items

    def grew(self, meter: str) -> int:
        return self._grown(self._finance.usage(self.tenant), meter)[""]

    def _grown(self, after: Mapping[str, Any], meter: str) -> dict[str, int]:
        """By part; the empty one is the quantity."""
        now, then = (_metered(usage, meter) for usage in (after, self._before))
        return {part: now[part] - then.get(part, 0) for part in now}

    @staticmethod
    def _worked(usage: Mapping[str, Any]) -> int:
        return int(usage["agent_time"]["channels"].get("voice", 0))


def _metered(usage: Mapping[str, Any], meter: str) -> dict[str, int]:
    told = usage["meters"].get(meter)
    return {**told["seconds"], "": told["quantity"]} if told else {"": 0}


def turn(leg: Item) -> int:
    """Whole seconds for which its agent was bound."""
    return int(at(leg, "wrapped").timestamp()) - int(at(leg, "connected").timestamp())


def agrees_with_connect(books: Books, tenant: str, call: Caller, agents: Mapping[str, str], records: int) -> None:
    """Connect's records and ours name the same agents, and after reconciliation the ledger holds what those say.

    `agents` are those who talked, by leg.
    """
    found = books.reconciled(call, records)
    # A call of which we knew nothing when it was put into the fallback queue has no tag: its first leg is meant.
    first = contact_id("voice", call.initial)
    told = {record["Tags"].get("contactId", first): record for record in call.records() if record["Agent"]}
    assert {leg: record["Agent"]["Username"] for leg, record in told.items()} == dict(agents)
    for leg, record in told.items():
        assert found[leg]["reason"] in ("agrees", "telephony_rules"), found[leg]
        adds_up(record)
        agent = record["Agent"]
        theirs = {
            "talk": agent["AgentInteractionDuration"],
            "hold": agent["CustomerHoldDuration"],
            "wrap": agent["AfterContactWorkDuration"],
        }

        def near(leg: str = leg, theirs: Mapping[str, int] = theirs) -> bool:
            ours = books.stands(tenant, leg, "voice_seconds")
            return all(abs(ours.get(part, 0) - theirs[part]) <= TOLERANCE_S for part in BILLED)

        assert eventually(near), (leg, books.stands(tenant, leg, "voice_seconds"), theirs, found[leg])
        if found[leg]["reason"] == "telephony_rules":
            ours = books.stands(tenant, leg, "voice_seconds")
            assert {part: ours[part] for part in BILLED} == theirs, (
                "where Connect's clock rules, it rules to the second"
            )
            assert ours["quantity"] == sum(theirs.values())


def happened_when_told(leg: Item, call: Caller, **noted: str) -> None:
    """Facts against what the exchange wrote down as it happened: by kind of fact, the words that it noted."""
    lines = [(line["text"], instant(line["at"])) for line in call.view()["lines"] if line["who"] == "note"]
    for kind, words in noted.items():
        told = next((when for text, when in lines if words in text), None)
        assert told is not None, f"nobody noted {words!r}: {lines}"
        assert abs((at(leg, kind) - told).total_seconds()) < TOLERANCE_S, f"{kind} at the telephone's moment, not ours"


def adds_up(record: Mapping[str, Any]) -> None:
    """Connect's own arithmetic, to the second."""
    agent = record["Agent"]
    connected, ended = instant(agent["ConnectedToAgentTimestamp"]), instant(agent["AfterContactWorkStartTimestamp"])
    assert agent["AgentInteractionDuration"] + agent["CustomerHoldDuration"] == (ended - connected).total_seconds()
    cleared = instant(agent["AfterContactWorkEndTimestamp"])
    assert agent["AfterContactWorkDuration"] == (cleared - ended).total_seconds()
