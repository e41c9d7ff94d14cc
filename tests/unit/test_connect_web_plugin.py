"""The telephone network as the front door plugs it in: what the exchange writes reaches the functions that read it."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from chalicelib.channels.voice.model.agent_event import agent_event
from chalicelib.channels.voice.model.record import contact_record
from infra.local.connect import plugin
from infra.local.connect.library import Library
from infra.local.telephony import RECORDINGS_BUCKET
from tests.fakes.emulator import free_port
from tests.fakes.lamp_shop import CENTRE, CUSTOMER, flows


class Functions:
    """The client of Lambda: keeps what is invoked, takes every batch."""

    def __init__(self) -> None:
        self.read: dict[str, list[dict[str, Any]]] = {}

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803  boto3's names
        for record in json.loads(Payload)["Records"]:
            told = json.loads(base64.b64decode(record["kinesis"]["data"]))
            self.read.setdefault(FunctionName, []).append(told)
        return {"Payload": io.BytesIO(b'{"batchItemFailures": []}')}


class Events:
    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803  boto3's name
        return {"FailedEntryCount": 0}


class Objects:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], bytes] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803
        self.stored[Bucket, Key] = Body


def test_events_of_agents_records_of_calls_and_recordings_arrive(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MANYLINE_HOME", str(tmp_path))
    (tmp_path / "logs").mkdir()
    library = Library(flows("jonas"))
    monkeypatch.setattr(plugin, "deployed", lambda function: library)
    clients: dict[str, Any] = {"lambda": Functions(), "events": Events(), "s3": Objects()}
    port = free_port()
    stage: Any = SimpleNamespace(
        base_url=f"http://127.0.0.1:{port}", client=clients.__getitem__, function=lambda name: f"manyline-local-{name}"
    )
    asyncio.run(_a_call(stage, port))

    told = [agent_event(event) for event in clients["lambda"].read["manyline-local-agent_events"]]
    assert [told[0].type, told[0].agent] == ["LOGIN", "maria"]
    states = [state for event in told for state in event.contacts.values()]
    assert states.index("CONNECTING") < states.index("CONNECTED") < states.index("ENDED")
    [record] = clients["lambda"].read["manyline-local-contact_records"]
    assert contact_record(record).contact == record["ContactId"]
    [recording] = record["Recordings"]
    bucket, _, key = recording["Location"].partition("/")
    assert bucket == RECORDINGS_BUCKET
    stored = clients["s3"].stored
    assert stored[bucket, key].startswith(b"RIFF")
    said = json.loads(stored[bucket, key.replace(".wav", ".json")])["lines"]
    assert [line["text"] for line in said] == ["Good morning"]


async def _a_call(stage: Any, port: int) -> None:
    app = web.Application()

    async def me(request: web.Request) -> web.Response:
        return web.json_response({"agent": "maria", "name": "Maria"})

    app.router.add_get("/api/me", me)
    plugin.plug(app, stage)
    async with TestClient(TestServer(app, port=port)) as client:
        agent = {"Cookie": "sid=maria"}

        async def phone(deed: str, **wish: str) -> None:
            answer = await client.post(f"/softphone/{deed}", json=wish, headers=agent)
            assert answer.status == 200, await answer.text()

        async def state() -> str:
            view = await (await client.get("/softphone/state", headers=agent)).json()
            return view["call"]["state"] if view["call"] else ""

        await phone("stand", status="Available")
        call = await (await client.post("/try/api/calls", json={"to": CENTRE, "from": CUSTOMER, "press": "1"})).json()
        while await state() != "CONNECTING":
            await asyncio.sleep(0.05)
        await phone("accept")
        await phone("say", text="Good morning")
        await client.post(f"/try/api/calls/{call['call']}/hangup", json={})
        await phone("clear")
