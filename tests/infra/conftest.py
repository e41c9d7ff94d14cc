"""The stacks as they would be deployed, synthesized once for this machine and once for AWS, cdk-nag included."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from typing import Any

import pytest

from infra import naming
from infra.local import deploy
from infra.local.home import Home

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacks:
    """Templates by concern: data, identity, contacts, …"""

    stage: str
    templates: dict[str, dict[str, Any]]
    findings: list[str]

    def all(self, kind: str, *concerns: str) -> dict[str, Resource]:
        """Resources of a type, by `concern/logical id`."""
        return {
            f"{concern}/{name}": resource
            for concern, template in self.templates.items()
            if not concerns or concern in concerns
            for name, resource in template["Resources"].items()
            if resource["Type"] == kind
        }

    def functions(self) -> dict[str, Resource]:
        """Ours; what CDK brings along for its own calls is not of type SAM."""
        return self.all("AWS::Serverless::Function")


def synthesized(factory: pytest.TempPathFactory, stage: str) -> Stacks:
    """Of all processes that share a run (pytest -n), the first one does the work and the others read what it made."""
    own = factory.getbasetemp()
    home = Home((own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / stage)
    home.prepare()
    done = home.folder / "done"
    with (home.folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            deploy.synthesize(home, stage=stage, nag=True)
            done.touch()
    return read(home, stage)


def read(home: Home, stage: str) -> Stacks:
    prefix = naming.stack(stage, "")
    templates = {
        file.name.removeprefix(prefix).removesuffix(".template.json"): json.loads(file.read_text())
        for file in home.assembly.glob("*.template.json")
    }
    report = json.loads((home.assembly / "validation-report.json").read_text())
    return Stacks(stage=stage, templates=templates, findings=_findings(report))


def _findings(report: dict[str, Any]) -> list[str]:
    return [
        f"{violation['ruleName']} at {construct['constructPath']}"
        for plugin in report["pluginReports"]
        for violation in plugin.get("violations", [])
        for construct in violation["violatingConstructs"]
    ]


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Stacks:
    return synthesized(tmp_path_factory, naming.LOCAL)


@pytest.fixture(scope="session")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Stacks:
    return synthesized(tmp_path_factory, "prod")
