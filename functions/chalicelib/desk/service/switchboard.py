"""What an agent does with a call beyond answering it: hands it on, calls out, pauses the recording, hears a message.

The telephone does the telephoning. Here it is decided whether it may, and where to; that is left as an errand, for
which the flow asks a moment later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.contacts.model.contact import Arrival, Contact, SomebodyElses
from chalicelib.contacts.model.conversation import Draft
from chalicelib.contacts.model.errand import ERRAND_S, DialErrand, TransferErrand
from chalicelib.contacts.service import Contacts
from chalicelib.desk.model import destinations
from chalicelib.desk.model.card import Card
from chalicelib.desk.model.destinations import Colleague, Destinations, End, Kind
from chalicelib.desk.model.handover import mark
from chalicelib.desk.model.tape import NoSound
from chalicelib.desk.service.cards import Cards
from chalicelib.desk.service.ports import Clients, Lists, Recorder, Tapes
from chalicelib.desk.service.switchboard_recording import ON, PAUSED, TALKING, ConversationRecording
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId
from chalicelib.routing.model.seat import Seat
from chalicelib.routing.model.terms import terms_of
from chalicelib.routing.service.router import Router
from chalicelib.tenancy.model.caller import Caller, Role
from chalicelib.tenancy.model.gate import Refused, gate
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.workforce.model import Agent, Status
from chalicelib.workforce.service import Workforce

MOST_NOTE = 500  # characters


@dataclass(frozen=True, slots=True)
class Dialled:
    contact: ContactId
    number: str


@dataclass(frozen=True, slots=True)
class CallerId:
    """A client in whose name the agent may call, and the number that is shown then."""

    client: Tenant
    number: str


class Switchboard:
    def __init__(
        self,
        *,
        contacts: Contacts,
        router: Router,
        workforce: Workforce,
        clients: Clients,
        recorder: Recorder,
        tapes: Tapes,
        lists: Lists,
        cards: Cards,
    ) -> None:
        self._contacts = contacts
        self._router = router
        self._workforce = workforce
        self._clients = clients
        self._recording = ConversationRecording(contacts, recorder)
        self._tapes = tapes
        self._lists, self._cards = lists, cards

    # Handing on

    def destinations(self, caller: Caller, tenant: TenantId, contact: ContactId) -> Destinations:
        """Who is there and may serve this client, and where else its calls may go."""
        self._own(caller, tenant, contact)
        client = self._clients.get(tenant)
        here = [one for team in sorted(destinations.teams_of(client)) for one in self._signed_in(TeamId(team), client)]
        others = sorted((one for one in here if one.agent.agent != caller.agent), key=lambda one: one.agent.name)
        ready = {team: sum(1 for one in here if one.agent.team == team and _ready(one)) for team in _teams(client)}
        return Destinations(
            agents=tuple(others),
            teams=tuple(ready.items()),
            numbers=tuple((str(known.number), str(known.name)) for known in client.calls.transfers),
            any_number=client.calls.free_transfer,
            team_names={str(team): name for team, name in self._workforce.team_names().items()},
        )

    def transfer(
        self, caller: Caller, tenant: TenantId, contact: ContactId, *, to: str, note: str, warm: bool, now: datetime
    ) -> None:
        """The telephone's next transfer of this call goes there. `warm`: the agent speaks first with who answers."""
        standing = self._talking(caller, tenant, contact)
        client, end, note = self._clients.get(tenant), End.parse(to), note.strip()
        if len(note) > MOST_NOTE:
            raise Invalid("note", f"has {len(note)} characters", f"write at most {MOST_NOTE}")
        self._demand_reachable(caller, client, end, standing)
        errand = TransferErrand(
            tenant=tenant,
            contact=contact,
            agent=_agent(caller),
            to=str(end),
            note=note,
            warm=warm,
            until=now + timedelta(seconds=ERRAND_S),
        )
        self._contacts.leave_transfer(errand)
        if note:
            # It stays with the call that it was written in; who answers is shown it from there.
            draft = Draft(by=f"agent:{caller.agent}", kind="note", text=note, client_id=mark(str(end), note))
            self._contacts.say(standing, draft, now)

    def _demand_reachable(self, caller: Caller, client: Tenant, end: End, contact: Contact) -> None:
        match end.kind:
            case Kind.AGENT:
                self._demand_colleague(caller, client, AgentId(end.name))
            case Kind.TEAM if end.name not in destinations.teams_of(client):
                raise Invalid("to", f"the team {end.name!r} does not serve {client.name}", "choose one that does")
            case Kind.NUMBER:
                destinations.demand_allowed(end.name, client, contact.customer)
                self._demand_elsewhere("to", end.name)

    def _demand_elsewhere(self, field: str, number: str) -> None:
        """Nor another client's: the call would come back to us as his. Whose it is, is nobody's business."""
        if self._clients.asked("phone", number) is not None:
            raise Invalid(field, f"{number} leads back to our own lines", "choose another number")

    def _demand_colleague(self, caller: Caller, client: Tenant, agent: AgentId) -> None:
        if agent == caller.agent:
            raise Invalid("to", "you have the call already", "choose somebody else")
        try:
            colleague = self._workforce.agent(agent)
        except NotFound:
            raise Invalid("to", f"there is no agent {agent!r}", "choose one of the destinations") from None
        if why := destinations.bar(colleague, client):
            raise Invalid("to", f"{colleague.name} {why}", "choose somebody else")
        if not self._seat(colleague.team, agent).signed_in:
            raise Invalid("to", f"{colleague.name} is offline", "choose who is at work, or a team")

    def _signed_in(self, team: TeamId, client: Tenant) -> list[Colleague]:
        seats = {seat.agent: seat for seat in self._router.seats(team) if seat.signed_in}
        members = [agent for agent in self._workforce.members(team) if agent.agent in seats]
        return [Colleague(agent=one, seat=seats[one.agent]) for one in members if not destinations.bar(one, client)]

    # Calling out

    def caller_ids(self, caller: Caller) -> list[CallerId]:
        """The clients in whose name he may call; one without a number of its own is left out."""
        agent = self._workforce.agent(_agent(caller))
        clients = (self._clients.get(listing.tenant) for listing in self._clients.listings(caller.scope))
        may = [client for client in clients if not destinations.bar(agent, client) and _shown(client)]
        return [CallerId(client, _shown(client)) for client in may if not isinstance(_gate(client), Refused)]

    def dial(self, caller: Caller, tenant: TenantId, number: str, *, about: str = "", now: datetime) -> Dialled:
        """Opens a contact that is his before the telephone dials. `about` is the contact that is called back.

        Raises Conflict where he is not available, or has a call, or where nobody is to call there, and Invalid for a
        number that cannot be called.
        """
        client, agent = self._clients.get(tenant), self._workforce.agent(_agent(caller))
        wanted = destinations.number("number", number)
        destinations.demand_outside("number", wanted, client)
        self._demand_elsewhere("number", wanted)
        shown = self._demand_callable(client, agent)
        previous = self._called_back(caller, tenant, ContactId(about), wanted) if about else None
        called = previous is not None and previous.channel is Channel.VOICE
        destinations.demand_affordable("number", wanted, client, previous.customer if previous and called else "")
        self._demand_wanted(tenant, wanted, previous)
        self._demand_free(caller)
        contact = self._contacts.open(tenant, _outbound(agent, wanted, shown, previous, now), now)
        try:
            self._router.claim_own(contact, terms_of(client, Channel.VOICE), agent, now)
        except (Conflict, NotAllowed):
            self._router.abandon(tenant, contact.contact, "no_answer", now)  # nobody was called
            raise
        until = now + timedelta(seconds=ERRAND_S)
        self._contacts.leave_dial(
            DialErrand(
                tenant=tenant,
                contact=contact.contact,
                agent=agent.agent,
                number=wanted,
                caller_id=shown,
                until=until,
            )
        )
        return Dialled(contact.contact, wanted)

    def _called_back(self, caller: Caller, tenant: TenantId, contact: ContactId, number: str) -> Contact:
        """Whose customer is called back there. Raises Invalid where that is not his number, so that nobody's history
        is shown with a call to somebody else. Of whom no number is known, the agent who has heard or read it may."""
        known = self._contacts.get(tenant, contact)
        numbers = {one for one in (known.customer, known.callback) if one.startswith("+")}
        if number not in numbers and (numbers or known.agent != caller.agent):
            raise Invalid("contact", f"{contact} is not of {number}", "call without it, or call its customer's number")
        return known

    def _demand_wanted(self, tenant: TenantId, number: str, previous: Contact | None) -> None:
        """Whoever wants no calls is called back where he asked us something himself, and never else."""
        asked = previous is not None and not previous.outbound and number in (previous.customer, previous.callback)
        if not asked and self._lists.listed(tenant, number):
            why = "only about a call or message of that very number, which the customer began himself, may it be called"
            raise Conflict(f"{number} is on the do-not-call list: {why}", reason="do_not_call")

    def _demand_callable(self, client: Tenant, agent: Agent) -> str:
        """The number that the customer will see."""
        if why := destinations.bar(agent, client):
            raise NotAllowed(f"you cannot call for {client.name}: {agent.name} {why}")
        if isinstance(_gate(client), Refused):
            raise Conflict(f"nobody calls for {client.name} for now", status=client.status.value)
        if not (shown := _shown(client)):
            raise Invalid("tenant", f"{client.name} has no number to call from", "choose another client")
        return shown

    def _demand_free(self, caller: Caller) -> None:
        """Told in words before anything is opened; the claim itself decides."""
        seat = self._seat(caller.team, caller.agent)
        if seat.status is not Status.AVAILABLE:
            raise Conflict("say that you are available first, then call", status=seat.status.value)
        if any(held.channel is Channel.VOICE for held in seat.contacts.values()):
            raise Conflict("finish the call that you have first", units=seat.units)

    # What is recorded

    def record(
        self, caller: Caller, tenant: TenantId, contact: ContactId, state: str, *, call: str = "", now: datetime
    ) -> Card:
        """Pauses the recording or lets it go on, for all who are in the conversation; asked again, it is so already.
        `call` is what the telephone calls the part that it has now: a call that waited in two queues has two.

        Raises Unavailable where Amazon Connect did not do it; what it did not do is not noted.
        """
        if state not in (PAUSED, ON):
            raise Invalid("state", f"{state!r} is not known", f"send {PAUSED} or {ON}")
        standing = self._talking(caller, tenant, contact)
        standing = self._recording.switch(_agent(caller), standing, state, call, now)
        return self._cards.of(standing, now)

    def voicemail(self, caller: Caller, tenant: TenantId, contact: ContactId, now: datetime) -> bytes:
        """The message as audio/wav, for its agent, and for who may look at any contact. Raises NoSound."""
        standing = self._contacts.get(tenant, contact)
        hears_all = caller.role is Role.SUPERVISOR and not caller.agent
        if not hears_all and standing.agent != _agent(caller):
            raise SomebodyElses(standing)
        if not standing.voicemail:
            raise NotFound("message", contact)
        heard = self._tapes.fetch(standing.voicemail)
        if heard is None:
            raise NoSound(standing, self._clients.get(tenant), now)
        return heard

    # Whose it is

    def _own(self, caller: Caller, tenant: TenantId, contact: ContactId) -> Contact:
        standing = self._contacts.get(tenant, contact)
        if standing.agent != _agent(caller):
            raise SomebodyElses(standing)
        return standing

    def _talking(self, caller: Caller, tenant: TenantId, contact: ContactId) -> Contact:
        standing = self._own(caller, tenant, contact)
        if standing.channel is not Channel.VOICE or standing.voicemail:
            raise Conflict("this is no call", channel=standing.channel.value)
        if standing.state not in TALKING:
            raise Conflict("nobody is on the line", state=standing.state.value)
        return standing

    def _seat(self, team: TeamId, agent: AgentId) -> Seat:
        try:
            return self._router.seat(team, agent)
        except NotFound:
            return Seat(agent=agent, team=team)


def _agent(caller: Caller) -> AgentId:
    if not caller.agent:
        raise NotAllowed("you take no contacts")
    return caller.agent


def _teams(client: Tenant) -> list[str]:
    """The client's own team first."""
    return [client.team_id, *sorted(client.routing.helpers - {client.team_id})]


def _ready(colleague: Colleague) -> bool:
    return colleague.state == Status.AVAILABLE


def _gate(client: Tenant) -> object:
    return gate(client, Channel.VOICE)


def _shown(client: Tenant) -> str:
    return str(client.calls.caller_id or next(iter(client.entry_points.phones), ""))


def _outbound(agent: Agent, number: str, shown: str, previous: Contact | None, now: datetime) -> Arrival:
    known = previous.customer_name if previous is not None else ""
    return Arrival(
        channel=Channel.VOICE,
        entry_point=shown,
        customer=number,
        customer_name=known,
        source_id=f"desk:{agent.agent}:{stamp(now)}",
        previous=previous.contact if previous is not None else "",
        thread=(previous.thread or previous.contact) if previous is not None else "",
        direction="outbound",
    )
