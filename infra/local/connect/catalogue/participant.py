"""Actions that the listener hears, sees or answers."""

from __future__ import annotations

from collections.abc import Mapping

from infra.local.connect.catalogue.rules import (
    BOOLEAN,
    CATCH_ALL,
    FRONT_AND_QUEUE,
    HOLDS,
    SPEECH,
    WHISPERS,
    Bounds,
    Next,
    Rule,
    Ways,
    names,
)
from infra.local.connect.language import FlowType

_A_WEEK_S = 604_800
KEYS = frozenset("0123456789*#")

RULES: Mapping[str, Rule] = {
    "MessageParticipant": Rule(
        one_of=SPEECH,
        optional=names("SkipWhenDTMFBufferEnabled"),
        choices={"SkipWhenDTMFBufferEnabled": BOOLEAN},
        tolerated=CATCH_ALL,
        never_in=HOLDS,
    ),
    "MessageParticipantIteratively": Rule(
        required=names("Messages"),
        optional=names("InterruptFrequencySeconds"),
        numbers={"InterruptFrequencySeconds": Bounds(least=1, most=600)},
        tolerated=CATCH_ALL,
        ways=Ways.NAMED,
        cases=names("MessagesInterrupted"),
        next=Next.OPTIONAL,
        only_in=HOLDS | {FlowType.CUSTOMER_QUEUE},
    ),
    "GetParticipantInput": Rule(
        required=names("InputTimeLimitSeconds"),
        optional=names("StoreInput DTMFConfiguration InputValidation InputEncryption"),
        one_of=SPEECH,
        choices={"StoreInput": BOOLEAN},
        numbers={"InputTimeLimitSeconds": Bounds(least=1, most=180)},
        errors=CATCH_ALL,
        tolerated=names("NoMatchingCondition InputTimeLimitExceeded InvalidPhoneNumber"),
        ways=Ways.NAMED,
        cases=KEYS,
        next=Next.BY_PARAMETER,
        only_in=FRONT_AND_QUEUE,
    ),
    "ConnectParticipantWithLexBot": Rule(
        one_of=names("LexV2Bot LexBot"),
        at_most_one=SPEECH,
        optional=names("LexSessionAttributes LexInitializationData LexTimeoutSeconds"),
        errors=CATCH_ALL,
        tolerated=names("NoMatchingCondition InputTimeLimitExceeded"),
        ways=Ways.WORDS,  # intents
        next=Next.MIRROR,
        only_in=FRONT_AND_QUEUE,
    ),
    "ShowView": Rule(
        required=names("ViewResource"),
        optional=names("ViewData InvocationTimeLimitSeconds"),
        numbers={"InvocationTimeLimitSeconds": Bounds(least=1, most=_A_WEEK_S, dynamic=True)},
        errors=names("NoMatchingCondition NoMatchingError TimeLimitExceeded"),
        ways=Ways.WORDS,
        next=Next.MIRROR,
        open=True,
    ),
    # Known from its block only.
    "AuthenticateParticipant": Rule(
        errors=CATCH_ALL, tolerated=names("NoMatchingCondition TimeLimitExceeded"), ways=Ways.WORDS, open=True
    ),
    "DisconnectParticipant": Rule(next=Next.FORBIDDEN, never_in=WHISPERS | HOLDS),
}
