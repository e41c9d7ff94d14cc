"""A reply goes out in the client's name, into the customer's thread, once."""

from __future__ import annotations

import pytest

from chalicelib.channels.email.model.address import detail
from chalicelib.channels.email.service.outgoing import Fate
from chalicelib.channels.email.service.ports import Style
from chalicelib.channels.email.store.letterhead import TemplateLetterhead
from chalicelib.channels.email.store.marks import LEASE_S
from chalicelib.contacts.model.contact import Arrival, Contact
from chalicelib.contacts.model.conversation import Attachment, Draft
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Unavailable
from tests.fakes.mailroom import Mailroom, client
from tests.fakes.mails import mail

HELP = "help@luna.example"


@pytest.fixture
def room() -> Mailroom:
    return Mailroom(client("luna", HELP), client("clinic", "care@clinic.example"))


@pytest.fixture
def contact(room: Mailroom) -> Contact:
    raw = mail("Where is it?", References="<zero@example.com>")
    return room.agent_takes(room.the_contact(room.takes(raw, HELP)))


def test_a_reply_carries_the_clients_name_signature_and_footer(room: Mailroom, contact: Contact) -> None:
    assert room.sends(contact, room.agent_writes(contact, "On its way.")) is Fate.SENT
    sender, to, _ = room.post.sent[0]
    letter = room.post.letter()
    assert (sender, to) == (HELP, ("jana@example.com",))
    assert str(letter["From"]) == "Luna help <help@luna.example>"
    assert str(letter["To"]) == "Jana <jana@example.com>"
    assert letter["Subject"] == "Re: Parcel"
    text = letter.get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == "On its way.\n-- \nYour Luna team\nLuna Ltd, 1 High Street\n"
    assert "Auto-Submitted" not in letter


def test_a_reply_stands_in_the_customers_thread(room: Mailroom, contact: Contact) -> None:
    room.sends(contact, room.agent_writes(contact, "On its way."))
    letter = room.post.letter()
    assert letter["In-Reply-To"] == "<first@example.com>"
    assert str(letter["References"]).split() == ["<zero@example.com>", "<first@example.com>"]
    token = detail(letter["Reply-To"].addresses[0].addr_spec)
    assert room.tokens.open(contact.tenant, token) == contact.contact


def test_the_customers_answer_finds_the_conversation_by_the_id_that_ses_gave(room: Mailroom, contact: Contact) -> None:
    room.sends(contact, room.agent_writes(contact, "On its way."))
    answer = mail("Thanks", message_id="<9@x>", In_Reply_To="<0001@email.amazonses.com>")
    assert room.takes(answer, HELP)[0].contact == contact.contact


def test_a_reply_delivered_twice_is_sent_once(room: Mailroom, contact: Contact) -> None:
    reply = room.agent_writes(contact, "On its way.")
    assert [room.sends(contact, reply) for _ in range(3)] == [Fate.SENT, Fate.REPEATED, Fate.REPEATED]
    assert len(room.post.sent) == 1


def test_a_reply_whose_sending_died_is_sent_again_but_not_at_once(room: Mailroom, contact: Contact) -> None:
    reply = room.agent_writes(contact, "On its way.")
    room.post.dies = True
    with pytest.raises(RuntimeError):
        room.sends(contact, reply)
    room.post.dies = False
    room.clock.passes(LEASE_S - 1)
    with pytest.raises(Unavailable):
        room.sends(contact, reply)
    room.clock.passes(2)
    assert room.sends(contact, reply) is Fate.SENT
    assert len(room.post.sent) == 2


@pytest.mark.parametrize("kind", ["note", "system"])
def test_a_note_never_leaves_the_house(room: Mailroom, contact: Contact, kind: str) -> None:
    note = room.agent_writes(contact, "He is always angry", kind=kind)
    assert room.sends(contact, note) is Fate.NOT_OURS
    assert room.post.sent == []


def test_a_customers_own_words_are_not_sent_to_him(room: Mailroom, contact: Contact) -> None:
    assert room.sends_all(contact) == [Fate.NOT_OURS]


