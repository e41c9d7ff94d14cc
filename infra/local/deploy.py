"""Synthesizes and deploys the stack onto the emulator; what did not change is not done again."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import boto3

from infra import naming
from infra.layout import FUNCTIONS, ROOT, TEMPLATES
from infra.local.emulator import launcher
from infra.local.environment import REGION, on_emulator
from infra.local.home import Home

Say = Callable[[str], None]
ACCOUNT = "000000000000"
MIN_NODE = 20
_SKIPPED = {"__pycache__", "deployments", "deployed", ".mypy_cache", ".ruff_cache"}


class NodeMissing(Exception):
    pass


class Failed(Exception):
    """A tool's own words, at the end of ours."""


def deploy(home: Home, say: Say) -> bool:
    """Brings the emulator to what the sources say. False if it was there already."""
    sources = fingerprint()
    built = home.built()
    fresh = not deployed(home)
    # What was made live since stays in the tables, and the samples are not applied over it.
    seeded = {name: value for name, value in built.items() if name in ("seeded", "seeded_at") and not fresh}
    if built.get("deployed") == sources and not fresh and home.outputs():
        say("sources unchanged: the deployed functions stay")
        return False
    demand_node()
    if built.get("synthesized") != sources or not (home.assembly / "manifest.json").exists():
        say("synthesizing the stacks (CDK)")
        synthesize(home, stage=naming.LOCAL)
        home.keep_built({**seeded, "synthesized": sources})
    if fresh:
        say("preparing the emulator for CDK (once)")
        _cdk(home, "bootstrap", f"aws://{ACCOUNT}/{REGION}")
    say("deploying")
    draft = home.run / "outputs.draft.json"
    _cdk(home, "deploy", "--all", "--require-approval", "never", "--outputs-file", str(draft))
    finish(home, json.loads(draft.read_text()))
    draft.replace(home.outputs_file)
    home.keep_built({**seeded, "synthesized": sources, "deployed": sources})
    return True


def synthesize(home: Home, *, stage: str, nag: bool = False) -> None:
    """In a process of its own: jsii starts a Node beside it and is gone afterwards."""
    context = {**json.loads((ROOT / "cdk.json").read_text())["context"], "stage": stage, "nag": nag}
    shutil.rmtree(home.assembly, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=home.folder, prefix="synth-") as litter:  # Chalice leaves its packages behind
        _run(
            [sys.executable, "-m", "infra.app"], _synth_environment(home, context), what="cdk synth", where=Path(litter)
        )


def _synth_environment(home: Home, context: dict[str, Any]) -> dict[str, str]:
    return {
        **on_emulator(launcher.url(home)),
        "PYTHONPATH": str(ROOT),
        "CDK_OUTDIR": str(home.assembly),
        "CDK_CONTEXT_JSON": json.dumps(context),
        # The notice about a Node version that is about to leave support says nothing that a newcomer can use.
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
    }


def finish(home: Home, stacks: dict[str, dict[str, str]]) -> None:
    """What the template says and the emulator drops."""
    outputs = {key: value for values in stacks.values() for key, value in values.items()}
    dynamodb = client(home, "dynamodb")
    for table in naming.EXPIRING:
        dynamodb.update_time_to_live(
            TableName=outputs[naming.output(f"table_{table}")],
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"},
        )
    _hand_out_bytes(home, outputs["RestApi"])


def _hand_out_bytes(home: Home, api: str) -> None:
    """Media types that are bytes stand in the API's definition, where the emulator does not look for them. A patch of
    AWS's own form names one at a time; the emulator wants them all."""
    wish = {"patchOperations": [{"op": "replace", "path": "/binaryMediaTypes", "value": binary_types(home.assembly)}]}
    request = urllib.request.Request(  # noqa: S310  our own emulator
        f"{launcher.url(home)}/restapis/{api}",
        data=json.dumps(wish).encode(),
        headers={"Content-Type": "application/json"},
        method="PATCH",
    )
    with urllib.request.urlopen(request, timeout=20):  # noqa: S310
        return


def binary_types(assembly: Path) -> list[str]:
    """As the synthesized definition of the API says. Raises Failed where there is none."""
    for file in assembly.glob("*.template.json"):
        for resource in json.loads(file.read_text())["Resources"].values():
            definition = resource.get("Properties", {}).get("DefinitionBody")
            if definition:
                return list(definition["x-amazon-apigateway-binary-media-types"])
    raise Failed(f"no API is defined in {assembly}")


def forget_connections(home: Home) -> None:
    """No WebSocket outlives the emulator, but its row does."""
    table = home.outputs()["TableSessions"]
    dynamodb = client(home, "dynamodb")
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="begins_with(pk, :connection)",
        ExpressionAttributeValues={":connection": {"S": "CONN#"}},
        ProjectionExpression="pk, sk",
    )
    for page in pages:
        for key in page["Items"]:
            dynamodb.delete_item(TableName=table, Key=key)


def fingerprint() -> str:
    """Of everything that decides what is deployed."""
    return digest([ROOT / "infra", FUNCTIONS, TEMPLATES, ROOT / "cdk.json"], but=_only_local)


def digest(places: Sequence[Path], *, but: Callable[[Path], bool] = lambda file: False) -> str:
    found = hashlib.sha256()
    for place in places:
        for file in [place] if place.is_file() else sorted(place.rglob("*")):
            if file.is_file() and not _SKIPPED & set(file.parts) and not but(file):
                found.update(str(file.relative_to(ROOT)).encode())
                found.update(file.read_bytes())
    return found.hexdigest()


def _only_local(file: Path) -> bool:
    """The commands and the local stack itself are not in the template; environment.py is read while it is made."""
    inside = file.relative_to(ROOT).parts
    return inside[:2] in {("infra", "local"), ("infra", "cli")} and file.name != "environment.py"


def demand_node() -> None:
    node = shutil.which("node")
    advice = f"install Node.js {MIN_NODE} or newer (https://nodejs.org), then run this again"
    if not node:
        raise NodeMissing(f"CDK needs Node.js, and no `node` is in PATH: {advice}")
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(shown.removeprefix("v").partition(".")[0]) < MIN_NODE:
        raise NodeMissing(f"CDK needs Node.js {MIN_NODE}, and this is {shown}: {advice}")


def client(home: Home, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=launcher.url(home),
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  the emulator checks none
    )


def deployed(home: Home) -> bool:
    cloudformation = client(home, "cloudformation")
    try:
        stacks = cloudformation.describe_stacks(StackName=naming.stack(naming.LOCAL, "contacts"))["Stacks"]
    except cloudformation.exceptions.ClientError:
        return False
    return bool(stacks) and stacks[0]["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


def _cdk(home: Home, *words: str) -> None:
    _run(
        ["npx", "--no-install", "cdk", *words, "--app", str(home.assembly), "--no-notices", "--ci"],
        {**on_emulator(launcher.url(home)), "NODE_NO_WARNINGS": "1"},
        what=f"cdk {words[0]}",
    )


def _run(command: list[str], environment: dict[str, str], *, what: str, where: Path = ROOT) -> None:
    began = time.monotonic()
    done = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-25:])
        raise Failed(f"{what} failed after {time.monotonic() - began:.0f} s:\n{tail}")
