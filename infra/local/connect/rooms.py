"""Who hears whom: everyone on a call whom open links join is in one room."""

from __future__ import annotations

from collections.abc import Iterator

from infra.local.connect.parties import Call, Leg, Outside, OutsideState, Segment
from infra.local.connect.transcript import Transcript

Party = Call | Leg | Outside


def room(call: Call, who: Party) -> list[Party]:
    """`who` and all that hear him, directly or through somebody who joined them."""
    found, links = [who], list(_links(call))
    for here in found:
        for one, other in links:
            for near, far in ((one, other), (other, one)):
                if near is here and far not in found:
                    found.append(far)
    return found


def everyone(call: Call) -> list[Transcript]:
    """What is heard at every end of the call, on hold or not."""
    ends = [call.transcript]
    for segment in call.live:
        ends += [segment.leg.transcript] if segment.leg is not None else []
        ends += [segment.outside.transcript] if segment.outside is not None else []
    return ends


def _links(call: Call) -> Iterator[tuple[Party, Party]]:
    for segment in call.live:
        near = _near(segment)
        if near is None or not segment.answered or segment.held_since is not None or segment.far_held:
            continue
        if isinstance(near, Leg) and near.away:
            continue
        if segment.leg is not None and segment.leg.away:
            continue
        if segment.leg is not None and segment.connected_at is not None:
            yield near, segment.leg
        if segment.outside is not None and segment.outside.state is OutsideState.CONNECTED:
            yield near, segment.outside


def _near(segment: Segment) -> Party | None:
    if segment.near is not None:
        return segment.near
    return segment.call if segment.call.on_line else None
