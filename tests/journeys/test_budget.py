"""A client's budget, from its file to the mail that says how much of it is gone."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default

from infra.local.mail.store import Kept, MailStore, folder
from tests.deployed import Stack
from tests.journeys.lambdas import invoke
from tests.journeys.patience import eventually

ACCOUNTS = "accounts@luna-shop.example"


def test_who_has_a_budget_is_told_once_when_half_of_it_is_gone(stack: Stack) -> None:
    """The shop's monthly fee alone is more than half of what it wants to spend."""
    letters = MailStore(folder(stack.home))

    def told() -> list[Kept]:
        return [one for one in letters.all() if ACCOUNTS in one.recipients and "Luna Shop" in one.subject]

    assert invoke(stack, "watch_accounts", {})["failed"] == 0
    assert eventually(told), "nobody wrote to the people of the shop"
    assert invoke(stack, "watch_accounts", {}) == {"begun": 0, "told": 0, "capped": 0, "failed": 0}
    [letter] = told()
    mail = message_from_bytes(letters.raw(letter), policy=default)
    assert "50 % of the budget" in mail["Subject"]
    assert mail["From"] == f"billing@{stack.settings.mail_domain}"
