"""The emulator, killed in the middle of its work: what it kept is whole, and what was under way arrives."""

from __future__ import annotations

import io
import json
import os
import signal
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import deploy, processes
from infra.local.emulator import launcher
from infra.local.home import Home, Ports
from tests.fakes.emulator import free_port

COPY = """
import boto3, sys
def handler(event, context):
    print("copying", len(event["Records"]), file=sys.stderr)
    for record in event["Records"]:
        boto3.client("dynamodb").put_item(TableName="copies", Item=record["dynamodb"]["NewImage"])
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    home.prepare()
    home.keep_ports(Ports(emulator=free_port(), relay=free_port()))
    launcher.start(home)
    yield home
    processes.stop(home, launcher.NAME)


def kill(home: Home) -> None:
    """Without goodbye; and as another process would find it, not as its parent."""
    running = processes.running(home, launcher.NAME)
    assert running is not None
    os.kill(running.pid, signal.SIGKILL)
    processes._children.pop(running.pid).wait()


def originals_and_copies(home: Home) -> None:
    """Two tables, and a function that copies what the stream of the first one tells."""
    dynamodb, functions = deploy.client(home, "dynamodb"), deploy.client(home, "lambda")
    arn = ""
    for table in ("originals", "copies"):
        made = dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        arn = arn or made["TableDescription"]["LatestStreamArn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("copy_them.py", COPY)
    functions.create_function(
        FunctionName="copy",
        Runtime="python3.11",
        Handler="copy_them.handler",
        Role="arn:aws:iam::000000000000:role/copy",
        Code={"ZipFile": code.getvalue()},
    )
    functions.create_event_source_mapping(
        FunctionName="copy", EventSourceArn=arn, StartingPosition="TRIM_HORIZON", BatchSize=10
    )


def write(home: Home, first: int, count: int) -> None:
    dynamodb = deploy.client(home, "dynamodb")
    for number in range(first, first + count):
        dynamodb.put_item(TableName="originals", Item={"pk": {"S": f"{number:06}"}, "text": {"S": "x" * 200}})


def keys(home: Home, table: str) -> set[int]:
    pages = deploy.client(home, "dynamodb").get_paginator("scan").paginate(TableName=table)
    return {int(item["pk"]["S"]) for page in pages for item in page["Items"]}


def kept_until_now(home: Home) -> None:
    """Waits for a checkpoint that began after this call."""
    now = time.time()
    note = home.state / "checkpoint.json"
    while not note.exists() or json.loads(note.read_text())["at"] < now:
        time.sleep(0.1)


def copied(home: Home, within: float = 40) -> Any:
    deadline = time.monotonic() + within
    while keys(home, "copies") < keys(home, "originals") and time.monotonic() < deadline:
        time.sleep(0.3)
    return keys(home, "copies")


@pytest.mark.timeout(180)
def test_an_emulator_killed_while_it_works_keeps_a_whole_state_and_delivers_what_was_under_way(home: Home) -> None:
    originals_and_copies(home)
    write(home, 0, 50)
    kept_until_now(home)
    write(home, 50, 400)
    kill(home)

    loss = launcher.start(home)

    kept = keys(home, "originals")
    assert loss is not None
    assert "not stopped cleanly" in str(loss)
    assert kept == set(range(len(kept))), "what was kept has no holes"
    assert len(kept) >= 50, "what was there at the last checkpoint is there"
    assert copied(home) == kept, "every fact that was kept arrives, and none of a lost one"


@pytest.mark.timeout(180)
def test_a_clean_stop_loses_nothing_and_facts_flow_on_afterwards(home: Home) -> None:
    originals_and_copies(home)
    write(home, 0, 60)
    processes.stop(home, launcher.NAME)

    assert launcher.start(home) is None
    write(home, 60, 5)

    assert keys(home, "originals") == set(range(65))
    assert copied(home) == set(range(65))


def test_an_object_that_is_newer_than_the_tables_is_named(home: Home) -> None:
    storage = deploy.client(home, "s3")
    storage.create_bucket(Bucket="mail")
    kept_until_now(home)
    home_note = home.state / "checkpoint.json"
    moment = json.loads(home_note.read_text())["at"]
    storage.put_object(Bucket="mail", Key="raw/one", Body=b"Subject: hello")
    kill(home)
    home_note.write_text(json.dumps({"at": moment, "clean": False}))

    loss = launcher.start(home)

    assert loss is not None
    assert any("raw/one" in name for name in loss.orphans), loss
