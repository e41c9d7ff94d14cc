"""An urgent message is brought to whoever is on call: each attempt is claimed, then made, then written down.

Nothing here waits. Who knows that something has happened (the clock, a call that is over, a key, a link) takes the
dispatch one step on; two at once are told apart by its version. What fails in an unforeseen way is told to `failed`,
and the clock tries it again, so often as the dispatch says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from chalicelib.contacts.model.contact import Contact
from chalicelib.contacts.model.conversation import Draft
from chalicelib.kernel.errors import Conflict, NotFound, Unavailable
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.outreach.model.agenda import Entry
from chalicelib.outreach.model.dispatch import (
    MOST_TELLS,
    MOST_TRIES,
    Attempt,
    Dispatch,
    Result,
    Standing,
    facts_between,
)
from chalicelib.outreach.model.letters import end_of, note_of, untold_note, words
from chalicelib.outreach.model.link import Held, LinkTokens
from chalicelib.outreach.service.beginning import arrival_of, fitting, made, named
from chalicelib.outreach.service.ports import Begun, DispatchBook, Talks
from chalicelib.outreach.service.ways import Sent, Ways
from chalicelib.tenancy.model.on_call import By
from chalicelib.tenancy.model.tenant import Tenant

BY_RULE = "rule"  # who begins it where no agent does
DESK = "desk"
_TRIES = 8
_MOST_AT_ONCE = 40  # attempts in one go: all of a step are written to at once


Failed = Callable[[Dispatch, Exception], None]


class Dispatches:
    def __init__(
        self, store: DispatchBook, contacts: Talks, tokens: Callable[[], LinkTokens], ways: Ways, failed: Failed
    ) -> None:
        self._store, self._contacts = store, contacts
        self._tokens, self._ways = tokens, ways
        self._failed = failed
        self.get = store.get
        self.latest = store.latest

    def all_of(self, contact: Contact) -> list[Dispatch]:
        """Those that were begun from this contact, the oldest first."""
        return self._store.of(
            contact.tenant, [one.contact for one in self._store.begun(contact.tenant, contact.contact)]
        )

    def of(self, contact: Contact) -> Dispatch | None:
        """The latest that was begun from this contact, or the one that it is itself the contact of."""
        begun = self.all_of(contact)
        if begun:
            return begun[-1]
        try:
            return self._store.get(contact.tenant, contact.contact)
        except NotFound:
            return None

    # Beginning

    def start(self, client: Tenant, source: Contact, *, ladder: str, message: str, by: str, now: datetime) -> Dispatch:
        """The dispatch, with its first attempt made if that can be; asked for again, the one of this ladder that runs
        already. Where `by` is the rule, the one that it began before. Raises NotFound or Invalid, and Conflict where
        the ladder is climbed with another message: that one would reach nobody."""
        climbed = client.ladder(ladder)
        if climbed is None:
            raise NotFound("ladder", ladder)
        text = fitting(message)
        for _ in range(_TRIES):
            begun = self._store.begun(client.id, source.contact)
            standing = self._standing(client.id, begun, ladder, by)
            if standing is not None:
                _demand_same(standing, text, by)
                return standing
            dispatch = made(client, source, climbed, text, by, len(begun) + 1, self._ways.house_sender, now)
            if self._store.add(dispatch, len(begun)):
                return self._unless_it_fails(dispatch, self._on, now)
        raise Conflict("too many are dispatching from this contact at once; try again")

    def on_tape(self, client: Tenant, source: Contact, now: datetime) -> Dispatch | None:
        """A caller left a message: the client's rule may be that it is brought to whoever is on call."""
        ladder = next((one for one in client.on_call if one.voicemail), None)
        if ladder is None:
            return None
        number = source.customer or words(client.language, "withheld")
        message = words(client.language, "tape", number=number)
        return self.start(client, source, ladder=ladder.name, message=message, by=BY_RULE, now=now)

    def _standing(self, tenant: TenantId, begun: Sequence[Begun], ladder: str, by: str) -> Dispatch | None:
        of_ladder = [one for one in begun if one.ladder == ladder]
        for dispatch in reversed(self._store.of(tenant, [one.contact for one in of_ladder])):
            ruled = by == BY_RULE and dispatch.by == BY_RULE
            if dispatch.running or ruled:
                return dispatch
        return None

    # Going on

    def due(self, entry: Entry, now: datetime) -> str:
        """The agenda's deed: what came of it, for the log."""
        try:
            dispatch = self._store.get(entry.tenant, ContactId(entry.id))
        except NotFound:
            self._store.strike(entry)
            return "forgotten"
        going = dispatch.next_at is not None and dispatch.next_at <= now
        after = self._on(dispatch, now) if going else dispatch
        if entry.at != dispatch.next_at:  # the agenda had put it off, or another one was quicker
            self._store.heal(after, entry)
        return after.standing.value if going else "stale"

    def over(self, call: str, now: datetime, *, at: datetime, answered: bool) -> str:
        """A call of telephony's is over, as an event says."""
        known = self._store.calling(call)
        return self.call_over(*known, call, now, at=at, answered=answered) if known is not None else "unknown_call"

    def call_over(
        self, tenant: TenantId, contact: ContactId, call: str, now: datetime, *, at: datetime, answered: bool
    ) -> str:
        """The same of a call that says whose it is, as its record does; of it we may not even know that it began."""

        def change(before: Dispatch) -> Dispatch:
            attempt = _attempt_of(before, call)
            if attempt is None or attempt.ended_at is not None or (before.closed and not attempt.id):
                return before
            return before.hung_up(attempt.n, call, at, now, answered=answered)

        before, after = self._change(tenant, contact, now, change)
        if before is after:
            return "known"
        return self._on(after, now).standing.value

    def _on(self, dispatch: Dispatch, now: datetime) -> Dispatch:
        """As far as it goes now."""
        for _ in range(_MOST_AT_ONCE):
            if dispatch.next_at is None or dispatch.next_at > now:
                return dispatch
            after = self._step(dispatch, now)
            if after is None:
                return self._store.get(dispatch.tenant, dispatch.contact)  # another one goes on with it
            dispatch = after
        return dispatch

    def _step(self, dispatch: Dispatch, now: datetime) -> Dispatch | None:
        if not dispatch.running:
            return self._finish(dispatch, now)
        if len(dispatch.attempts) <= 1:
            self._contacts.open(dispatch.tenant, arrival_of(dispatch), dispatch.started_at)
        if dispatch.pending is not None:
            return self._make_again(dispatch, dispatch.pending, now)
        attempt = dispatch.up_next(now)
        if attempt is not None:
            claimed = self._save(dispatch, dispatch.claimed(attempt, now), now)
            return claimed and self._make(claimed, attempt, now)
        if not dispatch.climbed:
            return self._save(dispatch, dispatch.next_round(now), now)
        ended = self._save(dispatch, dispatch.unanswered(now), now)
        return ended and self._tell(ended, now)

    def _make_again(self, dispatch: Dispatch, attempt: Attempt, now: datetime) -> Dispatch | None:
        """Counted before it is made: whatever stops us each time, the next one is tried after the last of them."""
        if attempt.tries >= MOST_TRIES:
            return self._save(dispatch, dispatch.failed(attempt.n, now), now)
        again = self._save(dispatch, dispatch.reclaimed(now), now)
        return again and self._make(again, again.attempts[attempt.n - 1], now)

    def _make(self, dispatch: Dispatch, attempt: Attempt, now: datetime) -> Dispatch:
        """Makes it and writes down what came of it, whatever has happened to the dispatch meanwhile."""
        sent, again = None, False
        try:
            sent = self._reach(dispatch, attempt)
        except Unavailable:
            again = attempt.tries < MOST_TRIES
        except Conflict:
            again = False  # it will never be made

        def change(before: Dispatch) -> Dispatch:
            if before.attempts[attempt.n - 1].result is not Result.PENDING:
                return before  # who was called has answered already
            if sent is not None:
                return before.placed(attempt.n, sent.id, now, sent.parts)
            return before.put_off(now) if again and before.running else before.failed(attempt.n, now)

        _, after = self._change(dispatch.tenant, dispatch.contact, now, change, dispatch)
        return after if after.running else self._hushed(after, now)

    def _reach(self, dispatch: Dispatch, attempt: Attempt) -> Sent:
        if attempt.by is By.VOICE:
            return self._ways.ring(dispatch, attempt)
        held = Held(dispatch.tenant, dispatch.contact, attempt.n)
        return self._ways.write(dispatch, attempt, self._tokens().sign(held))

    # Ending

    def acknowledge(
        self, tenant: TenantId, contact: ContactId, *, who: str, how: str, now: datetime, n: int = 0
    ) -> Dispatch:
        """The dispatch as it stands: taken by `who`, or by somebody before, or over in another way. `how` is voice,
        sms, email or desk; `n` the attempt by which it was taken."""

        def change(before: Dispatch) -> Dispatch:
            return before.acknowledged(who, how, now, n) if before.running else before

        return self._ended(tenant, contact, now, change)

    def taken_by(self, tenant: TenantId, contact: ContactId, *, who: str, now: datetime) -> Dispatch:
        """Somebody took it in another way, as is told at a desk. Told again it is silent. Raises Invalid where `who`
        is nobody, and Conflict where it has ended in another way."""
        name = named(who)
        after = self.acknowledge(tenant, contact, who=name, how=DESK, now=now)
        if after.standing is not Standing.ACKNOWLEDGED or after.who != name:
            raise _over_already(after)
        return after

    def cancel(self, tenant: TenantId, contact: ContactId, *, by: str, now: datetime) -> Dispatch:
        """Nobody needs it any more. Once more: nothing happens. Raises Conflict where it has ended in another way."""

        def change(before: Dispatch) -> Dispatch:
            return before.cancelled(by, now) if before.running else before

        after = self._ended(tenant, contact, now, change)
        if after.standing is not Standing.CANCELLED:
            raise _over_already(after)
        return after

    def held(self, token: str) -> tuple[Dispatch, Attempt]:
        """What a link opens, running or over. Raises NotFound for one that is none of ours, or forgotten."""
        held = self._tokens().open(token)
        if held is None:
            raise NotFound("message", "behind this link")
        dispatch = self._store.get(held.tenant, held.contact)
        attempt = dispatch.attempt(held.n)
        if attempt is None or attempt.by is By.VOICE:
            raise NotFound("message", "behind this link")
        return dispatch, attempt

    def take(self, token: str, now: datetime) -> tuple[Dispatch, Attempt]:
        """Who holds the link takes it: the first one has it."""
        dispatch, attempt = self.held(token)
        taken = self.acknowledge(
            dispatch.tenant, dispatch.contact, who=attempt.person, how=attempt.by.value, now=now, n=attempt.n
        )
        return taken, attempt

    # On the telephone

    def on_the_line(
        self, tenant: TenantId, contact: ContactId, *, call: str, number: str, n: int, now: datetime
    ) -> tuple[Dispatch, Attempt] | None:
        """Whoever answered our call, if it is ours and to this very number. Its id is written down, if it is not."""

        def change(before: Dispatch) -> Dispatch:
            attempt = before.calling(call, number, n)
            if attempt is None or attempt.id or before.closed:
                return before
            return before.placed(attempt.n, call, now)

        try:
            _, dispatch = self._change(tenant, contact, now, change)
        except NotFound:
            return None
        attempt = dispatch.calling(call, number, n)
        return (dispatch, attempt) if attempt is not None else None

    def pass_on(self, tenant: TenantId, contact: ContactId, n: int, now: datetime) -> Dispatch:
        """Who was called wants somebody else to take it: the next one is tried when the call is over."""

        def change(before: Dispatch) -> Dispatch:
            attempt = before.attempt(n)
            taking = before.running and attempt is not None and attempt.result is Result.PLACED
            return before.passed(n) if taking else before

        return self._change(tenant, contact, now, change)[1]

    # Writing

    def _ended(
        self, tenant: TenantId, contact: ContactId, now: datetime, change: Callable[[Dispatch], Dispatch]
    ) -> Dispatch:
        before, after = self._change(tenant, contact, now, change)
        if before is after:
            return after
        self._unless_it_fails(after, self._hushed, now)
        return self._unless_it_fails(after, self._tell, now)

    def _hushed(self, dispatch: Dispatch, now: datetime) -> Dispatch:
        """Nobody is woken any more for what is over. A call that rings on all the same does no harm: it says so."""
        for attempt in dispatch.ringing(now):
            try:
                self._ways.telephone.hush(attempt.id)
            except Unavailable:
                continue
        return dispatch

    def _unless_it_fails(
        self, dispatch: Dispatch, deed: Callable[[Dispatch, datetime], Dispatch], now: datetime
    ) -> Dispatch:
        """For who asked for a change that is written down: what follows from it is the clock's, if it fails here."""
        try:
            return deed(dispatch, now)
        except Exception as error:
            self._failed(dispatch, error)
            return dispatch

    def _change(
        self,
        tenant: TenantId,
        contact: ContactId,
        now: datetime,
        change: Callable[[Dispatch], Dispatch],
        known: Dispatch | None = None,
    ) -> tuple[Dispatch, Dispatch]:
        """Before and after; the same one where nothing is to be changed. Whoever else writes has gone first."""
        before = known or self._store.get(tenant, contact)
        for _ in range(_TRIES):
            wanted = change(before)
            if wanted is before:
                return before, before
            after = self._save(before, wanted, now)
            if after is not None:
                return before, after
            before = self._store.get(tenant, contact)
        raise Conflict("too many are at this dispatch at once; try again")

    def _save(self, before: Dispatch, after: Dispatch, now: datetime) -> Dispatch | None:
        return self._store.save(before, after, facts_between(before, after, now))

    # Telling

    def _finish(self, dispatch: Dispatch, now: datetime) -> Dispatch | None:
        """Over, and somebody was stopped before it was written down or told."""
        if dispatch.pending is not None:
            closed = self._save(dispatch, dispatch.given_up(now), now)
            return closed and self._tell(closed, now)
        if dispatch.tells >= MOST_TELLS:
            return self._save(dispatch, dispatch.everybody_told(), now)
        telling = self._save(dispatch, dispatch.telling(now), now)
        return telling and self._tell(telling, now)

    def _tell(self, dispatch: Dispatch, now: datetime) -> Dispatch:
        """The agents who had the contact, and whoever gets what nobody took. Twice does no harm."""
        if dispatch.told:
            return dispatch
        self._note(dispatch, "", note_of(dispatch), now)
        unanswered = dispatch.ladder.unanswered
        if dispatch.standing is Standing.UNANSWERED and unanswered:
            try:
                self._ways.tell_unanswered(dispatch, unanswered)
            except Unavailable:
                if dispatch.tells < MOST_TELLS:
                    return dispatch  # the clock comes back to it
                self._note(dispatch, "-untold", untold_note(dispatch), now)
            except Conflict:
                self._note(dispatch, "-untold", untold_note(dispatch), now)

        def change(before: Dispatch) -> Dispatch:
            return before if before.told else before.everybody_told()

        return self._change(dispatch.tenant, dispatch.contact, now, change, dispatch)[1]

    def _note(self, dispatch: Dispatch, which: str, text: str, now: datetime) -> None:
        try:
            source = self._contacts.get(dispatch.tenant, dispatch.source)
        except NotFound:
            return
        draft = Draft(by="system", kind="note", text=text, client_id=f"dispatch-{dispatch.contact}{which}")
        self._contacts.say(source, draft, now)


def _demand_same(running: Dispatch, text: str, by: str) -> None:
    """A rule says nothing new of what somebody sees to already."""
    if by == BY_RULE or running.message == text:
        return
    why = f"{running.ladder.title} is under way with another message: stop that one first, or wait until it is taken"
    raise Conflict(why, running=running.contact)


def _over_already(dispatch: Dispatch) -> Conflict:
    return Conflict(f"this message is over: {end_of(dispatch)}", standing=dispatch.standing.value, who=dispatch.who)


def _attempt_of(dispatch: Dispatch, call: str) -> Attempt | None:
    """The attempt that this call is; the latest of which nobody knows the call, where none has it."""
    voice = [one for one in dispatch.attempts if one.by is By.VOICE]
    known = next((one for one in voice if one.id == call), None)
    return known or next((one for one in reversed(voice) if not one.id), None)
