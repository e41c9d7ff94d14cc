"""A world from a seed behind the `Stage` protocol: callers, Lambdas, queues and services, all by chance."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from infra.local.connect.catalogue import KEYS
from infra.local.connect.clock import Timer, VirtualClock
from infra.local.connect.language import Action, Flow
from infra.local.connect.parties import Queue, Segment
from infra.local.connect.script import Ask, Dial, End, Enquiry, Failed, Found, Outcome, Over, Reply, Script, Until
from infra.local.connect.simulate.chances import Chances
from infra.local.connect.simulate.folder import Folder, stand_in_flow, stand_in_module
from infra.local.connect.simulate.guesses import Path
from infra.local.connect.stage import MOST_SEGMENTS, contact_fields
from infra.local.connect.wishes import Callback, Criterion, Metrics, Recording, Task

_KEYS = tuple(sorted(KEYS))
_OWN = ("External", "Attributes", "FlowAttributes", "Modules", "Metrics", "LambdaInvocation")
_TOO_BIG = {"value": "x" * 40_000}


class World:
    """One caller's. `script` is whoever runs now; there is never more than one."""

    def __init__(self, *, clock: VirtualClock, dice: random.Random, folder: Folder, chances: Chances) -> None:
        self._clock, self._dice, self._folder, self._chances = clock, dice, folder, chances
        self._action: Action | None = None
        self._keys: deque[str] = deque()
        self._hesitates = False
        self._made = 0
        guess, rate = folder.guesses, chances
        self.attributes = guess.namespace(dice, "Attributes", rate.strange, rate.missing)
        self.external = {} if self._chance(chances.missing) else self._values("External")
        self._contact = {
            name: guess.namespace(dice, name, rate.strange, rate.missing)
            for name in guess.namespaces()
            if name not in _OWN
        }

        # Half of the contacts are what the flow asks for (a chat, say), the others a plain call.
        self._fields = {
            path[0]: guess.one(dice, path, 0)
            for path in guess.plain()
            if path[0] != "StoredCustomerInput" and self._chance(rate.unlike)
        }

    def _chance(self, share: float) -> bool:
        return self._dice.random() < share

    def later(self, seconds: float, then: Callable[[], None]) -> Timer:
        return self._clock.later(seconds, then)

    def breaks(self, script: Script, action: Action) -> bool:
        """Only where the flow has a branch for it: what has none cannot be told from an end."""
        self._action = action
        if action.type == "GetParticipantInput":
            self._decide(action)
        return any(error == "NoMatchingError" for error, _ in action.errors) and self._chance(self._chances.breaks)

    def scope(self, script: Script) -> Mapping[str, Any]:
        fields = {**contact_fields(script.segment), **self._fields}
        for name, made in self._contact.items():
            if isinstance(fields.get(name), dict) or fields.get(name) is None:
                fields[name] = {**(fields.get(name) or {}), **made} or fields.get(name)
        fields["Attributes"] = script.segment.attributes
        fields["TextToSpeechVoiceId"] = script.segment.data.get("TextToSpeechVoiceId")
        return fields

    # The caller

    def ready(self, script: Script, action: Action, then: Callable[[], None]) -> bool:
        return True

    def say(self, script: Script, text: str, block: str) -> float:
        return max(len(text) / 15, 0.2)

    def _decide(self, action: Action) -> None:
        """What the caller will press at this prompt, and whether only after it."""
        self._hesitates = not self._chance(self._chances.early)
        self._keys = deque() if self._chance(self._chances.silent) else deque(self._row(action))

    def _row(self, action: Action) -> str:
        if str(action.parameters.get("StoreInput")).lower() != "true":
            known = [condition.operands[0] for condition in action.conditions if condition.operands[0] in KEYS]
            return self._dice.choice(known if known and not self._chance(self._chances.strange) else _KEYS)
        if "PhoneNumberValidation" in (action.parameters.get("InputValidation") or {}):
            return self._dice.choice(("15550100123#", "5550100123#", "12#"))
        guessed = self._folder.guesses.one(self._dice, ("StoredCustomerInput",), self._chances.strange)
        digits = "".join(key for key in guessed if key in KEYS)
        return (digits or str(self._dice.randint(0, 99_999))) + "#"

    def take_key(self, script: Script) -> str | None:
        if self._hesitates:
            self._hesitates = False
            return None
        return self._keys.popleft() if self._keys else None

    def until(self, script: Script, wait: Until, then: Callable[[str], None]) -> Timer:
        if self._has_error("ParticipantNotFound") and self._chance(self._chances.refused):
            return self._clock.later(0, lambda: then("ParticipantNotFound"))
        if wait.events and self._chance(0.5):
            event = self._dice.choice(wait.events)
            return self._clock.later(self._dice.uniform(0, wait.seconds), lambda: then(event))
        return self._clock.later(wait.seconds, lambda: then(""))

    # Lambdas and services

    def ask(self, script: Script, question: Ask, then: Callable[[Reply], None]) -> str:
        self._made += 1
        reply, seconds = self._reply(script), self._dice.uniform(0.05, 1.5)
        self._clock.later(question.limit_s if reply.failed == "no answer in time" else seconds, lambda: then(reply))
        return f"invocation-{self._made}"

    def _reply(self, script: Script) -> Reply:
        """An answer leads to one of the branches behind the question: those of other flows are other people's."""
        if self._chance(self._chances.no_answer):
            bad = (Reply(failed="Unhandled"), Reply(failed="no answer in time"), Reply(value=[]), Reply(value=_TOO_BIG))
            return self._dice.choice(bad)
        near = self._folder.guesses.after(script.flow, self._action) if self._action is not None else {}
        return Reply(value=self._values("External", near))

    def _values(self, namespace: str, near: Mapping[Path, tuple[str, ...]] | None = None) -> dict[str, Any]:
        rate = self._chances
        return self._folder.guesses.namespace(self._dice, namespace, rate.strange, rate.missing, near or {})

    def enquire(self, script: Script, enquiry: Enquiry, then: Callable[[Found], None]) -> None:
        found, seconds = self._found(enquiry), self._dice.uniform(0.05, 2.0)
        self._clock.later(enquiry.limit_s if found.failed == "TimeLimitExceeded" else seconds, lambda: then(found))

    def _found(self, enquiry: Enquiry) -> Found:
        action = self._action
        assert action is not None, "an enquiry comes from an action"
        errors = [error for error, _ in action.errors if error != "NoMatchingCondition"]
        if errors and self._chance(0.2):
            return Found(failed=self._dice.choice(errors))
        cases = [condition.operands[0] for condition in action.conditions]
        case = None if not cases else "other" if self._chance(self._chances.strange) else self._dice.choice(cases)
        namespace = _SPACES.get(enquiry.service, "Customer")
        return Found(values=self._values(namespace) | ({"Action": case} if case else {}), case=case)

    def create_task(self, script: Script, task: Task) -> str | None:
        self._made += 1
        return None if self._chance(self._chances.refused) else f"task-{self._made}"

    # Flows

    def flow(self, reference: str | None) -> Flow | None:
        found = self._folder.find(reference)
        if found is not None or not reference or self._chance(self._chances.refused):
            return found
        return stand_in_flow()

    def module(self, reference: str | None, results: tuple[str, ...]) -> Flow | None:
        found = self._folder.find(reference)
        if found is not None or not reference or self._chance(self._chances.refused):
            return found
        return stand_in_module(self._dice.choice((*results, "other")) if results else None)

    # Queues

    def aim(self, segment: Segment, *, queue: str | None, agent: str | None) -> bool:
        reference = queue or agent
        if not reference or self._chance(self._chances.refused):
            return False
        segment.target = Queue(arn=reference, name=reference.rsplit("/", 1)[-1], agent=agent or "")
        return True

    def queue_full(self, segment: Segment) -> bool:
        return self._chance(self._chances.full)

    def requeue(self, segment: Segment, *, queue: str | None, agent: str | None) -> Outcome:
        if len(segment.call.segments) >= MOST_SEGMENTS:
            return Failed(why=f"the chain has {MOST_SEGMENTS} contacts already")
        if not self.aim(segment, queue=queue, agent=agent):
            return Failed(why="no such queue or agent")
        return Failed("QueueAtCapacity") if self.queue_full(segment) else Over(End.QUEUED)

    def hours(self, segment: Segment, hours: str | None) -> bool | None:
        return None if self._chance(self._chances.refused) else self._chance(0.5)

    def metrics(self, segment: Segment, *, queue: str | None, agent: str | None) -> Metrics | None:
        if self._chance(self._chances.refused):
            return None
        name, operand = queue or agent or "queue", self._operand()
        some = operand or self._dice.choice((0, 1, 4, 25))
        return Metrics(
            name=name, arn=name, size=some, oldest_s=some / 1000 if operand else float(some),
            online=some, available=min(some, 1), staffed=some, busy=self._dice.randint(0, 3),
        )  # fmt: skip

    def _operand(self) -> int:
        """A number that the action compares with, or one above; 0 where it compares with none."""
        action = self._action
        numbers = [c.operands[0] for c in action.conditions if c.operands[0].isdecimal()] if action else []
        return int(self._dice.choice(numbers)) + self._dice.choice((0, 1)) if numbers and self._chance(0.7) else 0

    def criteria(self, segment: Segment, steps: tuple[Criterion, ...]) -> bool:
        return self._possible()

    def roll(self) -> int:
        return self._dice.randint(1, 100)

    # The line

    def dialable(self, segment: Segment, number: str) -> bool:
        return self._possible()

    def call_back(self, segment: Segment, callback: Callback) -> bool:
        return self._possible()

    def dial(self, script: Script, dial: Dial, then: Callable[[str], None]) -> None:
        error = self._dice.choice(("", "", "CallFailed", "ConnectionTimeLimitExceeded"))
        seconds = self._dice.uniform(5, 300) if dial.returns and not error else float(dial.limit_s)
        self._clock.later(seconds, lambda: then(error))

    def complete_outbound(self, script: Script, caller_id: str | None) -> bool:
        return self._possible()

    def to_agent(self, segment: Segment) -> bool:
        return self._possible()

    def previous_participant(self, segment: Segment, state: str) -> bool:
        return self._possible()

    def record(self, segment: Segment, recording: Recording) -> bool:
        return True

    def stream(self, segment: Segment, participants: tuple[str, ...], *, on: bool) -> bool:
        return self._possible()

    def tagged(self, segment: Segment) -> None:
        """Nobody listens to contact events here."""

    def _possible(self) -> bool:
        return not self._chance(self._chances.refused)

    def _has_error(self, name: str) -> bool:
        return self._action is not None and any(error == name for error, _ in self._action.errors)


_SPACES: Mapping[str, str] = {
    "ConnectParticipantWithLexBot": "Lex",
    "CreateCase": "Case",
    "GetCase": "Case",
    "UpdateCase": "Case",
    "CreateWisdomSession": "Wisdom",
    "ShowView": "Views",
}
