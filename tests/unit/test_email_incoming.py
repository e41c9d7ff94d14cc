"""A mail comes in: to whom, into which conversation, and what the customer is told."""

from __future__ import annotations

import contextlib
from email.message import EmailMessage

import pytest

from chalicelib.channels.email.model.address import with_detail
from chalicelib.channels.email.model.mail import MAIL_LIMIT
from chalicelib.channels.email.model.notice import Notice, Verdicts
from chalicelib.channels.email.service.incoming import Fate
from chalicelib.contacts.model.contact import Contact, State
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.facts import Fact
from tests.fakes.mailroom import Mailroom, client
from tests.fakes.mails import mail

HELP, OFFICE, CARE = "help@luna.example", "office@pipes.example", "care@clinic.example"


@pytest.fixture
def room() -> Mailroom:
    return Mailroom(
        client("luna", HELP, "sales@luna.example"), client("pipes", OFFICE, tier="voice"), client("clinic", CARE)
    )


def everything(room: Mailroom) -> str:
    return repr(sorted((table, sorted(items.items())) for table, items in room.database.tables.items()))


def wrapped(room: Mailroom, contact: Contact) -> Contact:
    room.agent_takes(contact)
    for kind in ("ended", "wrapped"):
        contact = room.contacts._store.move(contact.tenant, contact.contact, Fact(kind=kind, at=room.clock()))
    return contact


def test_a_mail_opens_a_contact_that_waits_for_an_agent(room: Mailroom) -> None:
    outcomes = room.takes(mail("Where is my parcel?"), HELP)
    contact = room.the_contact(outcomes)
    assert [outcome.fate for outcome in outcomes] == [Fate.OPENED]
    assert (contact.state, contact.team) == (State.QUEUED, "shared")
    assert (contact.customer, contact.customer_name, contact.subject) == ("jana@example.com", "Jana", "Parcel")
    assert room.words(contact)[0].draft.text == "Where is my parcel?"


def test_an_unknown_mailbox_keeps_the_mail_and_nobody_is_told(room: Mailroom) -> None:
    outcomes = room.takes(mail(), "nobody@luna.example", mail_id="m1")
    assert [outcome.fate for outcome in outcomes] == [Fate.UNKNOWN_MAILBOX]
    assert set(room.files.kept) == {"unknown/m1"}
    assert not room.database.tables.get("contacts")
    assert room.takes(mail(), "nobody@luna.example", mail_id="m1")[0].fate is Fate.UNKNOWN_MAILBOX


def test_a_mail_to_two_clients_is_two_contacts_that_know_nothing_of_each_other(room: Mailroom) -> None:
    outcomes = room.takes(mail(), HELP, CARE)
    luna, clinic = room.the_contact(outcomes), room.the_contact(outcomes, "clinic")
    assert luna.contact != clinic.contact
    assert (luna.entry_point, clinic.entry_point) == (HELP, CARE)


def test_a_mail_to_two_mailboxes_of_one_client_is_one_contact(room: Mailroom) -> None:
    assert len(room.takes(mail(), HELP, "sales@luna.example")) == 1


@pytest.mark.parametrize("recipients", [(HELP,), (HELP, CARE), (OFFICE,), ("nobody@luna.example",)])
def test_a_mail_told_twice_changes_nothing(room: Mailroom, recipients: tuple[str, ...]) -> None:
    room.takes(mail(), *recipients, mail_id="m1")
    before, files = everything(room), dict(room.files.kept)
    room.clock.passes(30)
    room.takes(mail(), *recipients, mail_id="m1")
    assert everything(room) == before
    assert room.files.kept == files


def test_a_mail_told_again_after_its_contact_is_finished_changes_nothing(room: Mailroom) -> None:
    first = room.the_contact(room.takes(mail(), HELP, mail_id="m1"))
    room.takes(mail(message_id="<2@x>", In_Reply_To="<first@example.com>"), HELP, mail_id="m2")
    wrapped(room, first)
    before = everything(room)
    for mail_id in ("m2", "m1"):
        room.takes(mail(message_id="<2@x>", In_Reply_To="<first@example.com>"), HELP, mail_id=mail_id)
    assert everything(room) == before


@pytest.mark.parametrize("step", range(1, 12))
def test_a_delivery_that_died_anywhere_is_completed_by_the_next(room: Mailroom, step: int) -> None:
    def die(operation: str) -> None:
        if len(room.database.requests) == step:
            raise ConnectionError("killed")

    room.database.before = die
    with contextlib.suppress(ConnectionError):
        room.takes(mail(), HELP, mail_id="m1")
    room.database.before = lambda operation: None
    contact = room.the_contact(room.takes(mail(), HELP, mail_id="m1"))
    assert contact.state is State.QUEUED
    assert [message.n for message in room.words(contact)] == [1]
    assert len([key for key in room.database.tables["routing"] if "#WAIT#" in key.pk]) == 1


