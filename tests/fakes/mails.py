"""Mails that customers and machines write."""

from __future__ import annotations

from email.message import EmailMessage


def mail(
    text: str = "Where is my parcel?",
    *,
    sender: str = "Jana <jana@example.com>",
    to: str = "help@luna.example",
    subject: str = "Parcel",
    message_id: str = "<first@example.com>",
    **headers: str,
) -> bytes:
    """`In_Reply_To="<x>"` becomes that header."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    if message_id:
        message["Message-ID"] = message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()
