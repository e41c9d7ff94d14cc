"""Tells of a budget: to whoever follows the facts topic, and by mail to the client's people and to finance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Protocol

from chalicelib.billing.model.budget import Alert
from chalicelib.tenancy.model.plan import CapAction

Send = Callable[[str, Sequence[str], bytes], str]

_ACTIONS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "": "Nothing else happens.",
        CapAction.LAST.value: "Until the month ends or the budget is raised, new contacts wait behind all others.",
        CapAction.REFUSE.value: "Until the month ends or the budget is raised, customers are politely turned away.",
    },
    "de": {
        "": "Sonst geschieht nichts.",
        CapAction.LAST.value: "Bis zum Monatsende oder bis das Budget erhöht wird, warten neue Kontakte hinter allen "
        "anderen.",
        CapAction.REFUSE.value: "Bis zum Monatsende oder bis das Budget erhöht wird, werden Kunden höflich abgewiesen.",
    },
}
_SUBJECT = {
    "en": "{name}: {percent} % of the budget of {period} reached",
    "de": "{name}: {percent} % des Budgets für {period} erreicht",
}
_BODY = {
    "en": "{spent} {currency} of {budget} {currency} are spent in {period}, without tax.\n\n{action}\n",
    "de": "In {period} sind {spent} {currency} von {budget} {currency} ausgegeben, ohne Steuern.\n\n{action}\n",
}


class Topic(Protocol):
    def publish(self, messages: Sequence[tuple[Mapping[str, Any], Mapping[str, str]]]) -> None: ...


class Crier:
    """`sender` is an address of the house's own domain, for which alone mail may be sent; `finance` is told as well,
    and gets what is answered."""

    def __init__(self, topic: Topic, send: Send, *, sender: str, finance: str) -> None:
        self._topic, self._send = topic, send
        self._sender, self._finance = sender, finance

    def tell(self, alert: Alert) -> None:
        """The mail first: if it cannot go, nobody was told, and all of it is tried again."""
        to = tuple(dict.fromkeys((*alert.to, self._finance)))
        self._send(self._sender, to, written(alert, self._sender, to, self._finance))
        attributes = {"type": "budget", "kind": "budget_alert", "tenant": alert.tenant}
        self._topic.publish([(alert.as_document(), attributes)])


def written(alert: Alert, sender: str, to: Sequence[str], answers_to: str) -> bytes:
    language = "de" if alert.language.startswith("de") else "en"
    facts = {
        "name": alert.name,
        "percent": alert.percent,
        "period": alert.period,
        "spent": alert.spent.text(),
        "budget": alert.budget.text(),
        "currency": alert.budget.currency,
        "action": _ACTIONS[language][alert.action],
    }
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Reply-To"] = answers_to
    mail["Subject"] = _SUBJECT[language].format(**facts)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_BODY[language].format(**facts))
    return mail.as_bytes()