# Threads


def test_an_answer_goes_into_the_open_conversation(room: Mailroom) -> None:
    first = room.the_contact(room.takes(mail(), HELP))
    outcomes = room.takes(mail("And the chair?", message_id="<2@x>", References="<first@example.com>"), HELP)
    assert [outcome.fate for outcome in outcomes] == [Fate.APPENDED]
    assert [message.draft.text for message in room.words(first)] == ["Where is my parcel?", "And the chair?"]


def test_a_signed_reply_address_names_the_conversation_when_the_headers_are_lost(room: Mailroom) -> None:
    first = room.the_contact(room.takes(mail(), HELP))
    there = with_detail(HELP, room.tokens.sign(first.tenant, first.contact))
    assert room.takes(mail("Thanks", message_id=""), there)[0].contact == first.contact


def test_a_forged_reply_address_opens_a_conversation_of_its_own(room: Mailroom) -> None:
    first = room.the_contact(room.takes(mail(), HELP))
    there = with_detail(HELP, f"{first.contact}-{'a' * 16}")
    assert room.takes(mail("Show me", message_id=""), there)[0].fate is Fate.OPENED


def test_a_reply_address_of_another_client_opens_nothing_of_his(room: Mailroom) -> None:
    first = room.the_contact(room.takes(mail(), HELP))
    theirs = with_detail(CARE, room.tokens.sign(first.tenant, first.contact))
    outcomes = room.takes(mail("Show me", message_id="<2@x>", References="<first@example.com>"), theirs)
    assert [(outcome.fate, outcome.tenant) for outcome in outcomes] == [(Fate.OPENED, "clinic")]
    assert len(room.words(first)) == 1


def test_an_answer_to_a_finished_contact_opens_the_next_one_of_the_thread(room: Mailroom) -> None:
    first = wrapped(room, room.the_contact(room.takes(mail(), HELP)))
    outcomes = room.takes(mail("It broke", message_id="<2@x>", In_Reply_To="<first@example.com>"), HELP)
    second = room.the_contact(outcomes)
    assert outcomes[0].fate is Fate.OPENED
    assert (second.previous, second.thread) == (first.contact, first.contact)
    third = room.the_contact(room.takes(mail("?", message_id="<3@x>", References="<first@example.com> <2@x>"), HELP))
    assert third.contact == second.contact


# Who is turned away


def test_a_client_without_mail_answers_politely_in_its_own_words_and_loses_nothing(room: Mailroom) -> None:
    contact = room.the_contact(room.takes(mail("My pipe burst"), OFFICE), "pipes")
    said = room.words(contact)
    assert contact.state is State.REFUSED
    assert contact.facts[-1].data == {"reason": "tier", "tier": "voice"}
    assert [(message.author, message.draft.text) for message in said] == [
        ("customer", "My pipe burst"),
        ("system", "Pipes answers no mail. Please call us."),
    ]
    room.sends_all(contact)
    assert room.post.letter()["Auto-Submitted"] == "auto-replied"
    assert room.post.letter()["From"].addresses[0].addr_spec == OFFICE


def test_a_customer_is_turned_away_once_a_day_and_recorded_each_time(room: Mailroom) -> None:
    for hours in (0, 1, 24):
        room.clock.passes(hours * 3600)
        contact = room.the_contact(room.takes(mail(message_id=""), OFFICE), "pipes")
        room.sends_all(contact)
    assert len(room.post.sent) == 2
    other = room.the_contact(room.takes(mail(sender="otto@example.com", message_id=""), OFFICE), "pipes")
    room.sends_all(other)
    assert len(room.post.sent) == 3


@pytest.mark.parametrize(
    "machine",
    [
        mail(Auto_Submitted="auto-replied"),
        mail(Precedence="bulk"),
        mail(sender="no-reply@example.com"),
        mail(sender="mailer-daemon@example.com"),
        mail(sender=HELP),
        mail(Reply_To=CARE),
        mail(sender="bounces@mail.manyline.example"),
        mail(sender="nobody at all"),
    ],
)
def test_nobody_but_a_person_of_outside_is_answered_automatically(room: Mailroom, machine: bytes) -> None:
    contact = room.the_contact(room.takes(machine, OFFICE, sender=None), "pipes")
    assert [message.author for message in room.words(contact)] == ["customer"]


def test_the_null_sender_is_not_answered(room: Mailroom) -> None:
    contact = room.the_contact(room.takes(mail(), OFFICE, sender=""), "pipes")
    assert len(room.words(contact)) == 1


def test_a_forged_sender_is_not_answered_for_he_is_a_bystander(room: Mailroom) -> None:
    contact = room.the_contact(room.takes(mail(), OFFICE, verdicts=Verdicts(dmarc="FAIL")), "pipes")
    assert len(room.words(contact)) == 1


