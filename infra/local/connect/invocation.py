"""A Lambda that a flow invokes: tried again when it fails, given up when its time is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from infra.local.connect.clock import Clock
from infra.local.connect.outcome import Ask, Reply
from infra.local.connect.script import Script
from infra.local.connect.transcript import Speaker

MOST_TRIES = 4  # of one invocation: the first and three retries, all within its time limit
_FIRST_RETRY_S = 0.2


class Lambdas(Protocol):
    def invoke(self, function: str, event: Mapping[str, Any], then: Callable[[Reply], None]) -> None:
        """Calls `then` once, on the exchange's own thread, with what came back or why nothing did."""
        ...


class Invocation:
    """One `InvokeLambdaFunction`."""

    def __init__(
        self,
        clock: Clock,
        lambdas: Lambdas,
        question: Ask,
        event: Mapping[str, Any],
        script: Script,
        then: Callable[[Reply], None],
    ) -> None:
        self._clock, self._lambdas, self._question = clock, lambdas, question
        self._event, self._script, self._then = event, script, then
        self._tries = 0
        self._open = True
        self._began = clock.now()
        self._limit = clock.later(question.limit_s, lambda: self._close(Reply(failed="no answer in time")))

    def attempt(self) -> None:
        if self._open:
            self._tries += 1
            self._lambdas.invoke(self._question.function, self._event, self._answered)

    def _answered(self, reply: Reply) -> None:
        if reply.failed and self._tries < MOST_TRIES:
            self._clock.later(_FIRST_RETRY_S * 2 ** (self._tries - 1), self.attempt)
        else:
            self._close(reply)

    def _close(self, reply: Reply) -> None:
        if not self._open:
            return
        self._open = False
        self._limit.cancel()
        took = int((self._clock.now() - self._began).total_seconds() * 1000)
        said = reply.failed or (reply.value.get("outcome", "") if isinstance(reply.value, dict) else "")
        function = self._question.function.rsplit(":", 1)[-1]
        step = self._question.parameters.get("step", "")
        text = f"Lambda {function} {step}: {said} ({took} ms, {self._tries} tries)"
        self._script.segment.call.journal.add(self._clock.now(), Speaker.NOTE, text)
        self._then(reply)
