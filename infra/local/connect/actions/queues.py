"""Where a contact waits, and what a flow can know of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.connect.script import Case, End, Failed, Next, Outcome, Over, Scene
from infra.local.connect.wishes import Criterion, Metrics


def update_contact_target_queue(scene: Scene) -> Outcome:
    aimed = scene.stage.aim(scene.segment, queue=scene.field("QueueId"), agent=scene.field("AgentId"))
    return Next() if aimed else Failed(why="no such queue or agent")


def transfer_contact_to_queue(scene: Scene) -> Outcome:
    """Success ends the flow: `NextAction` mirrors the error branch."""
    if scene.segment.target is None:
        return Failed(why="no target queue is set")
    if scene.stage.queue_full(scene.segment):
        return Failed("QueueAtCapacity")
    return Over(End.QUEUED)


def dequeue_contact_and_transfer_to_queue(scene: Scene) -> Outcome:
    """Connect wants a looping prompt to have run in this flow before."""
    if "MessageParticipantIteratively" not in scene.script.ran:
        return Failed(why="no looping prompt came before")
    return scene.stage.requeue(scene.segment, queue=scene.field("QueueId"), agent=scene.field("AgentId"))


def update_contact_routing_behavior(scene: Scene) -> Outcome:
    """A priority from 1 (first), or a head start, below zero a handicap; what is no number changes nothing."""
    priority, seconds = scene.number("QueuePriority"), _signed(scene.field("QueueTimeAdjustmentSeconds"))
    if priority:
        scene.segment.priority = priority
    elif seconds is not None:
        scene.segment.head_start_s = seconds
    else:
        return Failed(why="neither a priority nor a time")
    return Next()


def _signed(text: str | None) -> int | None:
    return int(text) if text is not None and text.removeprefix("-").isdecimal() else None


def update_contact_routing_criteria(scene: Scene) -> Outcome:
    """Steps in their order; nothing changes in an agent's own queue."""
    if scene.segment.target is not None and scene.segment.target.agent:
        return Next()
    raw = (scene.given("RoutingCriteria") or {}).get("Steps") or []
    steps = tuple(_criterion(scene.filled(step)) for step in raw)
    if not steps or None in steps:
        return Failed(why="criteria without a step, or with an undefined one")
    known = tuple(step for step in steps if step is not None)
    return Next() if scene.stage.criteria(scene.segment, known) else Failed(why="criteria refused")


def _criterion(step: Mapping[str, Any]) -> Criterion | None:
    expression = step.get("Expression") or {}
    expiry = (step.get("Expiry") or {}).get("DurationInSeconds")
    if expiry is not None and not str(expiry).isdecimal():
        return None
    expires = None if expiry is None else int(expiry)
    attribute = expression.get("AttributeCondition")
    if attribute is None:
        return Criterion(attribute=expression, expires_s=expires) if expression else None
    ids = ((attribute.get("MatchCriteria") or {}).get("AgentsCriteria") or {}).get("AgentIds")
    if ids is None:
        return Criterion(attribute=attribute, expires_s=expires)
    return Criterion(agents=tuple(ids), expires_s=expires) if ids and None not in ids else None


def check_hours_of_operation(scene: Scene) -> Outcome:
    """By the hours that are named, else by those of the target queue."""
    named = scene.given("HoursOfOperationId") is not None
    hours = scene.field("HoursOfOperationId")
    found = None if named and hours is None else scene.stage.hours(scene.segment, hours)
    return Failed(why="no such hours") if found is None else Case(str(found))


def check_metric_data(scene: Scene) -> Outcome:
    found = _metrics(scene)
    value = None if found is None else _figure(str(scene.given("MetricType")), found)
    return Failed(why="no such metric") if value is None else Case(str(value))


def get_metric_data(scene: Scene) -> Outcome:
    found = _metrics(scene)
    if found is None:
        return Failed(why="no such queue or agent")
    scene.script.found["Metrics"] = found.fields()
    return Next()


def _metrics(scene: Scene) -> Metrics | None:
    """None too where the queue or agent is named by a reference that is undefined."""
    queue, agent = scene.field("QueueId"), scene.field("AgentId")
    named = scene.given("QueueId") is not None or scene.given("AgentId") is not None
    if named and queue is None and agent is None:
        return None
    return scene.stage.metrics(scene.segment, queue=queue, agent=agent)


def _figure(kind: str, metrics: Metrics) -> int | None:
    """The oldest age is compared in milliseconds, although its name says seconds."""
    match kind:
        case "NumberOfAgentsAvailable":
            return metrics.available
        case "NumberOfAgentsStaffed":
            return metrics.staffed
        case "NumberOfAgentsOnline":
            return metrics.online
        case "NumberOfContactsInQueue":
            return metrics.size
        case "OldestContactInQueueAgeSeconds":
            return int(metrics.oldest_s * 1000)
        case _:
            return None
