"""After all journeys: the logs tell what happened, and nothing of what customers are called or said."""

from __future__ import annotations

import json
from collections.abc import Callable

from infra.local.seed import PASSWORD
from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.customers import PRIVATE, SHOP_MAILBOX, SHOP_NUMBER, Caller, Mailer, Visitor, private
from tests.journeys.journal import Journal

OUTSIDE = "+15558846201"  # a number of somebody's
ORDER = "7714086253"
TOLD = {"api_handler", "session", "contact_flow", "connect_events", "mail_in", "mail_out", "push_chat", "push_desk"}


def test_every_function_says_what_it_did_and_nothing_that_is_private(
    caller: Callable[[], Caller],
    mailer: Callable[[], Mailer],
    visitor: Callable[..., Visitor],
    maria: Agent,
    journal: Journal,
) -> None:
    on_the_phone, by_mail, in_a_chat = caller(), mailer(), visitor()
    maria.is_available()
    call = on_the_phone.dials(SHOP_NUMBER, press="1")
    maria.accepts(call)
    maria.says(call, "What is said on the phone stays there.")
    maria.finishes(call)
    mail = by_mail.writes(SHOP_MAILBOX, "A letter of confidence", "My street is Elderberry Lane 12.").contact()
    in_a_chat.opens("My card ends in 4711-0815.")
    for contact in (mail, in_a_chat.contact):
        maria.accepts(contact)
        maria.says(contact, "Your secret is safe with us.")
        maria.notes(contact, "Sounded worried about Elderberry Lane")
    by_mail.gets()
    for contact in (mail, in_a_chat.contact):
        maria.finishes(contact, "complaint", note="Elderberry Lane again", tags=["elderberry"])

    journal.reads()
    assert set(journal.lines) >= {*TOLD, "publish_facts", "record_usage"}
    assert len(PRIVATE) > 8
    secrets = {PASSWORD, str(maria.session.cookies["sid"]), in_a_chat.token}
    assert journal.holding(*PRIVATE, *secrets, "Elderberry", "Halloran", "Okafor") == {}


def test_what_is_keyed_in_passed_on_and_dialled_stands_in_no_log(
    stack: Stack, caller: Callable[[], Caller], maria: Agent, journal: Journal
) -> None:
    asks, talks = caller(), caller()
    asks.dials(SHOP_NUMBER, press="4")
    asks.hears("Please key in your order number")
    asks.presses(f"{ORDER}#")
    asks.hears("We cannot find that order.")
    asks.hangs_up()
    maria.is_available()
    call = talks.dials(SHOP_NUMBER, press="1")
    maria.accepts(call)
    note = private("Mind her left knee, it is Dandelion again")
    for to in ("agent:amira", "agent:nobody-of-ours", "team:clinic", f"number:{OUTSIDE}", OUTSIDE, "number:hello"):
        assert maria.asks("shop", call, "transfer", to=to, note=note).status_code in (409, 422), to
    assert maria.asks("shop", call, "recording", state=f"off {OUTSIDE}").status_code == 422
    for number in (OUTSIDE, "+1 dial Dandelion"):
        dialled = maria.session.post(
            f"{stack.url}/api/desk/dial", json={"tenant": "shop", "number": number}, timeout=30
        )
        assert dialled.status_code in (409, 422), dialled.text
    maria.finishes(call)
    key = stack.manyline("tenants", "webhook-key", "shop").stdout.strip()
    assert len(key) > 20

    journal.reads()
    assert journal.holding(ORDER, note, "Dandelion", OUTSIDE.removeprefix("+"), key) == {}
    assert journal.holding(*(number.removeprefix("+") for number in PRIVATE if number.startswith("+1555"))) == {}


def test_an_invocation_is_one_line_with_its_door_and_its_outcome(journal: Journal) -> None:
    journal.reads()
    for name in TOLD:
        told = [json.loads(line) for line in journal.lines[name] if line.lstrip().startswith('{"level"')]
        done = [line for line in told if line["message"] == "done"]
        assert done, f"{name} has not said what it did"
        assert all({"door", "ms", "timestamp", "service"} <= set(line) for line in done)
