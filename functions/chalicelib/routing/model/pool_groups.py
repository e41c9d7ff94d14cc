"""Waiting contacts, found through *groups* (`pool_layout`): heaps of the heads of lines, ordered by key.

An entry counts only while its contact is the head of the line. It may say less than the client's turn has become since:
then it comes up too early, and is put right. So a turn that gets worse costs nothing, and a client over its cap is
listed with the least that this can be until somebody looks. What is outdated is dropped when it comes up, or when it
becomes too much.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush, heapreplace
from math import inf

from chalicelib.routing.model.pool_drain import Drain
from chalicelib.routing.model.pool_layout import laid_out
from chalicelib.routing.model.pool_parts import NOBODY, Client, Entry, Heap, Queue

SPARE = 64  # so many entries of a heap may be outdated, and some for each true one
SPARE_EACH = 4


class Groups:
    __slots__ = ("_calm", "_drain", "_layout", "_spare", "now")

    def __init__(self) -> None:
        self.now = -inf
        self._drain = Drain()
        self._layout = laid_out([], [], None)
        self._calm: Heap = self._layout.calm
        self._spare = 0  # so many more entries before the groups are tidied

    def _blocked(self, queue: Queue) -> bool:
        client = queue.owner
        return client.busy + client.aside + queue.cost > client.ceiling

    def _rerank(self, client: Client) -> None:
        """The client's units or limits have changed."""
        client.turn = client.turn_now()
        if client.ceiling < inf:
            for _, _, queue in client.heads:
                self._show(queue)
        if client.turn < client.worst:
            self._list(client)

    def _show(self, queue: Queue) -> None:
        """Whether the head of the line is to be seen."""
        shown = -1 if self._blocked(queue) else queue.head
        if shown == queue.shown:
            return
        was, queue.shown = queue.shown, shown
        if shown < 0:
            self._drain.leave(queue)
        elif was < 0:
            self._drain.enter(queue)
            self._stand(queue)

    def _list(self, client: Client) -> None:
        """The client's turn is better."""
        turn = client.turn
        for _, _, queue in client.heads:
            if turn < queue.listed and queue.shown >= 0:
                self._stand(queue)
        client.worst = turn

    def _stand(self, queue: Queue) -> None:
        """Puts the head of the line where it is to be seen."""
        deadline, contact, _ = queue.waiting[0]
        client = queue.owner
        turn = client.turn
        if turn > 1.0:
            turn = 1.0
        queue.listed = turn
        if turn > client.worst:
            client.worst = turn
        entry = (turn, deadline, contact, queue)
        standing = queue.standing
        for heap in standing:
            heappush(heap, entry)
        self._spare -= len(standing)

    def _top(self, heap: Heap) -> Entry:
        """The first of the group, with its true turn."""
        while heap:
            entry = heap[0]
            listed, deadline, contact, queue = entry
            if queue.shown != contact:
                heappop(heap)
                continue
            client = queue.owner
            turn = client.turn
            if turn == listed:
                return entry
            if turn < listed:
                return (turn, deadline, contact, queue)  # about to be listed so, or worse again
            heapreplace(heap, (turn, deadline, contact, queue))
            if turn > queue.listed:
                queue.listed = turn
                if turn > client.worst:
                    client.worst = turn
        return NOBODY

    def _tidy_groups(self) -> None:
        """Drops what is outdated or there twice, when it may be more than what is true."""
        true = 0
        for heap in [self._calm, *(group.heap for group in self._layout.groups.values())]:
            first: dict[int, Entry] = {}
            for entry in heap:
                contact = entry[2]
                if entry[3].shown == contact and (contact not in first or entry < first[contact]):
                    first[contact] = entry
            heap[:] = first.values()
            heapify(heap)
            true += len(heap)
        self._spare = SPARE_EACH * true + SPARE * (1 + len(self._layout.groups))
