"""What is recorded of a contact: the talk with the agent, or before it what the customer says to a flow.

Where a recording lies, its contact record says. AWS documents no key; what instances write is the prefix that was
configured (`connect/<alias>/CallRecordings` where the console did that), a folder `ivr` for what a flow recorded, the
date, and the contact's name. Nothing of ours reads more into a key than that it is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from infra.local.connect.errors import NotNow
from infra.local.connect.parties import Line, Segment, Speaker, Take, Transcript
from infra.local.connect.setup import Setup
from infra.local.connect.wishes import Recording

if TYPE_CHECKING:
    from infra.local.connect.board import Board

__all__ = ["Recorder", "Take", "Tapes"]

_VOICES = {"Customer": Speaker.CUSTOMER, "Agent": Speaker.AGENT}


class Tapes(Protocol):
    def put(self, take: Take) -> None:
        """A recording that is done; the record of its contact follows."""
        ...


class Recorder:
    def __init__(self, board: Board, tapes: Tapes | None) -> None:
        self._board, self._tapes = board, tapes

    def wish(self, segment: Segment, wanted: Recording) -> None:
        """As the flow says, from now on."""
        segment.recording = wanted
        whom = [*wanted.participants, *(["IVR"] if wanted.ivr else [])]
        self._board.note(segment.call, f"Recorded: {', '.join(whom) or 'nobody'}")
        if segment.connected_at is None:
            self._ivr(segment, wanted)
        else:
            self._talk(segment, wanted)

    def begins(self, segment: Segment) -> None:
        """A contact of a chain whose recording goes on, or whose customer has come to the line."""
        if segment.recording is not None and segment.connected_at is None:
            self._ivr(segment, segment.recording)

    def connected(self, segment: Segment) -> None:
        self.stop(segment)
        if segment.recording is not None:
            self._talk(segment, segment.recording)

    def suspend(self, segment: Segment) -> None:
        take = self._running(segment)
        if take.paused_at is None:
            take.lines += self._lines(segment, take)
            take.paused_at = self._board.clock.now()
            self._board.note(segment.call, "The recording is paused")

    def resume(self, segment: Segment) -> None:
        take = self._running(segment)
        if take.paused_at is not None:
            take.pauses.append((take.paused_at, self._board.clock.now()))
            take.paused_at, take.since = None, _transcript(segment).last
            self._board.note(segment.call, "The recording goes on")

    @contextmanager
    def another_line(self, segment: Segment) -> Iterator[None]:
        """Who was at its near end leaves it to somebody else: what he heard before is on no tape of this contact."""
        take = segment.take
        if take is not None and take.paused_at is None:
            take.lines += self._lines(segment, take)
        yield
        if take is not None:
            take.since = _transcript(segment).last

    def stop(self, segment: Segment) -> None:
        take, now = segment.take, self._board.clock.now()
        if take is None:
            return
        if take.paused_at is not None:
            take.pauses.append((take.paused_at, now))
            take.paused_at = None
        else:
            take.lines += self._lines(segment, take)
        take.ended_at = now
        if self._tapes is not None:
            self._tapes.put(take)

    def _running(self, segment: Segment) -> Take:
        if segment.take is None:
            raise NotNow("nothing is recorded")
        return segment.take

    def _ivr(self, segment: Segment, wanted: Recording) -> None:
        there = segment.near is None and segment.call.on_line
        if wanted.ivr and there and segment.take is None:
            self._start(segment, "ivr", ("Customer",))
        elif not wanted.ivr:
            self.stop(segment)

    def _talk(self, segment: Segment, wanted: Recording) -> None:
        if segment.take is not None and segment.take.participants != wanted.participants:
            self.stop(segment)
        if wanted.participants and segment.take is None:
            self._start(segment, "call", wanted.participants)

    def _start(self, segment: Segment, kind: str, participants: tuple[str, ...]) -> None:
        at = self._board.clock.now()
        segment.takes.append(
            Take(
                contact_id=segment.contact_id, kind=kind, participants=participants, began_at=at,
                location=_location(self._board.setup, kind, segment.contact_id, at),
                since=_transcript(segment).last,
            )
        )  # fmt: skip

    def _lines(self, segment: Segment, take: Take) -> tuple[Line, ...]:
        """Since it began or went on. Prompts belong to what a flow records; of a talk only who is to be recorded."""
        voices = {_VOICES[one] for one in take.participants if one in _VOICES}
        kept = voices | ({Speaker.SYSTEM} if take.kind == "ivr" else set())
        return tuple(line for line in _transcript(segment).after(take.since) if line.who in kept)


def _transcript(segment: Segment) -> Transcript:
    return (segment.near or segment.call).transcript


def _location(setup: Setup, kind: str, contact_id: str, at: datetime) -> str:
    folder = f"{setup.recordings_prefix}/ivr" if kind == "ivr" else setup.recordings_prefix
    return f"{setup.recordings_bucket}/{folder}/{at:%Y/%m/%d}/{contact_id}_{at:%Y%m%dT%H:%M}_UTC.wav"
