"""What an invoice billed of earlier periods: which of its lines, of which stretch of recording, by which document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.billing.model.adjustment import Adjustment, booked_lines
from chalicelib.billing.model.standing import Issued
from chalicelib.kernel.clock import instant

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """Of the period `own` is the invoice of: what was recorded after `since`. `sources` says of each line of the later
    document, by its place, which line of the period it takes back or bills."""

    own: Issued
    since: datetime
    sources: Mapping[int, Document]


def late_in(document: Document, issued: Sequence[Issued], read: Callable[[str], Document]) -> list[Late]:
    """Of an invoice or a draft; `issued` are those of the client."""
    return [_late(document, said, issued, read) for said in document["adjustments"] if said["booked"]]


def _late(
    document: Document, said: Mapping[str, Any], issued: Sequence[Issued], read: Callable[[str], Document]
) -> Late:
    label = said["period"]
    own = next(one for one in issued if one.label == label)
    booked = next(one for one in issued if one.sha256 == said["against"])
    places = [place for place, line in enumerate(document["lines"]) if line.get("adjusts") == label]
    adjustment = Adjustment(
        period=label,
        number=said["number"],
        against=said["against"],
        booked=booked_lines(read(booked.key), label),
        now=tuple(said["lines"]),
    )
    sources = dict(zip(places, adjustment.sources(), strict=True))
    return Late(own=own, since=instant(booked.cutoff), sources=sources)
