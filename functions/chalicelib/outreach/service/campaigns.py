"""Campaigns as they go: people are loaded, the campaign runs, each call is settled, and the next one is begun.

Who is called next is decided twice: here, when he is put into the line of an agent, and once more at the desk
(`Permission`), when the agent dials. In between a person may be put on the do-not-call list, or his evening may come.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.contacts.model.contact import Contact, State
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.ids import TenantId
from chalicelib.outreach.model.agenda import Entry, Kind
from chalicelib.outreach.model.campaign import (
    AT_ONCE,
    LISTED,
    MOST_OUT,
    NO_ANSWER,
    TOO_LATE,
    Callee,
    CalleeState,
    Forgotten,
    Full,
    Loaded,
    Moved,
    Report,
    Run,
    RunState,
)
from chalicelib.outreach.model.listing import Standing
from chalicelib.outreach.model.windows import Window, next_call
from chalicelib.outreach.service.agenda import Left
from chalicelib.outreach.service.calling import (
    arrival,
    shown_number,
    take_back,
    take_back_even_offered,
    takes_calls,
    terms_for,
    voice_id,
)
from chalicelib.outreach.service.do_not_call import DoNotCall
from chalicelib.outreach.service.loading import Loading
from chalicelib.outreach.service.outcomes import after_call, later, nobody_left
from chalicelib.outreach.service.permission import limit_of
from chalicelib.outreach.service.ports import CampaignBook, Clients, Contacts, NumberBook, Router
from chalicelib.routing.model.eligibility import ring_of
from chalicelib.tenancy.model.outreach import Campaign
from chalicelib.tenancy.model.tenant import Tenant

TARGET_S = 4 * 3600  # so that whoever calls us goes first
LOOK_S = 60  # between two looks of the clock at a campaign that goes on
IDLE_S = 900  # at a campaign in which nobody may be called before
_ROUNDS = 8  # of one top-up
_MORE_S = 5  # one more look at a long list of people takes long: it is not begun with less time
_MOST_SENT = 50  # by one top-up, within the time that a request has; the next one goes on


class Campaigns:
    def __init__(
        self,
        *,
        book: CampaignBook,
        numbers: NumberBook,
        do_not_call: DoNotCall,
        loading: Loading,
        clients: Clients,
        contacts: Contacts,
        router: Router,
    ) -> None:
        self._book = book
        self._numbers = numbers
        self._do_not_call = do_not_call
        self._loading = loading
        self._clients = clients
        self._contacts = contacts
        self._router = router

    # What the operator does

    def load(
        self,
        tenant: TenantId,
        name: str,
        text: str,
        *,
        skip_bad: bool = False,
        only_check: bool = False,
        before: int = 0,
        now: datetime,
    ) -> Loaded:
        """Raises BadList (see `Loading.load`), NotFound where there is no such campaign, and Conflict where the file of
        the client has it no more."""
        client, campaign = self._known(tenant, name)
        loaded = self._loading.load(
            client, campaign, text, skip_bad=skip_bad, only_check=only_check, before=before, now=now
        )
        if not only_check:
            self.top_up(tenant, name, now)
        return loaded

    def start(self, tenant: TenantId, name: str, by: str, now: datetime) -> Report:
        """From now on its people are called. Once more: it looks at once, and runs since when it ran.

        Raises Conflict where nobody is left to call, or where its last day is over.
        """
        client, campaign = self._known(tenant, name)
        run = self._book.run(tenant, name)
        if not run.people:
            raise Conflict(f"nobody is on the list of {campaign.title}: load people first", state=run.state.value)
        if not run.waiting and not run.out:
            raise Conflict(nobody_left(campaign, run), people=run.people, outcomes=dict(run.outcomes))
        if campaign.last_day is not None and now.astimezone(client.zone.info).date() > campaign.last_day:
            raise Conflict(f"the last day of {campaign.title} was {campaign.last_day.isoformat()}", reason="last_day")
        entry = Entry(at=now, kind=Kind.CAMPAIGN, tenant=tenant, id=name)
        self._turn(entry, run, RunState.RUNNING, by, now, entry)
        self.top_up(tenant, name, now)
        return self.standing(tenant, name)

    def pause(self, tenant: TenantId, name: str, by: str, now: datetime) -> Report:
        """Nobody more is called. Who was dialled stays with his agent; all others are taken back."""
        run = self._stored(tenant, name)
        if run.state is RunState.RUNNING:
            self._turn(Entry(at=now, kind=Kind.CAMPAIGN, tenant=tenant, id=name), run, RunState.PAUSED, by, now)
        self.top_up(tenant, name, now)
        return self.standing(tenant, name)

    def standing(self, tenant: TenantId, name: str) -> Report:
        run, campaign = self._stored(tenant, name), self._clients.get(tenant).campaign(name)
        return Report(name=name, campaign=campaign, run=run, next_at=self._book.next_due(tenant, name))

    def forget(self, tenant: TenantId, name: str, now: datetime, left: Left) -> Forgotten:
        """Its people are deleted, with all that is known of them here: so many at once as there is time for, some at
        least. Asked again, it goes on.

        Raises Conflict as long as it runs, or somebody of it is with an agent.
        """
        run = self._stored(tenant, name)
        if run.out:
            self.top_up(tenant, name, now)
            run = self._book.run(tenant, name)
        if run.state is RunState.RUNNING or run.out:
            raise Conflict(f"{name} is at work: pause it, and wait for its calls", state=run.state.value, out=run.out)
        gone = 0
        while some := self._book.forget(tenant, name, run, left):
            gone += some
            if left() < _MORE_S and (still := self._book.run(tenant, name).people):
                return Forgotten(people=gone, left=still)
        return Forgotten(people=gone, left=0)

    def all(self, tenant: TenantId) -> list[Report]:
        """All campaigns of the client, as its file has them."""
        campaigns = self._clients.get(tenant).campaigns
        runs = self._book.runs(tenant, [campaign.name for campaign in campaigns])
        return [Report(name=campaign.name, campaign=campaign, run=runs[campaign.name]) for campaign in campaigns]

    def _turn(self, of: Entry, run: Run, state: RunState, by: str, now: datetime, entry: Entry | None = None) -> None:
        if not self._book.turn(of.tenant, of.id, run, state, by=by, now=now, entry=entry):
            raise Conflict("somebody else changed this campaign in that moment; look again")

    def _known(self, tenant: TenantId, name: str) -> tuple[Tenant, Campaign]:
        client = self._clients.get(tenant)
        campaign = client.campaign(name)
        if campaign is None:
            self._stored(tenant, name)
            why = f"{client.name} has no campaign {name} any more: put it back into the client's file, or forget it"
            raise Conflict(why, reason="gone")
        return client, campaign

    def _stored(self, tenant: TenantId, name: str) -> Run:
        """As it stands, also where the client's file has it no more. Raises NotFound where neither knows it."""
        run = self._book.run(tenant, name)
        if not run.since and not run.people and self._clients.get(tenant).campaign(name) is None:
            raise NotFound("campaign", name)
        return run

    # Who is called next

    def deed(self, entry: Entry, now: datetime) -> str:
        """Its place in the agenda has come. Goes on a minute later, as long as there is anybody to call."""
        run = self._book.run(entry.tenant, entry.id)
        if stamp(entry.at) < run.agenda or not run.since:
            self._book.strike(entry)  # another place was taken since: a campaign has one
            return "stale"
        try:
            sent = self.top_up(entry.tenant, entry.id, now)
        except NotFound:  # the client is no more
            self._book.strike(entry)
            return "gone"
        run = self._book.run(entry.tenant, entry.id)
        if self._is_gone(entry, run, now):
            self._book.strike(entry)
            return "gone"
        if self._goes_on(entry, run, now):
            self._book.move(entry, self._next_look(entry, run, now))
            return "called" if sent else "waits"
        self._book.strike(entry)
        return "over"

    def _is_gone(self, entry: Entry, run: Run, now: datetime) -> bool:
        """The client's file has it no more: it is paused, so that it does not wake by itself when it comes back."""
        if run.out or run.state is not RunState.RUNNING:
            return False
        if self._clients.get(entry.tenant).campaign(entry.id) is not None:
            return False
        return self._book.turn(entry.tenant, entry.id, run, RunState.PAUSED, by="system", now=now)

    def _goes_on(self, entry: Entry, run: Run, now: datetime) -> bool:
        """Ends it where nobody is left."""
        if run.out or (run.waiting and run.state is RunState.RUNNING):
            return True
        if run.state is not RunState.RUNNING:
            return False
        return not self._book.turn(entry.tenant, entry.id, run, RunState.OVER, by=run.by, now=now)

    def _next_look(self, entry: Entry, run: Run, now: datetime) -> datetime:
        soon = now + timedelta(seconds=LOOK_S)
        due = "" if run.out else self._book.next_due(entry.tenant, entry.id)
        return max(soon, min(instant(due), now + timedelta(seconds=IDLE_S))) if due else soon

    def top_up(self, tenant: TenantId, name: str, now: datetime) -> int:
        """So many people go out that each agent at work has one; how many that were. Mends what a fault left: who was
        claimed and is in no line, and whose call was never settled. Takes back who may not be called any more."""
        client = self._clients.get(tenant)
        campaign = client.campaign(name)
        run = self._book.run(tenant, name)
        goes = campaign is not None and run.state is RunState.RUNNING and takes_calls(client)
        out = self._mended(client, name, campaign if goes else None, now) if run.out else 0
        if not goes or campaign is None:
            return 0
        room = min(MOST_OUT, out + _MOST_SENT, self._agents(client, campaign)) if run.waiting else 0
        return self._fill(client, campaign, out, room, now) if room > out else 0

    def _agents(self, client: Tenant, campaign: Campaign) -> int:
        """Who is at work, whatever he does now, and may serve this."""
        need = terms_for(client, TARGET_S, campaign.skill).need
        seats = self._router.seats(client.team_id)
        return sum(1 for seat in seats if seat.signed_in and ring_of(seat.profile, need) is not None)

    def _mended(self, client: Tenant, name: str, campaign: Campaign | None, now: datetime) -> int:
        """How many are still out. `campaign` None: it calls nobody now."""
        out = self._book.out(client.id, name)
        keys = [(client.id, callee.contact) for callee in out]
        found = {one.contact: one for start in range(0, len(keys), 100)
                 for one in self._contacts.get_many(keys[start : start + 100])}  # fmt: skip
        left = 0
        for callee in out:
            contact = found.get(callee.contact)
            may = campaign is not None and Window.of(campaign).is_open(now, callee.zones)
            if contact is None or contact.state is State.ARRIVED:
                if may and campaign is not None:
                    self._send(client, campaign, callee, now)
                    left += 1
                    continue
                if contact is None:  # claimed, and then nothing came of it
                    self._change(callee, callee.again(later(client, callee, Standing(), now) or now))
                    continue
            elif contact.over:
                self.settle(contact, now)
                continue
            # Outside of the hours an offer is left to its agent, who is told so; a campaign that rests takes it back.
            take = take_back if campaign is not None else take_back_even_offered
            taken = None if may else take(self._router, contact, now)
            if taken is not None:
                self.settle(taken, now)
            else:
                left += 1
        return left

    def _fill(self, client: Tenant, campaign: Campaign, out: int, room: int, now: datetime) -> int:
        sent = 0
        for turn in range(_ROUNDS):
            wanted = AT_ONCE if turn else min(AT_ONCE, room - out + 2)
            due = self._book.due(client.id, campaign.name, now, wanted)
            standings = self._numbers.standings(client.id, [callee.number for callee in due]) if due else {}
            later: list[tuple[Callee, Callee]] = []
            for callee in due:
                placed = self._placed(campaign, callee, standings[callee.number], now)
                if placed is not None:
                    later.append((callee, placed))
                elif out + sent < room:
                    sent += self._claimed(client, campaign, callee, room, now)
            self._change_all(later)
            if out + sent >= room or len(due) < wanted:
                break
        return sent

    def _placed(self, campaign: Campaign, callee: Callee, standing: Standing, now: datetime) -> Callee | None:
        """Where he belongs who may not be called now; None: he may be."""
        if standing.listed:
            return callee.over(LISTED, now)
        limit = limit_of(campaign)
        moment = next_call(Window.of(campaign), callee.zones, now, limit=limit, calls=standing.calls)
        if moment is None:
            return callee.over(NO_ANSWER if callee.attempts else TOO_LATE, now)
        return callee.again(moment) if moment > now else None

    def _claimed(self, client: Tenant, campaign: Campaign, callee: Callee, room: int, now: datetime) -> int:
        turned = replace(callee, turns=callee.turns + 1)
        taken = turned.taken(voice_id(turned.source_id))
        try:
            self._book.claim(callee, taken, room)
        except (Moved, Full):
            return 0
        self._send(client, campaign, taken, now, previous=callee.contact)
        return 1

    def _send(self, client: Tenant, campaign: Campaign, callee: Callee, now: datetime, previous: str = "") -> None:
        """Into the line of the agents. Sent again, he is there already."""
        first = voice_id(replace(callee, turns=1).source_id)
        contact = self._contacts.open(
            client.id,
            arrival(
                number=callee.number,
                shown=shown_number(client, campaign.caller_id),
                source_id=callee.source_id,
                outreach=f"{Kind.CAMPAIGN}:{campaign.name}",
                name=callee.name,
                previous=previous,
                thread=first if callee.turns > 1 else "",
            ),
            now,
        )
        if contact.state is State.ARRIVED:
            self._router.enqueue(contact, terms_for(client, TARGET_S, campaign.skill), now=now)

    # What came of a call

    def settle(self, contact: Contact, now: datetime) -> str:
        """What became of a call decides: again later, or done. Told again, it is known already. Who wants no calls any
        more gets none, whatever else is known of this one.

        One word for the log.
        """
        client = self._clients.get(contact.tenant)
        numbers = self._do_not_call.wished(client, contact, now)
        settled = self._settled(client, contact, now)
        for number in numbers:
            self.leave(client, number, now)
        return settled

    def _settled(self, client: Tenant, contact: Contact, now: datetime) -> str:
        name = contact.outreach.partition(":")[2]
        callee = self._book.person(contact.tenant, name, contact.customer)
        if callee is None or callee.state is not CalleeState.OUT or callee.contact != contact.contact:
            return "known"
        outcome = client.disposition(contact.disposition) if contact.state is State.WRAPPED else None
        standing = self._numbers.standings(client.id, [callee.number])[callee.number]
        after = after_call(client, callee, contact, outcome, standing, now)
        return after.state.value if self._change(callee, after) else "known"

    # Who is never to be called

    def leave(self, client: Tenant, number: str, now: datetime) -> int:
        """The number leaves every campaign of the client; of how many. Who talks to an agent now leaves when that is
        settled."""
        left = 0
        names = [campaign.name for campaign in client.campaigns]
        for callee in self._book.of_number(client.id, names, number):
            if callee.state is CalleeState.WAITING:
                left += self._change(callee, callee.over(LISTED, now))
            elif callee.state is CalleeState.OUT:
                left += 1
                for contact in self._contacts.get_many([(client.id, callee.contact)]):
                    taken = take_back_even_offered(self._router, contact, now)
                    if taken is not None:
                        self.settle(taken, now)
        return left

    # Changes

    def _change(self, before: Callee, after: Callee) -> bool:
        try:
            self._book.change((before, after))
        except Moved:
            return False
        return True

    def _change_all(self, pairs: Sequence[tuple[Callee, Callee]]) -> None:
        """Together; where one of them moved on meanwhile, each for itself."""
        if not pairs:
            return
        try:
            self._book.change(*pairs)
        except Moved:
            for pair in pairs:
                with suppress(Moved):
                    self._book.change(pair)
