"""The telephone exchange: calls come in and go out, flows run, phones ring, people talk, records are written.

It is driven by its clock and by whoever calls its methods, all on one thread; every method returns at once.
A deed that cannot be done raises NotOnTheLine (there is no such call) or NotNow (not in this state).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from infra.local.connect.agent_events import AgentEvents
from infra.local.connect.api_calls import Wanted
from infra.local.connect.board import Board
from infra.local.connect.catalogue import KEYS
from infra.local.connect.clock import Clock
from infra.local.connect.errors import NotNow, NotOnTheLine
from infra.local.connect.events import Events
from infra.local.connect.floor import Floor
from infra.local.connect.invocation import Lambdas
from infra.local.connect.library import Library
from infra.local.connect.parties import Agent, Call, Leg, LegState, Outside, Reason, Segment
from infra.local.connect.recording import Tapes
from infra.local.connect.records import Records
from infra.local.connect.setup import Setup
from infra.local.connect.transcript import Speaker

__all__ = ["Exchange", "NotNow", "NotOnTheLine", "Setup", "Wanted"]

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_TALKING = (LegState.CONNECTED, LegState.HELD)
# What StopContact does not end.
_NOT_STOPPED = frozenset({"DISCONNECT", "TRANSFER", "QUEUE_TRANSFER"})


class Exchange:
    def __init__(
        self,
        *,
        clock: Clock,
        library: Library,
        lambdas: Lambdas,
        events: Events,
        records: Records,
        mint: Callable[[], str],
        setup: Setup | None = None,
        people: AgentEvents | None = None,
        tapes: Tapes | None = None,
    ) -> None:
        self.setup = setup or Setup()
        self.clock = clock
        self._board = Board(
            clock=clock, library=library, lambdas=lambdas, events=events, records=records, mint=mint,
            setup=self.setup, people=people, tapes=tapes,
        )  # fmt: skip

    @property
    def calls(self) -> dict[str, Call]:
        return self._board.calls

    @property
    def floor(self) -> Floor:
        return self._board.floor

    @property
    def outgoing(self) -> Mapping[str, Outside]:
        """The phones outside that ring or talk, by the id of their leg."""
        return MappingProxyType(self._board.outgoing)

    # The customer

    def dial(self, dialled: str, customer: str = "", keys: str = "") -> Call:
        """A call comes in; `customer` is empty when the number is withheld, `keys` are pressed ahead."""
        board = self._board
        inbound = board.library.find(self.setup.inbound_flow)
        assert inbound is not None, "the library holds the inbound flow"
        call = board.open(Call(id=board.mint(), customer=customer, dialled=dialled, began_at=self.clock.now()))
        segment = board.begin(call, "INBOUND")
        for key in (key for key in keys if key in KEYS):
            board.hear(call, Speaker.KEYS, key)
            call.keys.append(key)
        board.run(segment, inbound, lambda end: board.waiting.first_flow_over(segment, end))
        return call

    def find(self, call: str) -> Call:
        if call not in self.calls:
            raise NotOnTheLine(f"there is no call {call}")
        return self.calls[call]

    def press(self, call: Call, keys: str) -> None:
        self._board.talk.press(call, keys)

    def customer_says(self, call: Call, text: str) -> None:
        self._board.talk.customer_says(call, text)

    def hang_up(self, call: Call) -> None:
        self._board.talk.customer_hangs_up(call)

    def close(self) -> None:
        """The exchange shuts down: every call is cut, and its events still go out."""
        for call in list(self.calls.values()):
            self._board.drop(call, Reason.TELECOM)

    # Phones outside

    def call_out(self, wanted: Wanted) -> str:
        """A number is called by nobody in particular, as StartOutboundVoiceContact does; the contact's id."""
        if not _E164.fullmatch(wanted.number):
            raise NotNow(f"{wanted.number!r} is no number like +15550100100")
        return self._board.api_calls.start(wanted)

    def answer_out(self, leg_id: str) -> None:
        self._board.outside.answer(leg_id)

    def refuse_out(self, leg_id: str) -> None:
        self._board.outside.refuse(leg_id)

    def out_says(self, leg_id: str, text: str) -> None:
        self._board.outside.says(leg_id, text)

    def out_keys(self, leg_id: str, keys: str) -> None:
        self._board.outside.keys(leg_id, keys)

    def out_hangs_up(self, leg_id: str) -> None:
        self._board.outside.hangs_up(leg_id)

    # The agent and his status

    def opens_phone(self, agent: str, name: str = "") -> Agent:
        """Whoever opens it is Offline until he says what he is."""
        found = self.floor.agent(agent, self.clock.now())
        if found is None:
            raise NotOnTheLine(f"{agent!r} cannot be an agent's name")
        found.name = name or found.name
        return found

    def sign_in(self, agent: str, name: str = "") -> Agent:
        """Available, unless he is signed in already with a status of his own."""
        found = self.opens_phone(agent, name)
        if not found.online:
            self.set_status(agent, "Available")
        return found

    def sign_out(self, agent: str) -> None:
        found = self.floor.agents.get(agent)
        if found is None:
            return
        was_here = found.online
        found.available, found.status, found.next_status = False, "", ""
        found.status_since = self.clock.now()
        if found.leg is not None and found.leg.state is LegState.CONNECTING:
            self._board.ringing.unanswered(found.leg)
            found.leg = None
        if was_here:
            self._board.people.logout(found)

    def set_status(self, agent: str, name: str) -> None:
        """Available, Offline, or one of his own; while he is on a call it is the next one."""
        found = self.floor.agents.get(agent)
        if found is None:
            raise NotOnTheLine(f"{agent} is not signed in")
        if name == "Offline":
            self.sign_out(agent)
        elif found.online and found.leg is not None:
            found.next_status = name
            self._board.people.look(found)
        else:
            self._take_status(found, name)

    def _take_status(self, agent: Agent, name: str) -> None:
        was_here = agent.online
        agent.available, agent.status = name == "Available", "" if name == "Available" else name
        agent.status_since, agent.next_status = self.clock.now(), ""
        if was_here:
            self._board.people.look(agent)
        else:
            agent.idle_since = agent.status_since
            self._board.people.login(agent)
        self._board.ringing.look()

    # The agent and his call

    def accept(self, agent: str) -> Leg:
        leg = self._leg(agent, LegState.CONNECTING)
        self._board.ringing.accept(leg)
        return leg

    def reject(self, agent: str) -> None:
        leg = self._leg(agent, LegState.CONNECTING, LegState.WHISPER)
        if leg.state is LegState.WHISPER and leg.dials:
            self._board.talk.hangs_up(leg)
        else:
            self._board.ringing.unanswered(leg)

    def hold(self, agent: str) -> None:
        self._board.talk.hold(self._leg(agent, *_TALKING))

    def resume(self, agent: str) -> None:
        self._board.talk.resume(self._leg(agent, *_TALKING))

    def mute(self, agent: str) -> None:
        self._board.talk.mute(self._leg(agent, *_TALKING), on=True)

    def unmute(self, agent: str) -> None:
        self._board.talk.mute(self._leg(agent, *_TALKING), on=False)

    def agent_says(self, agent: str, text: str) -> None:
        self._board.talk.says(self._leg(agent, *_TALKING), text)

    def keys(self, agent: str, keys: str) -> None:
        self._board.talk.keys(self._leg(agent, *_TALKING), keys)

    def agent_hangs_up(self, agent: str) -> None:
        self._board.talk.hangs_up(self._leg(agent, LegState.WHISPER, *_TALKING))

    def dial_out(self, agent: str, number: str) -> Call:
        """The agent's own phone is connected first; the customer's rings when the whisper flow says so."""
        found = self.floor.agents.get(agent)
        if found is None or not found.online:
            raise NotOnTheLine(f"{agent} is not signed in")
        if found.leg is not None:
            raise NotNow(f"{agent} has a call: {found.leg.state.value}")
        if not _E164.fullmatch(number):
            raise NotNow(f"{number!r} is no number like +15550100100")
        return self._board.outbound.dial(found, number)

    def transfer(self, agent: str, to: str = "") -> Segment:
        """By the quick connect; with `to`, to that agent."""
        return self._board.consults.begin(self._leg(agent, *_TALKING), to)

    def join(self, agent: str) -> None:
        self._board.consults.join(self._leg(agent, *_TALKING))

    def swap(self, agent: str) -> None:
        self._board.consults.swap(self._leg(agent, *_TALKING))

    def complete(self, agent: str) -> None:
        self._board.consults.complete(self._leg(agent, *_TALKING))

    def drop(self, agent: str) -> None:
        self._board.consults.drop(self._leg(agent, *_TALKING))

    def clear(self, agent: str) -> None:
        """After-contact work is done, or the missed call acknowledged: the phone may ring again."""
        found = self.floor.agents.get(agent)
        leg = found.leg if found else None
        if found is None or leg is None or leg.state not in (LegState.ENDED, LegState.MISSED):
            return
        found.idle_since = self.clock.now()
        if leg.state is LegState.ENDED:
            leg.segment.cleared_at = self.clock.now()
            self._board.complete(leg.segment)
        self._board.rest(found)
        if found.next_status:
            self._take_status(found, found.next_status)
        self._board.ringing.look()

    # A contact by its id

    def describe(self, contact_id: str) -> Segment:
        if contact_id not in self._board.contacts:
            raise NotOnTheLine(f"there is no contact {contact_id}")
        return self._board.contacts[contact_id]

    def associated(self, contact_id: str) -> list[Segment]:
        """Every contact that hangs on the same first one, as they began; the one asked for is among them."""
        first = self.describe(contact_id).initial_id
        return [segment for segment in self._board.contacts.values() if segment.initial_id == first]

    def suspend_recording(self, contact_id: str) -> None:
        self._board.recorder.suspend(self.describe(contact_id))

    def resume_recording(self, contact_id: str) -> None:
        self._board.recorder.resume(self.describe(contact_id))

    def stop(self, contact_id: str) -> None:
        """Ends the call of this contact, as StopContact does."""
        segment = self.describe(contact_id)
        if segment.method in _NOT_STOPPED:
            raise NotNow(f"a contact that began as {segment.method} cannot be stopped")
        if segment.ended_at is not None:
            raise NotOnTheLine(f"the contact {contact_id} is over")
        self._board.drop(segment.call, Reason.API)

    def _leg(self, agent: str, *states: LegState) -> Leg:
        found = self.floor.agents.get(agent)
        if found is None or found.leg is None:
            raise NotOnTheLine(f"{agent} has no call")
        if found.leg.state not in states:
            raise NotNow(f"the call is {found.leg.state.value}")
        return found.leg
