"""Machines are not answered (RFC 3834), people are."""

from __future__ import annotations

import pytest

from chalicelib.channels.email.model.mail import Auto
from chalicelib.channels.email.model.parsing import parse
from tests.fakes.mails import mail


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"Auto_Submitted": "auto-replied"}, Auto.REPLY),
        ({"Auto_Submitted": "Auto-Replied; owner-email=x"}, Auto.REPLY),
        ({"Auto_Submitted": "auto-notified"}, Auto.REPLY),
        ({"Auto_Submitted": "auto-generated"}, Auto.GENERATED),
        ({"Auto_Submitted": "no"}, Auto.NO),
        ({"Precedence": "bulk"}, Auto.BULK),
        ({"Precedence": "list"}, Auto.BULK),
        ({"Precedence": "auto_reply"}, Auto.REPLY),
        ({"Precedence": "first-class"}, Auto.NO),
        ({"List_Id": "<news.example.com>"}, Auto.BULK),
        ({"List_Unsubscribe": "<mailto:u@example.com>"}, Auto.BULK),
        ({"X_Autoreply": "yes"}, Auto.REPLY),
        ({"X_Auto_Response_Suppress": "All"}, Auto.GENERATED),
        ({"X_Failed_Recipients": "jana@example.com"}, Auto.BOUNCE),
        ({"Return_Path": "<>"}, Auto.BOUNCE),
    ],
)
def test_headers_tell_a_machine(headers: dict[str, str], kind: Auto) -> None:
    assert parse(mail(**headers)).auto is kind


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        ("MAILER-DAEMON@example.com", Auto.BOUNCE),
        ("postmaster@example.com", Auto.BOUNCE),
        ("bounces+123@example.com", Auto.BOUNCE),
        ("no-reply@example.com", Auto.NO_REPLY),
        ("noreply-orders@example.com", Auto.NO_REPLY),
        ("shop.do-not-reply@example.com", Auto.NO_REPLY),
        ("donotreply@example.com", Auto.NO_REPLY),
        ("noreen.plym@example.com", Auto.NO),
        ("casanova@example.com", Auto.NO),
        ("bouncer@example.com", Auto.NO),
    ],
)
def test_some_senders_read_no_answers(sender: str, kind: Auto) -> None:
    assert parse(mail(sender=sender)).auto is kind


@pytest.mark.parametrize("envelope", ["", "<>", " "])
def test_the_null_sender_is_a_bounce_whatever_the_headers_say(envelope: str) -> None:
    assert parse(mail(Auto_Submitted="no"), envelope_sender=envelope).auto is Auto.BOUNCE


def test_a_delivery_report_is_a_bounce() -> None:
    raw = b"From: a@example.com\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b--\r\n"
    assert parse(raw).auto is Auto.BOUNCE
