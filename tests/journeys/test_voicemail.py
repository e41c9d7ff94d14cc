"""Messages on tape: left by a caller, kept as sound, opened once, heard and answered for by one agent."""

from __future__ import annotations

import io
import json
import time
import wave
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.contacts.model.source import voicemail_source
from chalicelib.kernel.ids import contact_id
from infra.local.connect.aws import kinesis_batch
from infra.local.telephony import RECORDINGS_BUCKET
from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import Books, Finance, at, instant, parts
from tests.journeys.clients import NEVER, goes_live, section
from tests.journeys.customers import Caller
from tests.journeys.lambdas import invoke
from tests.journeys.legs import Till
from tests.journeys.patience import eventually
from tests.journeys.tapes import written_on

NewCaller = Callable[[], Caller]
NIGHT_NUMBER = "+493055501310"
WORDS = "Hello, this is Ada Byron. Please call me about Thursday."


@pytest.fixture(scope="module")
def night(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A practice that is never open: whoever calls may leave a message."""
    changes = {
        "Praxis am Park": "Praxis bei Nacht",
        "+493055501300": NIGHT_NUMBER,
        "empfang@praxis-am-park.example": "empfang@night.example",
        "wk_praxis_e09b66d4": "wk_night_e09b66d4",
        section("clinic", "hours"): NEVER,
    }
    amira = Agent(stack, "amira")
    return goes_live(stack, tmp_path_factory.mktemp("clients"), "night", "clinic", changes, amira)


@pytest.fixture
def amira(stack: Stack) -> Agent:
    return Agent(stack, "amira")


def test_a_message_is_recorded_opened_once_heard_by_its_agent_alone_and_billed_to_the_second(
    stack: Stack, night: str, caller: NewCaller, amira: Agent, maria: Agent, books: Books, finance: Finance
) -> None:
    till = Till(books, finance, night)
    customer = caller()
    call = customer.dials(NIGHT_NUMBER)
    on_tape = _since_the_tape_runs(customer)
    customer.hears("Möchten Sie uns eine Nachricht hinterlassen")
    customer.says(WORDS)
    time.sleep(2.2)
    customer.hangs_up()
    on_tape = time.monotonic() - on_tape

    # The call has served itself
    item = books.becomes(night, call, "self_served")
    assert [fact["kind"] for fact in item["facts"]] == ["arrived", "read_out", "self_served"]
    assert item["facts"][-1]["data"] == {"topic": "voicemail"}

    # The record opens the message, once
    [record] = eventually(customer.records)
    message = contact_id("voice", voicemail_source(record["ContactId"]))
    opened = books.becomes(night, message, "queued")
    books.usage(night, call)  # the stream has told the ledger of the call
    before = books.at_rest("contacts", "routing", "ledger")
    for place in (901, 902, 903):
        assert invoke(stack, "contact_records", kinesis_batch([record], place)) == {"batchItemFailures": []}
    assert books.state("contacts", "routing", "ledger") == before
    assert (opened["previous"], opened["customer"]) == (call, customer.number)
    _the_sound_is_as_long_as_the_words_took(stack, record, on_tape)

    # The agent
    amira.is_available()
    amira.accepts(message)
    heard = amira.listens_to(night, message)
    assert (heard.status_code, heard.headers["Content-Type"]) == (200, "audio/wav")
    assert heard.content == _stored(stack, record, ".wav")
    assert maria.listens_to(night, message).status_code in (403, 404)
    assert written_on(stack, record["Recordings"][0]) == {"keep": "90"}
    bucket, _, key = record["Recordings"][0]["Location"].partition("/")
    stack.client("s3").delete_object(Bucket=bucket, Key=key)
    gone = amira.listens_to(night, message)
    assert (gone.status_code, gone.json()["detail"][:26]) == (404, "This message is not here y")
    assert amira.phone()["call"] is None, "nobody's telephone rings for a message"
    time.sleep(1.2)
    amira.ends(message)
    time.sleep(1.1)
    amira.wraps_up(message, "information")
    done = till.holds(message)[message]
    assert [fact["kind"] for fact in done["facts"]] == ["arrived", "queued", "offered", "connected", "ended", "wrapped"]
    took = parts(done["facts"])
    stands = books.usage(night, message)["voice_seconds"]
    assert (stands["seconds"], stands["quantity"]) == (took, took["talk"] + took["wrap"])
    assert (took["talk"] >= 1, took["wrap"] >= 1) == (True, True)

    # The call's automated seconds, held against Connect's record
    assert {one: found["reason"] for one, found in books.reconciled(customer, 1).items()}[call] == "agrees"
    line = instant(record["DisconnectTimestamp"]) - instant(record["InitiationTimestamp"])
    automated = books.stands(night, call, "automated_seconds")["quantity"]
    assert automated == int(at(item, "self_served").timestamp()) - int(at(item, "arrived").timestamp())
    assert automated <= line.total_seconds()

    # To the second: on the client's account, and of the agent's time
    told = {"arrived": record["InitiationTimestamp"], "self_served": record["DisconnectTimestamp"]}
    assert {kind for kind in told if abs((at(item, kind) - instant(told[kind])).total_seconds()) >= 2} == set()
    served = books.usage(night, call, 2)
    assert set(served) == {"self_served", "automated_seconds"}
    assert served["automated_seconds"]["seconds"] == parts(item["facts"])
    assert (till.grew("automated_seconds"), till.grew("self_served")) == (automated, 1)
    assert at(item, "self_served") <= at(done, "queued") < at(done, "connected")
    amira.goes_home()
    finance.time_is_conserved_in("clinic")


def _since_the_tape_runs(customer: Caller) -> float:
    """The flow switches the tape on before it asks for the message: nothing that is said meanwhile is lost."""
    told = lambda: [one for one in customer.view()["happened"] if one["text"].startswith("Recorded: ")]  # noqa: E731
    assert eventually(told)
    return time.monotonic()


def _the_sound_is_as_long_as_the_words_took(stack: Stack, record: dict[str, Any], on_tape_s: float) -> None:
    with wave.open(io.BytesIO(_stored(stack, record, ".wav"))) as sound:
        length = sound.getnframes() / sound.getframerate()
    words = json.loads(_stored(stack, record, ".json"))
    assert abs(length - words["seconds"]) < 0.01
    assert 2 <= length <= on_tape_s + 1, "from before the prompt until he hung up"
    assert [line["text"] for line in words["lines"] if line["who"] == "customer"] == [WORDS]
    assert words["participants"] == ["Customer"]


def _stored(stack: Stack, record: dict[str, Any], ending: str) -> bytes:
    bucket, _, key = record["Recordings"][0]["Location"].partition("/")
    assert bucket == RECORDINGS_BUCKET
    s3 = stack.client("s3")
    name = key.removesuffix(".wav") + ending
    assert eventually(lambda: s3.list_objects_v2(Bucket=bucket, Prefix=name).get("KeyCount"))
    content: bytes = s3.get_object(Bucket=bucket, Key=name)["Body"].read()
    return content
