"""Contacts in DynamoDB: one item per contact with its facts inside, one item per message.

    T#<tenant>#C#<contact>   CONTACT          the contact: a summary and all its facts
                             MSG#000001       what was said
                             SAID#<digest>    that it was said, by the sayer's own id
                             ERRAND           what its agent wants of the telephone next
    T#<tenant>#THREAD#<key>  THREAD           a Message-ID or token → the contact it belongs to
    T#<tenant>#DAY#<date>    <opened>#<id>    the contacts of a day, for lists
    AGENT#<agent>            DIAL             whom an agent is about to call

A move is one conditional update that appends a fact: no read before it, no lost update after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.aws.table import (
    Absent,
    AtMost,
    Check,
    Condition,
    ConditionLost,
    Database,
    Equals,
    Exists,
    Item,
    Key,
    Lacks,
    OneOf,
    Put,
    Update,
    every,
)
from chalicelib.contacts.model.contact import MOVES, Contact, Expected, IllegalMove, SomebodyElses, State, once_key
from chalicelib.contacts.model.conversation import Draft, Message, Pace
from chalicelib.contacts.model.errand import DialErrand, Errand, TransferErrand
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Conflict, NotFound, TooMany
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, ContactId, TenantId, digest

TABLE = "contacts"
_TRIES = 8


def contact_key(tenant: TenantId, contact: ContactId) -> Key:
    return Key(f"T#{tenant}#C#{contact}", "CONTACT")


def moving(
    tenant: TenantId,
    contact: ContactId,
    fact: Fact,
    expects: Expected | None = None,
    also: Mapping[str, str] | None = None,
) -> Update:
    """The update that makes a move, for a write of its own or as a part of a transaction."""
    return moving_on(tenant, contact, [fact], expects, also)


def moving_on(
    tenant: TenantId,
    contact: ContactId,
    facts: Sequence[Fact],
    expects: Expected | None = None,
    also: Mapping[str, str] | None = None,
) -> Update:
    """Several moves at one instant, each from where the one before led to: still one write."""
    first, last = MOVES[facts[0].kind], MOVES[facts[-1].kind]
    changed: dict[str, Any] = {}
    gone: set[str] = set()
    for fact in facts:
        move = MOVES[fact.kind]
        kept = {name: fact.data[told] for name, told in move.keeps.items() if fact.data.get(told)}
        changed = {name: value for name, value in changed.items() if name not in move.forgets}
        changed |= {**kept, **move.becomes}
        gone = (gone | {*move.forgets}) - {*changed}
    keys = [key for fact in facts if (key := once_key(fact))]
    return Update(
        table=TABLE,
        key=contact_key(tenant, contact),
        set={**({"state": last.to.value} if last.to else {}), **changed, **(also or {})},
        add={"version": len(facts)},
        append={"facts": [fact.as_item() for fact in facts], **({"once": keys} if keys else {})},
        remove=tuple(sorted(gone - {*(also or {})})),
        when=(
            OneOf("state", tuple(sorted(state.value for state in first.come_from))),
            *(Absent(name) for name in first.lacks),
            *(Exists(name) for name in first.has),
            *(Lacks("once", key) for key in keys),
            *(Equals(name, value) for name, value in (expects or {}).items()),
        ),
    )


class ContactStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, contact: Contact) -> Contact:
        """The contact as it stands: this one, or the one that was opened by the same arrival before."""
        key = contact_key(contact.tenant, contact.contact)
        day = stamp(contact.opened_at)
        listing = {
            "pk": f"T#{contact.tenant}#DAY#{day[:10]}",
            "sk": f"{day}#{contact.contact}",
            "channel": contact.channel.value,
            "contact": contact.contact,
        }
        try:
            self._database.transact(
                [
                    Put(table=TABLE, item={"pk": key.pk, "sk": key.sk, **contact.as_item()}, when=(Absent(),)),
                    Put(table=TABLE, item=listing),
                ]
            )
        except ConditionLost as lost:
            standing = lost.lost[0]
            if standing is None:
                raise
            return Contact.from_item(standing)
        return contact

    def get(self, tenant: TenantId, contact: ContactId) -> Contact:
        item = self._database.get(TABLE, contact_key(tenant, contact))
        if item is None:
            raise NotFound("contact", contact)
        return Contact.from_item(item)

    def get_many(self, keys: Sequence[tuple[TenantId, ContactId]]) -> list[Contact]:
        if not keys:
            return []
        items = self._database.get_many(TABLE, [contact_key(*key) for key in keys])
        return [Contact.from_item(item) for item in items]

    def move(
        self,
        tenant: TenantId,
        contact: ContactId,
        fact: Fact,
        expects: Expected | None = None,
        also: Mapping[str, str] | None = None,
    ) -> Contact:
        """The contact after the fact. Raises NotFound, or what `Contact.after` raises; a repeated fact is silence."""
        try:
            return Contact.from_item(self._database.write(moving(tenant, contact, fact, expects, also)))
        except ConditionLost as lost:
            return standing(lost.lost[0], contact, fact, expects)

    def set_desk(self, tenant: TenantId, contact: ContactId, agent: str, connection: str) -> None:
        """Where to push, as long as the contact is still with the agent."""
        self._hint(tenant, contact, {"desk": connection}, Equals("agent", agent))

    def set_visitor(self, tenant: TenantId, contact: ContactId, connection: str) -> None:
        self._hint(tenant, contact, {"visitor": connection}, Exists())

    def _hint(self, tenant: TenantId, contact: ContactId, hint: dict[str, str], when: Equals | Exists) -> None:
        update = Update(table=TABLE, key=contact_key(tenant, contact), set=hint, when=(when,))
        try:
            self._database.write(update)
        except ConditionLost:
            return  # no longer theirs: there is nothing to hint at

    def say(self, contact: Contact, draft: Draft, now: datetime, pace: Pace | None = None) -> Message:
        """Appends to the conversation; the same `client_id` again returns what was said the first time.

        One read and one transaction; who loses the number to another speaker takes the next one. The read also
        shows how fast the author speaks, and the number that it gives is free only if nothing was said since: so
        not even a hundred messages sent at once get past the pace.
        """
        pk = contact_key(contact.tenant, contact.contact).pk
        said = Key(pk, f"SAID#{digest(draft.by.split(':')[0], draft.client_id)}")
        for _ in range(_TRIES):
            look_back = 2 * pace.most if pace else 1
            last = self._database.query(TABLE, pk, begins="MSG#", newest_first=True, limit=look_back).items
            message = Message(n=last[0]["n"] + 1 if last else 1, at=now, draft=draft)
            if pace and (wait_s := pace.wait_s(message.author, [Message.from_item(item) for item in last], now)):
                raise TooMany("messages", wait_s)
            try:
                self._database.transact(
                    [
                        Put(table=TABLE, item=self._message_item(contact, message), when=(Absent(),)),
                        Put(table=TABLE, item={"pk": said.pk, "sk": said.sk, "n": message.n}, when=(Absent(),)),
                    ]
                )
            except ConditionLost as lost:
                if 1 in lost.lost:
                    return self._said(pk, lost.lost[1], said)
                continue
            return message
        raise Conflict("too many are speaking at once; try again")

    def _message_item(self, contact: Contact, message: Message) -> Item:
        pk = contact_key(contact.tenant, contact.contact).pk
        hints = {"tenant": contact.tenant, "contact": contact.contact, "channel": contact.channel.value}
        where = {"agent": contact.agent, "desk": contact.desk, "visitor": contact.visitor}
        return {
            "pk": pk,
            "sk": f"MSG#{message.n:06d}",
            **hints,
            **{name: value for name, value in where.items() if value},
            **message.as_item(),
        }

    def _said(self, pk: str, item: Item | None, key: Key) -> Message:
        said = item or self._database.get(TABLE, key)
        assert said is not None, "the condition was lost to this item, and nothing deletes it"
        standing = self._database.get(TABLE, Key(pk, f"MSG#{said['n']:06d}"))
        assert standing is not None, "written in the same transaction"
        return Message.from_item(standing)

    def messages(self, tenant: TenantId, contact: ContactId, after: int = 0) -> list[Message]:
        pk = contact_key(tenant, contact).pk
        items = every(self._database, TABLE, pk, between=(f"MSG#{after + 1:06d}", "MSG#999999"))
        return [Message.from_item(item) for item in items]

    def link(self, tenant: TenantId, contact: ContactId, keys: Sequence[str]) -> None:
        """The latest contact owns the key: an answer to it belongs there."""
        for key in keys:
            item = {"pk": f"T#{tenant}#THREAD#{digest(key)}", "sk": "THREAD", "contact": contact}
            self._database.write(Put(table=TABLE, item=item))

    def thread(self, tenant: TenantId, keys: Sequence[str]) -> ContactId | None:
        """The contact that the first known key belongs to."""
        if not keys:
            return None
        asked = [Key(f"T#{tenant}#THREAD#{digest(key)}", "THREAD") for key in keys[:100]]
        found = {item["pk"]: ContactId(item["contact"]) for item in self._database.get_many(TABLE, asked)}
        return next((found[key.pk] for key in asked if key.pk in found), None)

    def of_day(self, tenant: TenantId, date: str) -> list[ContactId]:
        """The contacts opened on a UTC date (YYYY-MM-DD), oldest first."""
        items = every(self._database, TABLE, f"T#{tenant}#DAY#{date}")
        return [ContactId(item["contact"]) for item in items]

    # Errands

    def leave(self, errand: Errand) -> None:
        """Takes the place of an older errand, never of a newer one; only while the contact is the agent's, and in a
        state in which his telephone will ask for it. Raises NotFound, SomebodyElses or IllegalMove."""
        key = _errand_key(errand)
        item: Item = {"pk": key.pk, "sk": key.sk, **errand.as_item()}
        states = _BEFORE[type(errand)]
        ready = Check(
            table=TABLE,
            key=contact_key(errand.tenant, errand.contact),
            when=(OneOf("state", tuple(sorted(states))), Equals("agent", errand.agent)),
        )
        replaces: Condition = Absent()
        for _ in range(_TRIES):
            try:
                self._database.transact([ready, Put(table=TABLE, item=item, when=(replaces,))])
            except ConditionLost as lost:
                if 0 in lost.lost:
                    raise _not_ready(lost.lost[0], errand) from None
                there = lost.lost[1]
                if there is not None and there["until"] > item["until"]:
                    return  # he has thought of something else since
                replaces = AtMost("until", item["until"]) if there is not None else Absent()
                continue
            return
        raise Conflict("too many errands at once; try again")

    def transfer_errand(self, tenant: TenantId, contact: ContactId, now: datetime) -> TransferErrand | None:
        item = self._database.get(TABLE, Key(contact_key(tenant, contact).pk, "ERRAND"))
        errand = TransferErrand.from_item(item) if item is not None else None
        return errand if errand is not None and now < errand.until else None

    def dial_errand(self, agent: AgentId, now: datetime) -> DialErrand | None:
        item = self._database.get(TABLE, _dial_key(agent))
        errand = DialErrand.from_item(item) if item is not None else None
        return errand if errand is not None and now < errand.until else None


_BEFORE: Mapping[type[Errand], frozenset[State]] = {
    TransferErrand: frozenset({State.CONNECTED, State.HELD}),
    DialErrand: frozenset({State.OFFERED}),
}


def _dial_key(agent: AgentId) -> Key:
    return Key(f"AGENT#{agent}", "DIAL")


def _errand_key(errand: Errand) -> Key:
    if isinstance(errand, DialErrand):
        return _dial_key(errand.agent)
    return Key(contact_key(errand.tenant, errand.contact).pk, "ERRAND")


def _not_ready(item: Item | None, errand: Errand) -> Exception:
    if item is None:
        return NotFound("contact", errand.contact)
    contact = Contact.from_item(item)
    if contact.agent != errand.agent:
        return SomebodyElses(contact)
    return IllegalMove(contact, "transferred" if isinstance(errand, TransferErrand) else "dialled")


def standing(item: Item | None, contact: ContactId, fact: Fact, expects: Expected | None) -> Contact:
    """Why a move was lost: NotFound, SomebodyElses, IllegalMove; or no loss at all, where it had happened before."""
    if item is None:
        raise NotFound("contact", contact)
    now = Contact.from_item(item)
    if now.has_already(fact, expects):
        return now
    now.check(fact.kind, expects)
    raise Conflict("the contact changed in that moment; try again", state=now.state.value)
