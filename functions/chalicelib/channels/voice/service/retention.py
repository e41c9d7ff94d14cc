"""How long what was recorded is kept: as its client has it at the time, written on each recording once.

What no client's is, or could not be written on, is not kept for ever: the bucket deletes it after the longest time.
"""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.channels.voice.model.record import ContactRecord
from chalicelib.channels.voice.service.mailbox import known_client
from chalicelib.channels.voice.service.ports import Clients, Tapes
from chalicelib.kernel.errors import NotFound


class Retention:
    def __init__(self, clients: Clients, tapes: Tapes) -> None:
        self._clients, self._tapes = clients, tapes

    def mark(self, records: Iterable[ContactRecord]) -> Exception | None:
        """What is in the way of a recording of this call: NotFound where all that lacks is not there yet. It is tried
        again, and must not hold up anything else: the others are marked, and nothing is raised.
        """
        known = list(records)
        recordings = [where for record in known for where in record.recordings]
        if not recordings:
            return None
        try:
            client = known_client(known, self._clients)
        except Exception as error:
            return error
        return self._all(recordings, client.calls.recording.keep_days) if client is not None else None

    def _all(self, recordings: Iterable[str], days: int) -> Exception | None:
        worst: Exception | None = None
        for where in recordings:
            try:
                self._tapes.keep(where, days)
            except NotFound as absent:
                worst = worst or absent
            except Exception as error:
                worst = error
        return worst
