"""Records one by one, in the order in which allowances, tiers and graces are used up: (usage_at, contact, meter).

The ledger gives them by `usage_at`. A record and what takes it back end at the same instant. So only those of one
instant are ever held, and a month of any size is gone through in the same room.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter

from chalicelib.billing.model.counting import Counted, counted
from chalicelib.billing.model.ledger import UsageRecord, standing
from chalicelib.billing.model.terms import Terms

_AT, _PLACE = attrgetter("usage_at"), attrgetter("usage_at", "contact", "meter")
SHORT = "short_call"


def in_turn(records: Iterable[UsageRecord]) -> Iterator[UsageRecord]:
    """Those that stand; `records` come by `usage_at`, in any order within an instant."""
    for _, together in groupby(records, key=_AT):
        found = list(together)
        yield from found if len(found) == 1 and not found[0].reverses else sorted(standing(found), key=_PLACE)


def by_time(records: Iterable[UsageRecord]) -> list[UsageRecord]:
    """As the ledger gives them."""
    return sorted(records, key=_AT)


def charged(
    records: Iterable[UsageRecord], terms: Terms, used: Mapping[tuple[int, str], int] | None = None
) -> Iterator[tuple[UsageRecord, int, Counted, str]]:
    """(record, place of its segment, what it adds to a charge, why that is free) in turn.

    The first short calls of a segment are free, as `metered.free_calls` has it of their sum. `used` says how many of
    a (segment, charge) were so before the first record.
    """
    used = used or {}
    graces = {
        (place, charge.id): segment.share(charge.counting.short_free) - used.get((place, charge.id), 0)
        for place, (segment, plan) in enumerate(terms.segments)
        for charge in plan.charges
    }
    for record in in_turn(records):
        place = terms.segment_at(record.usage_at)
        for one in counted(record, terms.plan(place), terms.rate_class):
            why = one.free
            if one.short and graces[place, one.charge] > 0:
                graces[place, one.charge] -= 1
                why = SHORT
            yield record, place, one, why
