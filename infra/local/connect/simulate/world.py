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
from infra.local.connect.simulate.errand import Errand, put, value_for
from infra.local.connect.simulate.folder import Folder, stand_in_flow, stand_in_module
from infra.local.connect.simulate.guesses import Path
from infra.local.connect.simulate.ways import Value, way_of
from infra.local.connect.stage import MOST_SEGMENTS, contact_fields
from infra.local.connect.wishes import Callback, Criterion, Metrics, Recording, Task

_KEYS = tuple(sorted(KEYS))
_OWN = ("External", "Attributes", "FlowAttributes", "Modules", "Metrics", "LambdaInvocation")
_ANY = "NoMatchingError"
_KEYED: Path = ("StoredCustomerInput",)
_DIAL_ERRORS = ("CallFailed", "ConnectionTimeLimitExceeded")
_TOO_BIG = {"value": "x" * 40_000}


class World:
    """One caller's. `script` is whoever runs now; there is never more than one.

    On an errand all answers are those that lead to its branch; from there on, and without one, they go by chance.
    """

    def __init__(
        self,
        *,
        clock: VirtualClock,
        dice: random.Random,
        folder: Folder,
        chances: Chances,
        errand: Errand | None = None,
    ) -> None:
        self._clock, self._dice, self._folder, self._chances, self._errand = clock, dice, folder, chances, errand
        self._action: Action | None = None
        self._way = ""  # how the action should come out, on an errand
        self._keys: deque[str] = deque()
        self._hesitates = False
        self._made = 0
        guess, rate = folder.guesses, chances
        self.attributes = guess.namespace(dice, "Attributes", rate.strange, rate.missing)
        self.external = {} if self._chance(chances.missing) else self._values("External")
        self._asked_for("Attributes", self.attributes)
        self._asked_for("External", self.external)
        self._contact = {
            name: guess.namespace(dice, name, rate.strange, rate.missing)
            for name in guess.namespaces()
            if name not in _OWN
        }
        for name, made in self._contact.items():
            self._asked_for(name, made)

        # Half of the contacts are what the flow asks for (a chat, say), the others a plain call.
        self._fields: dict[str, Value] = {
            path[0]: guess.one(dice, path, 0)
            for path in guess.plain()
            if path[0] != "StoredCustomerInput" and self._chance(rate.unlike)
        }
        for path in guess.plain():
            if errand is not None and (path in (asked := errand.values(path[0]))):
                self._fields[path[0]] = asked[path]

    def _asked_for(self, namespace: str, made: dict[str, Any], by: Action | None = None) -> dict[str, Any]:
        """With the values that the branches of an errand ask for."""
        if self._errand is not None:
            put(made, self._errand.values(namespace, by))
        return made

    def _chance(self, share: float) -> bool:
        return self._dice.random() < share

    def _fails(self, share: float) -> bool:
        """By chance; on an errand nothing fails but what should."""
        return not self._way and self._chance(share)

    def later(self, seconds: float, then: Callable[[], None]) -> Timer:
        return self._clock.later(seconds, then)

    def breaks(self, script: Script, action: Action) -> bool:
        """Only where the flow has a branch for it: what has none cannot be told from an end."""
        self._action = action
        self._way = self._errand.way(script.flow, action) if self._errand is not None else ""
        if action.type == "GetParticipantInput":
            self._decide(action)
        if self._way:
            return self._way == _ANY
        return self._has_error(_ANY) and self._chance(self._chances.breaks)

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
        silent = self._way == "InputTimeLimitExceeded" or self._fails(self._chances.silent)
        self._keys = deque() if silent else deque(self._row(action))

    def _row(self, action: Action) -> str:
        if str(action.parameters.get("StoreInput")).lower() != "true":
            known = [condition.operands[0] for condition in action.conditions if condition.operands[0] in KEYS]
            if self._way:
                return self._case() or next((key for key in _KEYS if key not in known), "")
            return self._dice.choice(known if known and not self._chance(self._chances.strange) else _KEYS)
        if phone := (action.parameters.get("InputValidation") or {}).get("PhoneNumberValidation"):
            return self._phone(str(phone.get("NumberFormat")))
        asked = self._errand.values(_KEYED[0], action) if self._errand is not None and self._way else {}
        guessed = asked.get(_KEYED) or self._folder.guesses.one(self._dice, _KEYED, self._chances.strange)
        digits = "".join(key for key in guessed if key in KEYS)
        return (digits or str(self._dice.randint(0, 99_999))) + "#"

    def _phone(self, format: str) -> str:
        if self._way:
            good = "5550100123#" if format == "Local" else "15550100123#"
            return "12#" if self._way == "InvalidPhoneNumber" else good
        return self._dice.choice(("15550100123#", "5550100123#", "12#"))

    def _case(self) -> str:
        """What the condition of the way asks for; empty where it is no Equals."""
        return self._way.removeprefix("Equals ") if self._way.startswith("Equals ") else ""

    def take_key(self, script: Script) -> str | None:
        if self._hesitates:
            self._hesitates = False
            return None
        return self._keys.popleft() if self._keys else None

    def until(self, script: Script, wait: Until, then: Callable[[str], None]) -> Timer:
        missing = self._has_error("ParticipantNotFound") and self._fails(self._chances.refused)
        if missing or self._way == "ParticipantNotFound":
            return self._clock.later(0, lambda: then("ParticipantNotFound"))
        if self._case() in wait.events or (not self._way and wait.events and self._chance(0.5)):
            event = self._case() or self._dice.choice(wait.events)
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
        if self._way and self._action is not None:
            made = self._folder.guesses.namespace(self._dice, "External", 0, 0)
            return Reply(value=self._asked_for("External", made, self._action))
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
        if self._way:
            return self._wanted(action, _SPACES.get(enquiry.service, "Customer"))
        errors = [error for error, _ in action.errors if error != "NoMatchingCondition"]
        if errors and self._chance(0.2):
            return Found(failed=self._dice.choice(errors))
        cases = [condition.operands[0] for condition in action.conditions]
        case = None if not cases else "other" if self._chance(self._chances.strange) else self._dice.choice(cases)
        namespace = _SPACES.get(enquiry.service, "Customer")
        return Found(values=self._values(namespace) | ({"Action": case} if case else {}), case=case)

    def _wanted(self, action: Action, namespace: str) -> Found:
        if any(error == self._way for error, _ in action.errors if error != "NoMatchingCondition"):
            return Found(failed=self._way)
        case = self._case() or ("other" if action.conditions else None)
        values = self._asked_for(namespace, self._values(namespace), action)
        return Found(values=values | ({"Action": case} if case else {}), case=case)

    def create_task(self, script: Script, task: Task) -> str | None:
        self._made += 1
        return None if self._fails(self._chances.refused) else f"task-{self._made}"

    # Flows

    def flow(self, reference: str | None) -> Flow | None:
        found = self._folder.find(reference)
        if found is not None or not reference or self._fails(self._chances.refused):
            return found
        return stand_in_flow()

    def module(self, reference: str | None, results: tuple[str, ...]) -> Flow | None:
        found = self._folder.find(reference)
        if found is not None or not reference or self._fails(self._chances.refused):
            return found
        if self._way in ("next", "NoMatchingCondition") or self._case():
            return stand_in_module(self._case() or (None if self._way == "next" else "other"))
        return stand_in_module(self._dice.choice((*results, "other")) if results else None)

    # Queues

    def aim(self, segment: Segment, *, queue: str | None, agent: str | None) -> bool:
        reference = queue or agent
        if not reference or self._fails(self._chances.refused):
            return False
        segment.target = Queue(arn=reference, name=reference.rsplit("/", 1)[-1], agent=agent or "")
        return True

    def queue_full(self, segment: Segment) -> bool:
        return self._way == "QueueAtCapacity" or self._fails(self._chances.full)

    def requeue(self, segment: Segment, *, queue: str | None, agent: str | None) -> Outcome:
        if len(segment.call.segments) >= MOST_SEGMENTS:
            return Failed(why=f"the chain has {MOST_SEGMENTS} contacts already")
        if not self.aim(segment, queue=queue, agent=agent):
            return Failed(why="no such queue or agent")
        return Failed("QueueAtCapacity") if self.queue_full(segment) else Over(End.QUEUED)

    def hours(self, segment: Segment, hours: str | None) -> bool | None:
        if self._case():
            return self._case() == "True"
        return None if self._chance(self._chances.refused) else self._chance(0.5)

    def metrics(self, segment: Segment, *, queue: str | None, agent: str | None) -> Metrics | None:
        if self._fails(self._chances.refused):
            return None
        name, operand = queue or agent or "queue", self._operand()
        some = operand if self._way else operand or self._dice.choice((0, 1, 4, 25))
        return Metrics(
            name=name, arn=name, size=some, oldest_s=some / 1000 if operand else float(some),
            online=some, available=min(some, 1), staffed=some, busy=self._dice.randint(0, 3),
        )  # fmt: skip

    def _operand(self) -> int:
        """A number that the action compares with, or one above; 0 where it compares with none."""
        action = self._action
        if self._way and action is not None:
            return self._figure(action)
        numbers = [c.operands[0] for c in action.conditions if c.operands[0].isdecimal()] if action else []
        return int(self._dice.choice(numbers)) + self._dice.choice((0, 1)) if numbers and self._chance(0.7) else 0

    def _figure(self, action: Action) -> int:
        """The number by which a metric takes the way of the errand, now or where the flow compares it."""
        if action.conditions:
            wanted = [value_for(action, self._way)]
        else:
            wanted = list(self._errand.values("Metrics", action).values()) if self._errand is not None else []
        return next((int(number) for number in wanted if number and number.isdecimal()), 0)

    def criteria(self, segment: Segment, steps: tuple[Criterion, ...]) -> bool:
        return self._possible()

    def roll(self) -> int:
        """On an errand the first number that takes its way."""
        numbers = range(1, 101)
        if self._way and self._action is not None:
            action = self._action
            return next((number for number in numbers if way_of(action, str(number)) == self._way), 100)
        return self._dice.randint(1, 100)

    # The line

    def dialable(self, segment: Segment, number: str) -> bool:
        return self._way != "CallbackNumberNotDialable" and self._possible()

    def call_back(self, segment: Segment, callback: Callback) -> bool:
        return self._possible()

    def dial(self, script: Script, dial: Dial, then: Callable[[str], None]) -> None:
        error = self._dice.choice(("", "", *_DIAL_ERRORS))
        if self._way:
            error = self._way if self._way in _DIAL_ERRORS else ""
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
        return not self._fails(self._chances.refused)

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
