"""The Chalice application as a construct, put right where Chalice's own construct is not enough.

Chalice writes a SAM template; here its WebSocket stage deploys itself, every function gets its fixed name, its
settings and its layer, and each gets a role of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from aws_cdk import CfnResource, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from chalice.cdk import Chalice
from constructs import Construct

from infra import naming
from infra.layout import FUNCTIONS

REST_STAGE = "api"
SOCKET_STAGE = "ws"  # its path: CloudFront and the front door send /ws there unchanged


class DeskApp(Chalice):
    def __init__(self, scope: Construct, name: str, *, stage: str, known: Sequence[str]) -> None:
        self.stage = stage
        self._known = tuple(known)
        super().__init__(scope, name, source_dir=str(FUNCTIONS))

    def _package_app(self) -> None:
        super()._package_app()
        written = Path(self._sam_package_dir, "sam.json")
        template = json.loads(written.read_text())
        written.write_text(json.dumps(_corrected(template)))

    @cached_property
    def functions(self) -> dict[str, CfnResource]:
        """The functions that the application has today, by Chalice name; one without a row is refused."""
        rows = {naming.logical_id(name): name for name in self._known}
        found = {}
        for logical_id in sorted(self._logical_ids("AWS::Serverless::Function")):
            if logical_id not in rows:
                raise LookupError(f"{logical_id} has no row in infra/permissions.py: say what it may touch")
            found[rows[logical_id]] = self.get_resource(logical_id)
        return found

    @cached_property
    def has_sockets(self) -> bool:
        return bool(self._logical_ids("AWS::ApiGatewayV2::Api"))

    def wear(self, function: str, *, role: iam.IRole, environment: Mapping[str, str], layers: Sequence[str]) -> None:
        resource = self.functions[function]
        resource.add_override("Properties.FunctionName", naming.function(self.stage, function))
        resource.add_override("Properties.Role", role.role_arn)
        resource.add_override("Properties.Layers", list(layers))
        resource.add_override("Properties.Environment.Variables", dict(environment))

    def imported(self, function: str, role: iam.IRole) -> lambda_.IFunction:
        """The function as CDK knows functions, so that event sources and rules can be given to it."""
        return lambda_.Function.from_function_attributes(
            self,
            f"{function}-function",
            function_arn=self.functions[function].get_att("Arn").to_string(),
            role=role,
            same_environment=True,
            skip_permissions=False,
        )

    def _logical_ids(self, kind: str) -> set[str]:
        included = Path(self._sam_package_dir, "sam.json")
        resources = json.loads(included.read_text())["Resources"]
        return {logical_id for logical_id, resource in resources.items() if resource["Type"] == kind}


def configured_timeout(function: str) -> int:
    """Seconds, as functions/.chalice/config.json says: Chalice reads it there, so do we."""
    config = json.loads((FUNCTIONS / ".chalice" / "config.json").read_text())
    own = config["lambda_functions"].get(function, {})
    return int(own.get("lambda_timeout", config["lambda_timeout"]))


class FunctionRole(iam.Role):
    """One Lambda's own role: it may write its own log and what it is granted, nothing else."""

    def __init__(self, scope: Construct, function: str, *, stage: str) -> None:
        super().__init__(
            scope,
            f"{naming.logical_id(function)}Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"{function}, and nothing else",
        )
        self.log = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/lambda/{naming.function(stage, function)}",
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.log.grant_write(self)


def _corrected(template: dict[str, Any]) -> dict[str, Any]:
    resources = template["Resources"]
    # A deployment made once never sees the next route; a stage that deploys itself does, on AWS and on the emulator.
    resources.pop("WebsocketAPIDeployment", None)
    if stage := resources.get("WebsocketAPIStage"):
        stage.pop("DependsOn", None)
        stage["Properties"].pop("DeploymentId", None)
        stage["Properties"]["AutoDeploy"] = True
        stage["Properties"]["StageName"] = SOCKET_STAGE
    return template


def socket_arn(stack: Stack, api: str) -> str:
    return stack.format_arn(service="execute-api", resource=api, resource_name=f"{SOCKET_STAGE}/*/@connections/*")
