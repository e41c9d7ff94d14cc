"""Marks in the contacts table that keep mail from being sent twice.

T#<tenant>#C#<contact>       SENT#000003            message 3: sending, sent or rejected
T#<tenant>#ANSWERED#<date>   <digest of address>    an automatic answer went there on that day
"""

from __future__ import annotations

from datetime import date, datetime

from chalicelib.aws.table import Absent, ConditionLost, Database, Equals, Item, Key, Put, Update
from chalicelib.channels.email.service.ports import Busy, Done, Rejected, Sent, Yours
from chalicelib.kernel.clock import second
from chalicelib.kernel.ids import ContactId, TenantId, digest

TABLE = "contacts"
LEASE_S = 60  # longer than the Lambda may run, shorter than the queue's visibility timeout
_DAYS_KEPT = 3 * 86_400


class MailMarks:
    def __init__(self, database: Database) -> None:
        self._database = database

    def may_answer(self, tenant: TenantId, customer: str, day: date, contact: ContactId, now: datetime) -> bool:
        """True for the first contact of a customer on that day, however often it asks."""
        item: Item = {
            "pk": f"T#{tenant}#ANSWERED#{day.isoformat()}",
            "sk": digest("answered", customer.lower()),
            "contact": contact,
            "expires": second(now) + _DAYS_KEPT,
        }
        try:
            self._database.write(Put(table=TABLE, item=item, when=(Absent(),)))
        except ConditionLost as lost:
            return (lost.lost[0] or {}).get("contact") == contact
        return True

    def begin(self, tenant: TenantId, contact: ContactId, n: int, now: datetime) -> Yours | Done | Busy:
        key = _key(tenant, contact, n)
        claim: Item = {"pk": key.pk, "sk": key.sk, "mail": "sending", "since": second(now)}
        try:
            self._database.write(Put(table=TABLE, item=claim, when=(Absent(),)))
        except ConditionLost as lost:
            return self._begun(key, lost.lost[0] or claim, now)
        return Yours()

    def finish(self, tenant: TenantId, contact: ContactId, n: int, outcome: Sent | Rejected, now: datetime) -> None:
        match outcome:
            case Sent(message_id):
                told = {"mail": "sent", "message_id": message_id}
            case Rejected(why):
                told = {"mail": "rejected", "why": why}
        self._database.write(Update(table=TABLE, key=_key(tenant, contact, n), set={**told, "since": second(now)}))

    def _begun(self, key: Key, item: Item, now: datetime) -> Yours | Done | Busy:
        match item["mail"]:
            case "sent":
                return Done(Sent(item["message_id"]))
            case "rejected":
                return Done(Rejected(item["why"]))
        if second(now) - item["since"] < LEASE_S:
            return Busy()
        again = (Equals("mail", "sending"), Equals("since", item["since"]))
        try:
            self._database.write(Update(table=TABLE, key=key, set={"since": second(now)}, when=again))
        except ConditionLost:
            return Busy()
        return Yours()


def _key(tenant: TenantId, contact: ContactId, n: int) -> Key:
    return Key(f"T#{tenant}#C#{contact}", f"SENT#{n:06d}")
