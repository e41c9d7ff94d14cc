"""Mail on this machine: sorted by where it goes, announced as SES does it, readable without harm."""

from __future__ import annotations

import asyncio
import json
import smtplib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application
from click.testing import CliRunner

from chalicelib.channels.email.model.notice import Notice
from chalicelib.channels.email.model.parsing import parse
from infra.cli.mail import mail as command
from infra.local.mail.listener import SIZE_LIMIT, Sorter, listen
from infra.local.mail.pages import routes
from infra.local.mail.places import Place, Places
from infra.local.mail.receiving import Receiving
from infra.local.mail.store import MailStore, Way
from infra.local.mail.writing import answer_to, compose
from tests.fakes.emulator import free_port
from tests.fakes.mails import mail

HELP = "help@luna.example"


class KeptObjects:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.down = False

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803  boto3's names
        if self.down:
            raise ConnectionError("the emulator is down")
        self.objects[Key] = Body


class KeptNotices:
    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def publish(self, *, TopicArn: str, Subject: str, Message: str) -> None:  # noqa: N803  boto3's names
        self.told.append(json.loads(Message))


class TwoPlaces(Places):
    def __init__(self) -> None:
        """Without a directory."""

    def all(self) -> list[Place]:
        return [Place(tenant="luna", name="Luna", address=HELP, answered=True)]

    def domains(self) -> frozenset[str]:
        return frozenset({"luna.example"})


class Machine:
    def __init__(self, folder: Path) -> None:
        self.s3, self.sns = KeptObjects(), KeptNotices()
        self.store = MailStore(folder)
        receiving = Receiving(s3=self.s3, sns=self.sns, bucket="mail", topic="topic")
        self.sorter = Sorter(receiving, self.store, TwoPlaces().domains)
        self.port = free_port()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "mail")


