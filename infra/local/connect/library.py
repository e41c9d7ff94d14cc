"""Flow files by the ARNs they are deployed under, with every `${Name}` filled in and every file checked."""

from __future__ import annotations

from collections.abc import Mapping

from infra.flows import FLOWS, QUEUES
from infra.local.connect.language import Finding, Flow, FlowRefused, FlowType
from infra.local.connect.validator import load

INSTANCE = "arn:aws:connect:us-east-1:000000000000:instance/00000000-0000-4000-8000-000000000001"


def flow_arn(name: str) -> str:
    return f"{INSTANCE}/contact-flow/{name}"


def queue_arn(name: str) -> str:
    return f"{INSTANCE}/queue/{name}"


def agent_arn(agent: str) -> str:
    return f"{INSTANCE}/agent/{agent}"


class Library:
    """Every flow of an instance, by ARN or id."""

    def __init__(self, flows: Mapping[str, Flow]) -> None:
        self._flows = dict(flows)

    def find(self, reference: str | None) -> Flow | None:
        if reference is None:
            return None
        return self._flows.get(reference) or self._flows.get(flow_arn(reference))

    def replace(self, other: Library) -> None:
        """Newly deployed flows hold from the next action that asks for one."""
        self._flows = dict(other.all())

    def all(self) -> Mapping[str, Flow]:
        return self._flows


def deployed(contact_flow_function: str) -> Library:
    """Our own flows as they stand on an instance. Raises FlowRefused with the findings of all files."""
    stage = {placeholder: flow_arn(placeholder) for placeholder in FLOWS}
    stage |= {placeholder: queue_arn(placeholder) for placeholder in QUEUES}
    stage |= {"ContactFlowFunctionArn": contact_flow_function}
    flows: dict[str, Flow] = {}
    findings: list[Finding] = []
    for placeholder, file in FLOWS.items():
        try:
            flow = load(filled(file.read(), stage), name=file.file, type=FlowType(file.type))
            flows[flow_arn(placeholder)] = flow
        except FlowRefused as refused:
            findings.extend(refused.findings)
    if findings:
        raise FlowRefused(findings)
    return Library(flows)


def written_at() -> float:
    """When the newest flow file was written."""
    return max(file.path.stat().st_mtime for file in FLOWS.values())


def filled(text: str, stage: Mapping[str, str]) -> str:
    for placeholder, value in stage.items():
        text = text.replace(f"${{{placeholder}}}", value)
    return text
