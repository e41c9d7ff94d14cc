"""What Connect would refuse when a flow is published: each finding names the rule, the action and the fix."""

from __future__ import annotations

from infra.local.connect.language import Finding, Flow, FlowRefused, FlowType, read
from infra.local.connect.validator.branches import branches
from infra.local.connect.validator.document import document, identity, lost, unreachable
from infra.local.connect.validator.guess import guess
from infra.local.connect.validator.order import order
from infra.local.connect.validator.parameters import parameters, texts
from infra.local.connect.validator.special import special
from infra.local.connect.validator.types import flow_type, rule_of

__all__ = ["check", "guess", "load"]


def load(text: str, *, name: str, type: FlowType) -> Flow:
    """A flow that may be run. Raises FlowRefused with every reason why it may not."""
    flow = read(text, name=name, type=type)
    if findings := check(flow):
        raise FlowRefused(findings)
    return flow


def check(flow: Flow) -> list[Finding]:
    """Everything that is wrong with the flow: the file, action by action, and last what only follows from it."""
    found = [Finding(flow.name, *complaint) for complaint in document(flow)]
    known = {action.identifier for action in flow.actions}
    for action in flow.actions:
        complaints = [*identity(action), *lost(action, known), *texts(action.parameters)]
        rule, strange = rule_of(action)
        complaints.extend(strange)
        if rule is not None:
            complaints.extend(flow_type(action, rule, flow.type))
            complaints.extend(parameters(action, rule))
            complaints.extend(branches(action, rule))
            complaints.extend(special(action, flow))
        found.extend(Finding(flow.name, *complaint, action=action.identifier) for complaint in complaints)
    cut_off = [Finding(flow.name, *complaint) for complaint in unreachable(flow)]
    return [*found, *order(flow), *cut_off]