@pytest.fixture
def heard(machine: Machine) -> Iterator[Machine]:
    """The machine with its SMTP port open."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(listen(machine.sorter, machine.port))

    async def serve(until: asyncio.Event) -> None:
        await until.wait()

    until = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(until),))
    thread.start()
    try:
        yield machine
    finally:
        loop.call_soon_threadsafe(until.set)
        thread.join()
        server.close()
        loop.run_until_complete(server.wait_closed())
        loop.run_until_complete(asyncio.sleep(0.05))
        loop.close()


def test_mail_for_a_client_goes_in_as_ses_would_tell_it(heard: Machine) -> None:
    with smtplib.SMTP("127.0.0.1", heard.port) as smtp:
        smtp.sendmail("jana@example.com", [HELP, "sales@luna.example"], mail())
    notice = Notice.read(heard.sns.told[0])
    assert notice is not None
    assert (notice.sender, notice.recipients) == ("jana@example.com", (HELP, "sales@luna.example"))
    assert notice.verdicts.harmful == ""
    stored = heard.s3.objects[notice.key]
    assert notice.key == f"raw/{notice.mail_id}"
    assert parse(stored, envelope_sender=notice.sender).text == "Where is my parcel?"
    told = heard.sns.told[0]
    assert told["mail"]["commonHeaders"]["subject"] == "Parcel"
    assert told["receipt"]["action"]["type"] == "S3"


def test_mail_for_everybody_else_goes_out_into_the_folder(heard: Machine) -> None:
    with smtplib.SMTP("127.0.0.1", heard.port) as smtp:
        smtp.sendmail(HELP, ["jana@example.com"], mail(sender=HELP, to="jana@example.com"))
    kept = heard.store.all()
    assert [(one.way, one.recipients) for one in kept] == [(Way.OUT, ("jana@example.com",))]
    assert heard.sns.told == []


def test_a_mail_to_both_goes_both_ways(heard: Machine) -> None:
    with smtplib.SMTP("127.0.0.1", heard.port) as smtp:
        smtp.sendmail("a@example.com", [HELP, "jana@example.com"], mail())
    assert sorted(one.way for one in heard.store.all()) == [Way.IN, Way.OUT]


def test_a_bounce_keeps_its_null_sender(heard: Machine) -> None:
    with smtplib.SMTP("127.0.0.1", heard.port) as smtp:
        smtp.sendmail("", [HELP], mail())
    assert heard.sns.told[0]["mail"]["source"] == ""


def test_a_test_can_ask_for_a_verdict(heard: Machine) -> None:
    with smtplib.SMTP("127.0.0.1", heard.port) as smtp:
        smtp.sendmail("a@example.com", [HELP], mail(X_Manyline_Test_Spam="fail"))
    assert heard.sns.told[0]["receipt"]["spamVerdict"] == {"status": "FAIL"}
    assert heard.sns.told[0]["receipt"]["virusVerdict"] == {"status": "PASS"}


def test_forty_megabytes_are_taken_and_no_more(heard: Machine) -> None:
    with smtplib.SMTP("127.0.0.1", heard.port) as smtp:
        smtp.ehlo()
        assert smtp.esmtp_features["size"] == str(SIZE_LIMIT)
        smtp.sendmail("a@example.com", [HELP], mail() + b"x" * 70 + (b"\r\n" + b"y" * 76) * 400_000)
        assert smtp.mail("a@example.com", [f"size={SIZE_LIMIT + 1}"])[0] == 552
    assert max(len(content) for content in heard.s3.objects.values()) > 30_000_000


def test_while_the_emulator_is_down_the_sender_is_asked_to_come_again(heard: Machine) -> None:
    heard.s3.down = True
    with smtplib.SMTP("127.0.0.1", heard.port) as smtp, pytest.raises(smtplib.SMTPDataError) as refused:
        smtp.sendmail("a@example.com", [HELP], mail())
    assert refused.value.smtp_code == 451
    assert heard.store.all() == []


def test_a_reply_keeps_the_thread_and_goes_to_the_reply_address(machine: Machine) -> None:
    raw = mail(sender=HELP, to="jana@example.com", message_id="<ses@x>", Reply_To="help+token@luna.example")
    kept = machine.store.keep(Way.OUT, HELP, ["jana@example.com"], raw)
    reply = compose(answer_to(machine.store, kept, sender="jana@example.com", text="Thanks"))
    found = parse(reply.as_bytes())
    assert (reply["To"], found.in_reply_to, found.subject) == ("help+token@luna.example", "<ses@x>", "Re: Parcel")
    assert found.text == "Thanks"
    assert "> Where is my parcel?" in found.quoted


def test_only_so_many_mails_are_kept(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.local.mail.store.KEPT", 3)
    for number in range(5):
        machine.store.keep(Way.OUT, HELP, [f"{number}@example.com"], mail(subject=str(number)))
    assert [kept.subject for kept in machine.store.all()] == ["4", "3", "2"]


def asked(machine: Machine, method: str, path: str, **how: Any) -> tuple[int, str, dict[str, str]]:
    async def ask() -> tuple[int, str, dict[str, str]]:
        app = Application()
        app.router.add_routes(routes(machine.store, TwoPlaces(), lambda: machine.port))
        async with TestClient(TestServer(app)) as visitor, visitor.request(method, path, **how) as answer:
            return answer.status, await answer.text(), dict(answer.headers)

    return asyncio.run(ask())


def test_a_formatted_mail_is_shown_sealed(machine: Machine) -> None:
    raw = b"Subject: <i>Hi</i>\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script><p style='color:red'>Hi</p>"
    kept = machine.store.keep(Way.OUT, HELP, ["jana@example.com"], raw)
    status, page, _ = asked(machine, "GET", f"/mail/{kept.id}")
    assert status == 200
    assert "<i>Hi</i>" not in page
    assert '<iframe class="mail-body" sandbox title' in page
    _, body, headers = asked(machine, "GET", f"/mail/{kept.id}/body")
    assert "color:red" in body
    assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert asked(machine, "GET", "/mail")[0] == 200


@pytest.mark.parametrize(
    "path", ["/mail/nothing", "/mail/..%2f..%2fpyproject.toml", "/mail/20260101000000000-00000000"]
)
def test_a_mail_that_is_not_there_is_not_found(machine: Machine, path: str) -> None:
    assert asked(machine, "GET", path)[0] == 404


def test_the_customer_page_writes_reads_and_answers(heard: Machine) -> None:
    form = FormData({"from": "jana@example.com", "to": HELP, "subject": "Lamp", "text": "Where?"})
    form.add_field("file", b"%PDF", filename="bill.pdf", content_type="application/pdf")
    assert asked(heard, "POST", "/try/api/mail", data=form)[0] == 201
    letter = mail("On its way", sender=HELP, to="jana@example.com", message_id="<ses@x>", subject="Re: Lamp")
    kept = heard.store.keep(Way.OUT, HELP, ["jana@example.com"], letter)
    _, told, _ = asked(heard, "GET", "/try/api/mail?customer=jana@example.com")
    assert [(one["way"], one["text"]) for one in json.loads(told)["mails"]] == [("in", "Where?"), ("out", "On its way")]
    answer = {"from": "jana@example.com", "answers": kept.id, "text": "Thanks"}
    assert asked(heard, "POST", "/try/api/mail", json=answer)[0] == 201
    assert heard.store.all()[0].in_reply_to == "<ses@x>"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"from": "nobody", "to": HELP}, "from"),
        ({"from": "a@example.com", "to": "nowhere"}, "to"),
        ({"from": "a@example.com", "to": HELP, "subject": "x\r\nBcc: b@example.com"}, "subject"),
    ],
)
def test_the_customer_page_says_what_is_wrong(machine: Machine, fields: dict[str, str], field: str) -> None:
    status, told, _ = asked(machine, "POST", "/try/api/mail", json=fields)
    assert (status, json.loads(told)["field"]) == (422, field)


def test_another_site_writes_no_mail(machine: Machine) -> None:
    fields = {"from": "a@example.com", "to": HELP}
    assert asked(machine, "POST", "/try/api/mail", json=fields, headers={"Origin": "https://evil.example"})[0] == 403


def test_the_command_says_when_nobody_takes_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANYLINE_HOME", str(tmp_path))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "ports.json").write_text(json.dumps({"smtp": free_port()}))
    told = CliRunner().invoke(command, ["--to", HELP, "--text", "Hello"])
    assert told.exit_code == 1
    assert "is the local stack up?" in told.output


def test_the_command_shows_what_the_parser_makes_of_any_file(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mail("Grüße", Auto_Submitted="auto-replied"))
    (tmp_path / "b.bin").write_bytes(bytes(range(256)) * 10)
    told = CliRunner().invoke(command, ["parse", str(tmp_path), "--json"])
    assert told.exit_code == 0
    first, second = (json.loads(line) for line in told.output.splitlines())
    assert (first["text"], first["auto"], second["from"]) == ("Grüße", "reply", "")


def test_the_command_sends_and_lists_what_passed(heard: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = heard.store._folder.parent
    monkeypatch.setenv("MANYLINE_HOME", str(folder))
    (folder / "run").mkdir()
    (folder / "run" / "ports.json").write_text(json.dumps({"smtp": heard.port}))
    sent = CliRunner().invoke(command, ["--to", HELP, "--text", "Hello", "--json"])
    message_id = json.loads(sent.output)["message_id"]
    answer = mail("Hi Jana", sender=HELP, to="jana@example.com", In_Reply_To=message_id)
    heard.store.keep(Way.OUT, HELP, ["jana@example.com"], answer)
    listed = CliRunner().invoke(command, ["list"])
    assert [line.split("  ")[1] for line in listed.output.splitlines()] == ["→ customer", "→ client"]