def test_a_rejection_is_recorded_for_the_agent_and_not_tried_again(room: Mailroom, contact: Contact) -> None:
    room.post.rejects = "Email address is not verified."
    reply = room.agent_writes(contact, "On its way.")
    assert room.sends(contact, reply) is Fate.REJECTED
    told = room.words(contact)[-1]
    assert (told.author, told.draft.kind) == ("system", "system")
    assert told.draft.text == "Message 2 could not be sent: Email address is not verified."
    room.post.rejects = ""
    assert room.sends_all(contact) == [Fate.NOT_OURS, Fate.REPEATED, Fate.NOT_OURS]
    assert room.post.sent == []


def test_a_customer_without_an_address_cannot_be_answered(room: Mailroom) -> None:
    contact = room.the_contact(room.takes(mail(sender="nobody at all"), HELP, sender=None))
    assert contact.customer == ""
    assert room.sends(contact, room.agent_writes(contact, "Hello?")) is Fate.REJECTED


def test_files_go_along(room: Mailroom, contact: Contact) -> None:
    key = f"attachments/luna/{contact.contact}/up/1"
    room.files.put(key, b"%PDF", "application/pdf")
    file = Attachment(name="bill.pdf", type="application/pdf", size=4, key=key)
    assert room.sends(contact, room.agent_writes(contact, "See.", attachments=(file,))) is Fate.SENT
    assert [part.get_filename() for part in room.post.letter().iter_attachments()] == ["bill.pdf"]


@pytest.mark.parametrize("key", ["attachments/clinic/e1/1", "raw/ses0001", "attachments/luna/gone", ""])
def test_a_file_of_another_client_never_leaves_in_this_ones_name(room: Mailroom, contact: Contact, key: str) -> None:
    room.files.put("attachments/clinic/e1/1", b"secret", "text/plain")
    file = Attachment(name="x.txt", type="text/plain", size=6, key=key)
    assert room.sends(contact, room.agent_writes(contact, "See.", attachments=(file,))) is Fate.REJECTED
    assert room.post.sent == []


def test_an_agents_words_cannot_become_html_in_the_letter() -> None:
    style = Style(client="<Luna>", colour="#0b7285", language="en", signature="A & B", legal_footer="")
    page = TemplateLetterhead().html("Use <b> & <script>alert(1)</script>\nnow\n\nBye", style)
    assert "<script" not in page
    assert "Use &lt;b&gt; &amp;" in page
    assert page.count("<p ") == 3
    assert "now</p>" in page


def test_the_plain_letter_ends_with_signature_and_footer() -> None:
    style = Style(client="Luna", colour="#0b7285", language="en", signature="Your team", legal_footer="Luna Ltd")
    assert TemplateLetterhead().text("Hello\n\nBye\n", style).rstrip() == "Hello\n\nBye\n\n-- \nYour team\n\nLuna Ltd"


def test_a_robot_that_answers_everything_gets_one_answer() -> None:
    """A bad robot: it answers each mail, and says neither that it is one nor what it answers."""
    room = Mailroom(client("pipes", "office@pipes.example", tier="voice"))
    waiting = 1
    for turn in range(20):
        if not waiting:
            break
        waiting -= 1
        raw = mail("I am a robot", sender="robot@example.com", message_id=f"<{turn}@example.com>")
        before = len(room.post.sent)
        room.sends_all(room.the_contact(room.takes(raw, "office@pipes.example"), "pipes"))
        waiting += len(room.post.sent) - before
    assert len(room.post.sent) == 1
    assert turn == 2


def test_the_answer_of_one_client_at_another_ones_mailbox_ends_there() -> None:
    room = Mailroom(
        client("pipes", "office@pipes.example", tier="voice"), client("roofs", "office@roofs.example", tier="voice")
    )
    contact = room.contacts.refuse(
        client("pipes", "office@pipes.example", tier="voice").id,
        Arrival(
            channel=Channel.EMAIL, entry_point="office@pipes.example", customer="office@roofs.example", source_id="m"
        ),
        "tier",
        "voice",
        room.clock(),
    )
    answer = Draft(by="system", kind="email", client_id="a", text="Please call us.", headers={"answer": "tier"})
    room.contacts.say(contact, answer, room.clock())
    room.sends_all(contact)
    outcomes = room.takes(room.post.sent[0][2], "office@roofs.example", sender="office@pipes.example")
    there = room.the_contact(outcomes, "roofs")
    room.sends_all(there)
    assert len(room.post.sent) == 1
