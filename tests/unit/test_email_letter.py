"""What goes out: right for every mail program, and nothing smuggled in."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels.email.model.letter import Letter, answer_subject
from chalicelib.channels.email.model.mail import Attachment
from chalicelib.channels.email.model.parsing import parse


def letter(**more: object) -> Letter:
    usual: dict[str, object] = {
        "sender": "help@luna.example",
        "sender_name": "Luna help",
        "to": "jana@example.com",
        "subject": "Re: Parcel",
        "text": "It is on its way.",
        "html": "<p>It is on its way.</p>",
    }
    return Letter(**{**usual, **more})  # type: ignore[arg-type]


def read(raw: bytes) -> EmailMessage:
    found = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def test_a_letter_has_a_text_and_a_formatted_version() -> None:
    found = read(letter(text="Grüße 👋", html="<p>Grüße 👋</p>").as_bytes())
    assert found.get_content_type() == "multipart/alternative"
    assert [part.get_content().strip() for part in found.iter_parts()] == ["Grüße 👋", "<p>Grüße 👋</p>"]  # type: ignore[attr-defined]


def test_a_letter_is_seven_bits_wide_for_any_text() -> None:
    raw = letter(text="Grüße 👋" * 500, subject="Päckchen " * 30, to_name="Jäna").as_bytes()
    raw.decode("ascii")
    assert max(len(line) for line in raw.split(b"\r\n")) < 998


_EVIL = "x\r\nBcc: everybody@example.com\r\n\r\nevil"


def test_no_field_can_smuggle_a_header_in() -> None:
    raw = letter(
        subject=_EVIL,
        to_name=_EVIL,
        sender_name=_EVIL,
        mark=_EVIL,
        attachments=[Attachment(name=_EVIL, type=_EVIL, content=b"x")],
    ).as_bytes()
    found = read(raw)
    assert "Bcc" not in found
    assert found["To"].addresses[0].addr_spec == "jana@example.com"
    assert "Bcc" not in [name for part in found.walk() for name in part.keys()]  # noqa: SIM118


@given(st.text(max_size=120), st.text(max_size=60), st.text(max_size=200))
def test_any_subject_name_and_text_arrive(subject: str, name: str, text: str) -> None:
    found = parse(letter(subject=subject, to_name=name, text=text).as_bytes())
    assert found.sender == "help@luna.example"
    assert found.recipients == ("jana@example.com",)


def test_long_message_ids_stay_whole_so_that_the_thread_holds() -> None:
    ids = [f"<{'a' * 150}{n}@mail.gmail.example.com>" for n in range(15)]
    found = parse(letter(in_reply_to=ids[-1], references=ids[:-1]).as_bytes())
    assert found.in_reply_to == ids[-1]
    assert found.references[-3:] == tuple(ids[-3:])


def test_an_automatic_letter_says_that_nobody_typed_it() -> None:
    assert read(letter(automatic=True).as_bytes())["Auto-Submitted"] == "auto-replied"
    assert "Auto-Submitted" not in read(letter().as_bytes())


def test_files_go_along_whatever_they_claim_to_be() -> None:
    files = [
        Attachment(name="Rechnung.pdf", type="application/pdf", content=b"%PDF"),
        Attachment(name="mail.eml", type="message/rfc822", content=b"Subject: x\r\n\r\nx"),
    ]
    found = parse(letter(attachments=files).as_bytes())
    assert [(file.name, file.content) for file in found.attachments] == [(file.name, file.content) for file in files]


def test_a_subject_is_answered_once() -> None:
    assert answer_subject("Parcel") == "Re: Parcel"
    assert answer_subject("AW: Päckchen") == "AW: Päckchen"
    assert answer_subject("re: x\r\n y") == "re: x y"
    assert answer_subject("") == "Re:"
