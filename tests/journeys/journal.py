"""What the functions write into their logs, gathered over all journeys."""

from __future__ import annotations

import json
from collections import defaultdict

from tests.deployed import Stack

_PREFIX = "/aws/lambda/manyline-local-"


class Journal:
    """The emulator keeps logs carelessly: a power cut takes the last minute of them. So they are read before."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.lines: dict[str, set[str]] = defaultdict(set)

    def reads(self) -> None:
        logs = self._stack.client("logs")
        groups = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=_PREFIX)
        for group in (found["logGroupName"] for page in groups for found in page["logGroups"]):
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
            self.lines[group.removeprefix(_PREFIX)] |= {event["message"] for page in pages for event in page["events"]}

    def door(self) -> str:
        return self._stack.home.log_file("door").read_text(errors="replace")

    def holding(self, *words: str) -> dict[str, list[str]]:
        """The words that stand in a line, as they are or as JSON spells them, each with such lines."""
        written = [(name, line) for name, lines in self.lines.items() for line in lines]
        written += [("the front door", line) for line in self.door().splitlines()]
        everything = "\n".join(line for _, line in written).lower()
        found: dict[str, list[str]] = {}
        for word in words:
            for spelled in {word.lower(), json.dumps(word)[1:-1].lower()}:
                if spelled in everything:
                    lines = [f"{name}: {line[:400]}" for name, line in written if spelled in line.lower()]
                    found.setdefault(word, []).extend(lines[:3])
        return found
