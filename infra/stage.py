"""A stage seen from a command line: its names, its addresses, and the same settings that its Lambdas have.

`open_stage("local")` reads what the local deployment wrote down; any other name asks CloudFormation.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import boto3

from infra import naming
from infra.layout import open_functions
from infra.local.environment import LOCAL_CREDENTIALS, REGION, adopt
from infra.local.home import Home

open_functions()
from chalicelib.aws import clients  # noqa: E402  lives where Chalice wants it
from chalicelib.aws.settings import Settings  # noqa: E402
from chalicelib.aws.settings import settings as settings_of_process  # noqa: E402


class NotDeployed(Exception):
    """Says which stage, and how to get it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    name: str
    settings: Settings
    outputs: dict[str, str]
    base_url: str  # what people open; pages, API and WebSocket live under it
    rest_url: str  # the REST API itself, behind the front door or CloudFront
    socket_url: str

    def client(self, service: str) -> Any:
        """The same kind of client that the functions use, one per service."""
        return clients.client(service)

    def function(self, name: str) -> str:
        """The deployed name of a Lambda, by its Chalice name."""
        return naming.function(self.name, name)

    @property
    def phone_side(self) -> dict[str, str]:
        """What the stack with Amazon Connect says; nothing where the stage has none, as on this machine."""
        if self.name == naming.LOCAL:
            return {}
        try:
            return _outputs(boto3.client("cloudformation"), self.name, "telephony")
        except NotDeployed:
            return {}

    @property
    def topic_mail(self) -> str:
        """Where the arrival of a mail is announced."""
        return self.outputs["TopicMail"]


def open_stage(name: str = naming.LOCAL, *, home: Home | None = None) -> Stage:
    """Also makes this process see the stage as its Lambdas do, so that wiring and stores work from here."""
    return _local(home or Home()) if name == naming.LOCAL else _deployed(name)


def _local(home: Home) -> Stage:
    ports = home.ports()
    endpoint = f"http://127.0.0.1:{ports.emulator}"
    outputs = home.outputs()
    if not outputs:
        raise NotDeployed("nothing is deployed on this machine yet: run `make run` (or `manyline up`)")
    adopt({**LOCAL_CREDENTIALS, "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION})
    execute = f"127.0.0.1:{ports.emulator}/_aws/execute-api"
    return Stage(
        name=naming.LOCAL,
        settings=_adopted(outputs),
        outputs=outputs,
        base_url=f"http://127.0.0.1:{ports.front}",
        rest_url=f"http://{execute}/{outputs['RestApi']}/api",
        socket_url=f"ws://{execute}/{outputs['WsApi']}/{outputs['WsStage']}",
    )


def _deployed(name: str) -> Stage:
    cloudformation = boto3.client("cloudformation")
    outputs: dict[str, str] = {}
    for concern in ("contacts", "web"):
        outputs |= _outputs(cloudformation, name, concern)
    region = cloudformation.meta.region_name
    return Stage(
        name=name,
        settings=_adopted(outputs),
        outputs=outputs,
        base_url=outputs["Origin"],
        rest_url=f"https://{outputs['RestApi']}.execute-api.{region}.amazonaws.com/api",
        socket_url=f"wss://{outputs['WsApi']}.execute-api.{region}.amazonaws.com/{outputs['WsStage']}",
    )


def _outputs(cloudformation: Any, name: str, concern: str) -> dict[str, str]:
    stack = naming.stack(name, concern)
    try:
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except cloudformation.exceptions.ClientError as error:
        raise NotDeployed(f"stack {stack} cannot be read: {error.response['Error']['Message']}") from error
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def _adopted(outputs: dict[str, str]) -> Settings:
    fields = [field.name for field in dataclasses.fields(Settings)]
    settings = Settings(**{field: outputs[naming.output(field)] for field in fields})
    adopt({f"MANYLINE_{field.upper()}": getattr(settings, field) for field in fields})
    settings_of_process.cache_clear()
    clients.client.cache_clear()
    return settings
