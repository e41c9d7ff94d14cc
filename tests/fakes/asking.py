"""One call's flow without a telephone: asks the attendant step by step, and remembers what our flows remember."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.channels.voice.model.call import Answer, FlowCall, flow_call
from chalicelib.contacts.model.contact import Contact
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.tenancy.model.tenant import Tenant
from tests.fakes.telephone import PLUMBER, Telephone

CALLER = "+15557654321"
# What the flows copy from an answer into the contact's attributes.
REMEMBERED = (
    "tenantId tenantName contactId team language record survey comforts agent moves since wish said goodbye comfort"
).split()


def event(
    step: str,
    *,
    contact: str = "connect-1",
    initial: str = "connect-1",
    dialled: str | None = PLUMBER,
    caller: str | None = CALLER,
    attributes: Mapping[str, str] | None = None,
    **parameters: str,
) -> dict[str, Any]:
    """An `InvokeLambdaFunction` event as Connect sends one; None for an endpoint that it leaves out."""

    def endpoint(number: str | None) -> dict[str, str] | None:
        return None if number is None else {"Address": number, "Type": "TELEPHONE_NUMBER"}

    data = {
        "Attributes": dict(attributes or {}),
        "Channel": "VOICE",
        "ContactId": contact,
        "InitialContactId": initial,
        "CustomerEndpoint": endpoint(caller),
        "SystemEndpoint": endpoint(dialled),
        "Queue": None,
    }
    parameters = {name.rstrip("_"): value for name, value in parameters.items()}
    details = {"ContactData": data, "Parameters": {"step": step, **parameters}}
    return {"Name": "ContactFlowEvent", "Details": details}


class Asking:
    def __init__(
        self,
        telephone: Telephone,
        dialled: str | None = PLUMBER,
        caller: str | None = CALLER,
        connect: str = "connect-1",
    ) -> None:
        self.telephone, self.dialled, self.caller = telephone, dialled, caller
        self.contact = self.initial = connect
        self.attributes: dict[str, str] = {}
        self.last: Answer = {}

    def ask(self, step: str, **parameters: str) -> Answer:
        """Twice, as Connect does when it lost the first answer: both must be the same."""
        where = {"contact": self.contact, "initial": self.initial, "dialled": self.dialled, "caller": self.caller}
        asked = event(step, attributes=self.attributes, **where, **parameters)  # type: ignore[arg-type]
        call: FlowCall = flow_call(json.loads(json.dumps(asked)))
        now = self.telephone.clock.now()
        self.last = self.telephone.functions.attendant.answer(call, now)
        again = self.telephone.functions.attendant.answer(call, now)
        assert again == self.last, (step, self.last, again)
        for name in REMEMBERED:
            if name in self.last:
                self.attributes[name] = self.last[name]
        if self.last["outcome"] in ("agent", "wait", "holding", "fallback"):
            place = "holding" if self.last["outcome"] == "wait" else self.last["outcome"]
            self.attributes |= {"place": place, "agent": self.last.get("agent", "none")}
        return self.last

    def key(self, keys: str, **more: str) -> Answer:
        """The answer to the last question: the step that it named, with what the caller keyed."""
        return self.ask(self.last["next"], input=keys, about=self.last["about"], **self.where(), **more)

    def poll(self, step: str = "poll") -> Answer:
        waits = {name: self.attributes.get(name, "none") for name in ("said", "since", "offered")}
        return self.ask(step, **self.where(), **(waits if step == "poll" else {}))

    def where(self) -> dict[str, str]:
        return {name: self.attributes.get(name, "0" if name == "moves" else "none") for name in _WHERE}

    def arrives(self) -> Answer:
        answer = self.ask("arrive")
        self.attributes |= {"leg": "call", "place": "none", "moves": "0"}
        return answer

    def waits(self, keys: str = "1") -> Answer:
        """Arrived, and pressed a key of the menu."""
        self.arrives()
        return self.key(keys)

    def ours(self, contact: str = "") -> Contact:
        tenant = TenantId(self.attributes["tenantId"])
        return self.telephone.contacts.get(tenant, ContactId(contact or self.attributes["contactId"]))

    def facts(self, contact: str = "") -> list[str]:
        return [fact.kind for fact in self.ours(contact).facts]


_WHERE = ("place", "agent", "moves")


def with_client(telephone: Telephone, client: Tenant) -> Telephone:
    """Another configuration of a sample client."""
    for phone in client.entry_points.phones:
        telephone.numbers.tenants[phone] = client
    return telephone
