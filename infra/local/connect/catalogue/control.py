"""Actions that only choose a way, or set how the flow itself runs."""

from __future__ import annotations

from collections.abc import Mapping

from infra.local.connect.catalogue.rules import (
    CATCH_ALL,
    FRONT,
    FRONT_AND_QUEUE,
    HOLDS,
    PLACE,
    WHISPERS,
    Bounds,
    Next,
    Rule,
    Ways,
    names,
)
from infra.local.connect.language import FlowType

AGENT_METRICS = names("NumberOfAgentsAvailable NumberOfAgentsStaffed NumberOfAgentsOnline")
QUEUE_METRICS = names("OldestContactInQueueAgeSeconds NumberOfContactsInQueue")
EVENTS = names("CustomerReturned BotParticipantDisconnected")
_SEVEN_DAYS_S = 604_800

RULES: Mapping[str, Rule] = {
    "Compare": Rule(
        required=names("ComparisonValue"), errors=names("NoMatchingCondition"), ways=Ways.FREE, next=Next.MIRROR
    ),
    "Loop": Rule(
        required=names("LoopCount"),
        numbers={"LoopCount": Bounds(least=0, most=100, dynamic=True)},
        tolerated=CATCH_ALL,
        ways=Ways.NAMED,
        cases=names("ContinueLooping DoneLooping"),
        all_cases=True,
        next=Next.MIRROR,
    ),
    "Wait": Rule(
        required=names("TimeLimitSeconds"),
        optional=names("Events"),
        numbers={"TimeLimitSeconds": Bounds(least=1, most=_SEVEN_DAYS_S, dynamic=True)},
        errors=CATCH_ALL,
        tolerated=names("ParticipantNotFound"),
        ways=Ways.NAMED,
        cases=EVENTS | {"WaitCompleted"},
        next=Next.MIRROR,
    ),
    "DistributeByPercentage": Rule(
        errors=names("NoMatchingCondition"), ways=Ways.FREE, next=Next.MIRROR, only_in=FRONT_AND_QUEUE
    ),
    "CheckHoursOfOperation": Rule(
        optional=names("HoursOfOperationId"),
        errors=CATCH_ALL,
        ways=Ways.NAMED,
        cases=names("True False"),
        all_cases=True,
        next=Next.MIRROR,
        only_in=FRONT_AND_QUEUE,
    ),
    "CheckMetricData": Rule(
        required=names("MetricType"),
        at_most_one=PLACE,
        choices={"MetricType": AGENT_METRICS | QUEUE_METRICS},
        errors=names("NoMatchingCondition NoMatchingError"),
        ways=Ways.FREE,
        next=Next.MIRROR,
        only_in=FRONT_AND_QUEUE,
    ),
    "GetMetricData": Rule(
        optional=names("QueueChannel"),
        at_most_one=PLACE,
        choices={"QueueChannel": names("Voice Chat")},
        errors=CATCH_ALL,
    ),
    "CheckOutboundCallStatus": Rule(
        errors=CATCH_ALL,
        ways=Ways.NAMED,
        cases=names("CallAnswered VoicemailBeep VoicemailNoBeep NotDetected"),
        next=Next.MIRROR,
    ),
    # The statuses that it can answer are not documented as words of the language.
    "CheckVoiceId": Rule(
        required=names("CheckVoiceIdOption"),
        errors=CATCH_ALL,
        tolerated=names("NoMatchingCondition"),
        ways=Ways.WORDS,
        next=Next.MIRROR,
        never_in=HOLDS,
        open=True,
    ),
    "StartVoiceIdStream": Rule(errors=CATCH_ALL, never_in=HOLDS, open=True),
    # Known from its block only.
    "CheckSegmentMembership": Rule(
        errors=CATCH_ALL, tolerated=names("NoMatchingCondition"), ways=Ways.WORDS, next=Next.MIRROR, open=True
    ),
    "UpdateFlowAttributes": Rule(required=names("FlowAttributes"), errors=CATCH_ALL),
    "UpdateFlowLoggingBehavior": Rule(
        required=names("FlowLoggingBehavior"), choices={"FlowLoggingBehavior": names("Enabled Disabled")}
    ),
    "TransferToFlow": Rule(
        required=names("ContactFlowId"), errors=CATCH_ALL, next=Next.MIRROR, ends_flow=True, only_in=FRONT
    ),
    "EndFlowExecution": Rule(next=Next.FORBIDDEN, only_in=WHISPERS | {FlowType.CUSTOMER_QUEUE}),
}
