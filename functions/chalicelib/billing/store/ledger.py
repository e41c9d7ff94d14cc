"""The ledger in DynamoDB. Nothing here is ever changed or deleted.

    T#<tenant>#U#<contact>   <meter>#<revision>         a usage record; the natural key is the key, for ever
    AGENT#<agent>#<yyyy-mm>  WORK#<start>#<contact>     an agent's turn at a contact, in each UTC month it touches
    T#<tenant>#Q#<contact>   <meter>#<revision>#<hash>  a record that contradicts the one in the ledger

On the index `period`: a tenant's records of a UTC month by `usage_at`, and its quarantine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from chalicelib.aws.table import Absent, ConditionLost, Database, Item, Put, every
from chalicelib.billing.model.ledger import Engagement, NaturalKey, Usage, UsageRecord
from chalicelib.billing.service.metering import Appended
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import instant, second, stamp
from chalicelib.kernel.ids import AgentId, ContactId, TenantId
from chalicelib.kernel.period import Period

TABLE = "ledger"
_INDEX = "period"


class LedgerStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, usage: Usage, now: datetime) -> Appended:
        """One transaction; a second and third only where the ledger holds a part of it, or something else."""
        puts = [_record_put(record, now) for record in usage.records]
        puts += [put for engagement in usage.engagements for put in _work_puts(engagement)]
        try:
            self._write(puts)
            return Appended(new=len(puts), contradicted=())
        except ConditionLost as lost:
            standing = lost.lost
        # A contact that is told in two ways is doubtful as a whole: none of the second telling is taken.
        if any(at in standing and not _same(standing[at], record) for at, record in enumerate(usage.records)):
            return Appended(new=0, contradicted=self._quarantine(usage, standing, now))
        missing = [put for position, put in enumerate(puts) if position not in standing]
        return self._append_missing(usage, missing, now) if missing else Appended(new=0, contradicted=())

    def _quarantine(self, usage: Usage, standing: Mapping[int, Item | None], now: datetime) -> tuple[NaturalKey, ...]:
        doubtful = [
            record for position, record in enumerate(usage.records) if not _same(standing.get(position), record)
        ]
        for record in doubtful:
            with suppress(ConditionLost):  # here already
                self._database.write(_quarantine_put(record, now))
        return tuple(record.key for record in doubtful)

    def _append_missing(self, usage: Usage, missing: Sequence[Put], now: datetime) -> Appended:
        try:
            self._write(missing)
        except ConditionLost:
            return self.append(usage, now)  # another delivery wrote in between: look again
        return Appended(new=len(missing), contradicted=())

    def _write(self, puts: Sequence[Put]) -> None:
        if len(puts) == 1:
            self._database.write(puts[0])
        elif puts:
            self._database.transact(puts)

    def records(self, tenant: TenantId, period: Period) -> list[UsageRecord]:
        """Those with `usage_at` in the period, in its order."""
        between = (stamp(period.start), stamp(period.end))
        return [
            UsageRecord.from_item(item)
            for month in period.utc_months()
            for item in every(self._database, TABLE, f"T#{tenant}#{month}", index=_INDEX, between=between)
        ]

    def quarantined(self, tenant: TenantId) -> list[UsageRecord]:
        items = every(self._database, TABLE, f"T#{tenant}#Q", index=_INDEX)
        return [UsageRecord.from_item(item) for item in items]

    def work(self, agent: AgentId, period: Period) -> list[Engagement]:
        """The agent's turns that have a part in the period, each once."""
        found = {
            item["sk"]: _as_engagement(item)
            for month in period.utc_months()
            for item in every(self._database, TABLE, f"AGENT#{agent}#{month}", begins="WORK#")
        }
        start, end = second(period.start), second(period.end)
        return [turn for turn in found.values() if turn.start < end and turn.end > start]


def _record_put(record: UsageRecord, now: datetime) -> Put:
    at = stamp(record.usage_at)
    item: Item = {
        "pk": f"T#{record.tenant}#U#{record.contact}",
        "sk": f"{record.meter.value}#{record.revision}",
        "period_pk": f"T#{record.tenant}#{at[:7]}",
        "period_sk": f"{at}#{record.contact}#{record.meter.value}#{record.revision}",
    }
    return Put(table=TABLE, item=item | _told(record, now), when=(Absent(),))


def _quarantine_put(record: UsageRecord, now: datetime) -> Put:
    payload = record.payload
    item: Item = {
        "pk": f"T#{record.tenant}#Q#{record.contact}",
        "sk": f"{record.meter.value}#{record.revision}#{payload}",
        "period_pk": f"T#{record.tenant}#Q",
        "period_sk": f"{stamp(record.usage_at)}#{record.contact}#{record.meter.value}#{payload}",
    }
    return Put(table=TABLE, item=item | _told(record, now), when=(Absent(),))


def _told(record: UsageRecord, now: datetime) -> Item:
    return record.as_item() | {"payload": record.payload, "recorded_at": stamp(now)}


def _same(standing: Item | None, record: UsageRecord) -> bool:
    return standing is not None and standing["payload"] == record.payload


def _work_puts(engagement: Engagement) -> Iterator[Put]:
    """One item per UTC month: whoever reads a month finds all that was done in it."""
    start, end = _at(engagement.start), _at(engagement.end)
    for month in Period(start, end).utc_months():
        yield Put(
            table=TABLE,
            item={
                "pk": f"AGENT#{engagement.agent}#{month}",
                "sk": f"WORK#{stamp(start)}#{engagement.contact}",
                "agent": engagement.agent,
                "tenant": engagement.tenant,
                "contact": engagement.contact,
                "channel": engagement.channel.value,
                "start": stamp(start),
                "end": stamp(end),
            },
            when=(Absent(),),
        )


def _as_engagement(item: Item) -> Engagement:
    return Engagement(
        agent=AgentId(item["agent"]),
        tenant=TenantId(item["tenant"]),
        contact=ContactId(item["contact"]),
        channel=Channel(item["channel"]),
        start=second(instant(item["start"])),
        end=second(instant(item["end"])),
    )


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
