"""Mails that nobody wants: to nobody, broken, huge, written by machines, told twice, or with a stolen token."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import Books, Item
from tests.journeys.customers import PLUMBER_MAILBOX, SHOP_MAILBOX, Mailer, Posted, private
from tests.journeys.lambdas import deliver, send
from tests.journeys.patience import PATIENCE_S, eventually

NewMailer = Callable[[], Mailer]
# Whatever keeps a mail from being taken, once: it is taken again after six times the time that its Lambda has.
TAKEN_AGAIN_S = PATIENCE_S + 6 * 30
WORLD = ("contacts", "routing", "ledger", "tenants")


def _objects(stack: Stack, prefix: str = "") -> set[str]:
    listed = stack.client("s3").list_objects_v2(Bucket=stack.settings.bucket_mail, Prefix=prefix)
    return {item["Key"] for item in listed.get("Contents", [])}


def _notice(mail: Posted, *recipients: str, **receipt: object) -> dict[str, object]:
    """What SES tells of a mail that it has put into the bucket."""
    action = {"type": "S3", "objectKey": f"raw/{mail.mail_id}"}
    return {
        "notificationType": "Received",
        "mail": {"messageId": mail.mail_id, "source": "someone@letters.example"},
        "receipt": {"recipients": list(recipients), "action": action, **receipt},
    }


def test_a_mail_to_a_mailbox_that_nobody_has_is_put_aside_and_not_lost(
    stack: Stack, mailer: NewMailer, books: Books
) -> None:
    with books.unchanged(*WORLD):
        customer = mailer()
        mail = customer.writes("nobody@luna-shop.example", "Who is there?", "Is this the boss of the lamps?")
        assert mail.code == 250
        assert eventually(lambda: f"unknown/{mail.mail_id}" in _objects(stack, "unknown/"))
        assert f"raw/{mail.mail_id}" not in _objects(stack, "raw/")
    assert customer.letters() == []


BROKEN = {
    "no headers": b"just some words of lemonade without a head",
    "a boundary that never comes": (
        b"From: %s\r\nTo: help@luna-shop.example\r\nSubject: Broken\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="never"\r\n\r\nOnly lemonade in here.\r\n'
    ),
    "a transfer encoding that lies": (
        b"From: %s\r\nSubject: =?utf-99?Q?Lemon=XX?=\r\nContent-Type: text/plain; charset=klingon\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n!!! this is lemonade and no base64 !!!\r\n"
    ),
    "control characters and half characters": (
        b"From: %s\r\nSubject: \x00\x07Lemon\xff\xfe\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        b"lemonade \xed\xa0\x80 \x00 end\r\n"
    ),
}


def test_a_mail_that_is_broken_still_reaches_an_agent(mailer: NewMailer, maria: Agent, books: Books) -> None:
    maria.is_available()
    for name, raw in BROKEN.items():
        customer = mailer()
        contact = customer.posts([SHOP_MAILBOX], raw.replace(b"%s", customer.address.encode()), "broken").contact()
        card = maria.accepts(contact)
        assert card["customer"] == customer.address, name
        assert "lemonade" in str(card["messages"]).lower() or name.startswith("a transfer"), (name, card["messages"])
        maria.finishes(contact, "no_concern")
        assert books.contact("shop", contact)["state"] == "wrapped"


def test_a_mail_without_message_id_is_answered_and_its_thread_is_kept_by_the_token(
    mailer: NewMailer, maria: Agent
) -> None:
    maria.is_available()
    customer = mailer()
    text = private("Nobody gave me a message id.")
    raw = f"From: {customer.address}\r\nTo: {SHOP_MAILBOX}\r\nSubject: Bare\r\n\r\n{text}\r\n".encode()
    contact = customer.posts([SHOP_MAILBOX], raw).contact()
    card = maria.accepts(contact)
    assert card["messages"][0]["text"] == text
    maria.says(contact, "We found you all the same.")
    letter = customer.gets()
    answer = customer.raw(letter)
    assert answer["In-Reply-To"] is None
    to = answer["Reply-To"].addresses[0].addr_spec
    customer.posts([to], f"From: {customer.address}\r\nSubject: Re: Bare\r\n\r\nThanks for looking.\r\n".encode())
    assert eventually(lambda: len(maria.cards()[contact]["messages"]) == 3)
    maria.finishes(contact)


def test_a_mail_of_thirty_megabytes_is_refused_politely_and_the_original_is_kept(
    stack: Stack, mailer: NewMailer, maria: Agent, books: Books
) -> None:
    maria.is_available()
    customer = mailer()
    head = (
        f"From: {customer.address}\r\nTo: {SHOP_MAILBOX}\r\nSubject: {private('All my holiday pictures')}\r\n"
        f"Message-ID: <huge-{time.time_ns()}@letters.example>\r\nContent-Type: text/plain\r\n\r\n"
    )
    raw = head.encode() + (b"0123456789" * 7 + b"\r\n") * (30 * 1024 * 1024 // 72)
    mail = customer.posts([SHOP_MAILBOX], raw)
    assert mail.code == 250
    item = books.becomes("shop", mail.contact(), "refused")
    assert item["facts"][-1]["data"]["reason"] == "too_large"
    assert "larger than 25 MB" in customer.text(customer.gets())
    kept = stack.client("s3").head_object(Bucket=stack.settings.bucket_mail, Key=f"raw/{mail.mail_id}")
    assert kept["ContentLength"] >= len(raw)
    assert maria.cards() == {}


def test_a_mail_larger_than_ses_takes_is_refused_at_the_door(mailer: NewMailer, books: Books) -> None:
    with books.unchanged("contacts"):
        mail = mailer().posts([SHOP_MAILBOX], b"Subject: x\r\n\r\n" + (b"0" * 70 + b"\r\n") * (41 * 1024 * 1024 // 72))
        assert mail.code == 552


def test_two_machines_that_answer_each_other_stop_at_once(mailer: NewMailer, maria: Agent, books: Books) -> None:
    maria.is_available()
    robot = mailer()
    # To the plumber: a polite answer goes out, and is answered by an out-of-office note, which is answered by nobody.
    first = robot.writes(PLUMBER_MAILBOX, "Dripping again", "Somebody wrote this one by hand.")
    letter = robot.gets()
    for _ in range(3):
        note = robot.writes(
            PLUMBER_MAILBOX,
            "Out of office",
            "I am on a boat.",
            In_Reply_To=letter.message_id,
            Auto_Submitted="auto-replied",
        )
        books.becomes("plumber", note.contact("plumber"), "refused")
    books.becomes("plumber", first.contact("plumber"), "refused")
    # To the shop: nobody is bothered by an out-of-office note that belongs to no thread, or by a delivery report.
    away = robot.writes(SHOP_MAILBOX, "Out of office", "I am on a boat.", Auto_Submitted="auto-replied")
    assert books.becomes("shop", away.contact(), "refused")["facts"][-1]["data"]["reason"] == "auto_reply"
    raw = (
        f"From: MAILER-DAEMON@letters.example\r\nTo: {SHOP_MAILBOX}\r\nSubject: failed\r\n\r\nno such user\r\n".encode()
    )
    bounce = robot.posts([SHOP_MAILBOX], raw, envelope_sender="")
    assert books.becomes("shop", bounce.contact(), "refused")["facts"][-1]["data"]["reason"] == "auto_bounce"
    time.sleep(0.5)
    assert len(robot.letters()) == 1
    assert maria.cards() == {}


def test_a_mail_that_ses_tells_twice_is_one_contact_with_one_message(
    stack: Stack, mailer: NewMailer, maria: Agent, books: Books
) -> None:
    maria.is_available()
    customer = mailer()
    mail = customer.writes(SHOP_MAILBOX, "Once", "I said this one single time.")
    contact = mail.contact()
    maria.accepts(contact)
    send(stack, "QueueMailIn", *[_notice(mail, SHOP_MAILBOX)] * 2)
    assert deliver(stack, "mail_in", _notice(mail, SHOP_MAILBOX), _notice(mail, SHOP_MAILBOX)) == []
    maria.finishes(contact)
    assert deliver(stack, "mail_in", _notice(mail, SHOP_MAILBOX)) == [], "also when it is long over"
    assert books.kinds("shop", contact) == ["arrived", "queued", "offered", "connected", "ended", "wrapped"]
    assert len(books.messages("shop", contact)) == 1
    assert [one["contact"] for one in books.contacts("shop") if one.get("customer") == customer.address] == [contact]


def test_notices_without_sense_harm_no_other(stack: Stack, mailer: NewMailer, books: Books) -> None:
    mail = mailer().writes("nobody@luna-shop.example", "Kept aside", "For the notices below.")
    assert eventually(lambda: f"unknown/{mail.mail_id}" in _objects(stack, "unknown/"))
    with books.unchanged(*WORLD):
        good = {"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have successfully subscribed"}
        gone = _notice(Posted(code=250, mail_id="never-was-there", message_id=""), SHOP_MAILBOX)
        nameless: dict[str, object] = {"notificationType": "Received", "mail": {}, "receipt": None}
        nobody = _notice(mail)
        assert deliver(stack, "mail_in", good, gone, nameless, "this is no JSON", nobody) == [2, 3]


def test_spam_and_viruses_are_recorded_and_shown_to_nobody(mailer: NewMailer, maria: Agent, books: Books) -> None:
    maria.is_available()
    customer = mailer()
    reasons = {"X_Manyline_Test_Virus": "virus", "X_Manyline_Test_Spam": "spam"}
    for header, reason in reasons.items():
        mail = customer.writes(SHOP_MAILBOX, "Invoice attached", "Open this at once.", **{header: "FAIL"})
        item = books.becomes("shop", mail.contact(), "refused")
        assert item["facts"][-1]["data"]["reason"] == reason
        assert books.messages("shop", mail.contact()) == []
    assert (customer.letters(), maria.cards()) == ([], {})


def test_a_token_of_one_client_opens_nothing_at_another(
    velo: str, mailer: NewMailer, maria: Agent, books: Books
) -> None:
    maria.is_available()
    customer, thief = mailer(), mailer()
    contact = customer.writes(SHOP_MAILBOX, "My secret order", "The lamp is a present for Ben.").contact()
    maria.accepts(contact)
    maria.says(contact, "We tell nobody.")
    raw = customer.raw(customer.gets())
    token = raw["Reply-To"].addresses[0].username.partition("+")[2]
    stolen = thief.posts(
        [f"hello+{token}@velo-werk.example"],
        f"From: {thief.address}\r\nSubject: Hi\r\n\r\nWhat did he order?\r\n".encode(),
    )
    forged = thief.posts(
        [f"help+{contact}-{'a' * 16}@luna-shop.example"],
        f"From: {thief.address}\r\nSubject: Hi\r\n\r\nLet me into that thread.\r\n".encode(),
    )
    for tenant, mail in ((velo, stolen), ("shop", forged)):
        item = _opened(books, tenant, mail)
        assert (item["contact"] == contact, item.get("previous", "")) == (False, "")
    assert len(books.messages("shop", contact)) == 2
    maria.finishes(contact)


def _opened(books: Books, tenant: str, mail: Posted) -> Item:
    item = eventually(lambda: books.contact(tenant, mail.contact(tenant)), within=TAKEN_AGAIN_S)
    assert item, f"mail {mail.mail_id} opened nothing at {tenant}"
    return item