@pytest.mark.parametrize(("verdicts", "reason"), [(Verdicts(spam="FAIL"), "spam"), (Verdicts(virus="FAIL"), "virus")])
def test_spam_and_viruses_are_recorded_and_never_shown_or_answered(
    room: Mailroom, verdicts: Verdicts, reason: str
) -> None:
    contact = room.the_contact(room.takes(mail(), HELP, verdicts=verdicts))
    assert contact.facts[-1].data["reason"] == reason
    assert room.words(contact) == []
    assert set(room.files.kept) == {"raw/ses0001"}


def test_a_mail_beyond_the_limit_is_recorded_and_politely_sent_back_without_being_read(room: Mailroom) -> None:
    raw = mail("x") + b"x" * (MAIL_LIMIT + 1)
    contact = room.the_contact(room.takes(raw, HELP, mail_id="big"))
    assert (contact.state, contact.subject) == (State.REFUSED, "Parcel")
    mail_in, answer = room.words(contact)
    assert mail_in.draft.text.startswith("[The mail has 26214")
    assert "25 MB" in answer.draft.text
    assert "raw/big" in room.files.kept
    room.sends_all(contact)
    assert room.post.letter()["In-Reply-To"] == "<first@example.com>"


def test_an_agent_sees_that_a_long_mail_was_cut(room: Mailroom) -> None:
    said = room.words(room.the_contact(room.takes(mail("x" * 100_000), HELP)))[0].draft.text
    assert len(said) == 65_536
    assert said.endswith("\n\n[Only the first 64 KB of the text are shown; it has 100000 bytes.]")


def test_out_of_office_goes_into_its_thread_but_costs_no_agent_a_new_contact(room: Mailroom) -> None:
    first = wrapped(room, room.the_contact(room.takes(mail(), HELP)))
    away = mail("I am away", message_id="<2@x>", In_Reply_To="<first@example.com>", Auto_Submitted="auto-replied")
    assert room.takes(away, HELP)[0].fate is Fate.APPENDED
    assert room.words(first)[-1].draft.headers["auto"] == "reply"
    lost = mail("I am away", message_id="<3@x>", Auto_Submitted="auto-replied")
    assert room.takes(lost, HELP)[0].fate is Fate.REFUSED


def test_attachments_lie_in_the_bucket_under_their_client(room: Mailroom) -> None:
    message = EmailMessage()
    message["From"], message["Message-ID"] = "jana@example.com", "<a@x>"
    message.set_content("see")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="bill.pdf")
    contact = room.the_contact(room.takes(message.as_bytes(), HELP))
    kept = room.words(contact)[0].draft.attachments[0]
    assert (kept.name, kept.type, kept.size) == ("bill.pdf", "application/pdf", 4)
    assert kept.key.startswith(f"attachments/luna/{contact.contact}/")
    assert room.files.kept[kept.key] == b"%PDF"


def test_a_mail_whose_original_is_gone_is_said_to_be_gone(room: Mailroom) -> None:
    notice = Notice(mail_id="m", sender="a@example.com", recipients=(HELP,), key="raw/m", verdicts=Verdicts())
    assert room.incoming.receive(notice, room.clock())[0].fate is Fate.GONE


def test_a_thousand_recipients_ask_the_directory_once_per_mailbox(room: Mailroom) -> None:
    many = [f"help+{n}@luna.example" for n in range(1000)]
    assert len(room.takes(mail(), *many)) == 1


# Notices


def notification(**receipt: object) -> dict[str, object]:
    return {
        "notificationType": "Received",
        "mail": {"messageId": "m1", "source": "jana@example.com"},
        "receipt": {
            "recipients": [HELP],
            "spamVerdict": {"status": "PASS"},
            "virusVerdict": {"status": "FAIL"},
            "action": {"type": "S3", "bucketName": "b", "objectKey": "raw/m1"},
            **receipt,
        },
    }


def test_a_notice_of_ses_is_understood() -> None:
    notice = Notice.read(notification())
    assert notice is not None
    assert (notice.mail_id, notice.key, notice.recipients) == ("m1", "raw/m1", (HELP,))
    assert notice.verdicts.harmful == "virus"


def test_what_is_no_arrival_is_not_taken_for_one() -> None:
    assert Notice.read({"notificationType": "AmazonSnsSubscriptionSucceeded"}) is None


@pytest.mark.parametrize(
    "broken", [{"action": None}, {"action": {"type": "S3"}}, {"recipients": None}, {"spamVerdict": 1}]
)
def test_an_arrival_that_makes_no_sense_is_refused_by_name(broken: dict[str, object]) -> None:
    with pytest.raises(Invalid, match="not what SES sends"):
        Notice.read(notification(**broken))
