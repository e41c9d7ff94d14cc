"""The rules of every action type of the language, and the names that Connect refuses.

To add a type: one `Rule` in the module of its group, one function under `actions/`, and its row in the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.connect.catalogue import contact, control, interaction, participant
from infra.local.connect.catalogue.control import AGENT_METRICS, EVENTS
from infra.local.connect.catalogue.participant import KEYS
from infra.local.connect.catalogue.rules import SPEECH, Bounds, Next, Rule, Ways, names
from infra.local.connect.catalogue.wrong import WRONG_NAMES, WRONG_PARAMETERS

__all__ = [
    "AGENT_METRICS",
    "EVENTS",
    "HOOKS",
    "KEYS",
    "NOT_SIMULATED",
    "OPERATORS",
    "RULES",
    "SPEECH",
    "WRONG_NAMES",
    "WRONG_PARAMETERS",
    "Bounds",
    "Next",
    "Rule",
    "Ways",
    "is_true",
    "next_of",
]

RULES: Mapping[str, Rule] = {**participant.RULES, **contact.RULES, **control.RULES, **interaction.RULES}

# Real types of newer blocks whose rules nobody has published: a flow that uses one is refused, never half run.
NOT_SIMULATED = names(
    "CreateContact CreatePersistentContactAssociation EvaluateDataTableValues ListDataTableValues "
    "RenderMessageTemplate StartOutboundEmailContact UpsertDataTableValues"
)

HOOKS = names(
    "AgentHold AgentWhisper CustomerHold CustomerQueue CustomerRemaining CustomerWhisper DefaultAgentUI "
    "DisconnectAgentUI PauseContact ResumeContact"
)

OPERATORS = names(
    "Equals TextStartsWith TextEndsWith TextContains NumberGreaterThan NumberGreaterOrEqualTo NumberLessThan "
    "NumberLessOrEqualTo KeyExists"
)


def next_of(type: str, parameters: Mapping[str, Any]) -> Next:
    """What `NextAction` means on this action. Raises KeyError for a type without a rule."""
    rule = RULES[type]
    if rule.next is not Next.BY_PARAMETER:
        return rule.next
    name = "StoreInput" if type == "GetParticipantInput" else "ContinueFlowExecution"
    return Next.SUCCESS if is_true(parameters.get(name)) else Next.MIRROR


def is_true(value: Any) -> bool:
    """Exports write "True", the documentation also "true"."""
    return str(value).lower() == "true"
