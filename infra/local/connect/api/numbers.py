"""Numbers of the instance, as the documentation has them: a claim takes time, and says afterwards that the instance is
full; a token that comes again is the same claim; a released number is not on offer again."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.local.connect.api.books import Line, Register
from infra.local.connect.api.service import Answer, Refused, Words, demand_instance
from infra.local.connect.library import INSTANCE

Offer = tuple[str, str, str]  # number, country, type
_TOKEN = re.compile(r"[a-f0-9]{8}-([a-f0-9]{4}-){3}[a-f0-9]{12}")

# Numbers that are nobody's: kept free for stories by those who give numbers out.
_FICTION = {
    ("US", "DID"): [f"+1{area}55501" for area in (206, 212, 303, 305, 312, 415, 512, 617, 702, 713)],
    ("US", "TOLL_FREE"): ["+180055501"],
    ("GB", "DID"): ["+4420794609", "+4416149600"],
    ("GB", "TOLL_FREE"): ["+4480815701"],
    ("DE", "DID"): ["+4930231250", "+4989999980"],
}  # each with two digits more


def fictional() -> tuple[Offer, ...]:
    """What is on offer on this machine."""
    return tuple(
        (f"{stem}{last:02d}", country, kind)
        for (country, kind), stems in _FICTION.items()
        for stem in stems
        for last in range(100)
    )


@dataclass(kw_only=True)
class Numbers:
    tick: Callable[[], float]
    register: Register = field(default_factory=Register)
    instance: str = INSTANCE
    offers: Sequence[Offer] = ()
    flows: Collection[str] | None = None  # those there are; None: whatever is named
    quota: int = 5
    claim_takes_s: float = 3.0
    page: int = 100  # numbers that a page of a list has
    fails: dict[str, str] = field(default_factory=dict)  # number → why its claim comes to nothing
    taken: set[str] = field(default_factory=set)  # on offer, and gone when one asks for it

    @property
    def lines(self) -> dict[str, Line]:
        return self.register.books.lines

    @property
    def operations(self) -> Mapping[str, Callable[[Words], Answer]]:
        return {
            "SearchAvailablePhoneNumbers": self.search,
            "ClaimPhoneNumber": self.claim,
            "DescribePhoneNumber": self.describe,
            "ListPhoneNumbersV2": self.list_all,
            "BatchGetFlowAssociation": self.led,
            "AssociatePhoneNumberContactFlow": self.lead,
            "TagResource": self.tag,
            "ReleasePhoneNumber": self.release,
        }

    def search(self, words: Words) -> Answer:
        self._is_ours(words["TargetArn"])
        gone = {line.phone for line in self.lines.values()} | set(self.register.books.released)
        found = [
            {"PhoneNumber": phone, "PhoneNumberCountryCode": country, "PhoneNumberType": kind}
            for phone, country, kind in self.offers
            if (country, kind) == (words["PhoneNumberCountryCode"], words["PhoneNumberType"])
            and phone.startswith(words.get("PhoneNumberPrefix", ""))
            and phone not in gone
        ]
        return {"AvailableNumbersList": found[: words.get("MaxResults", 10)]}

    def claim(self, words: Words) -> Answer:
        self._is_ours(words["TargetArn"])
        books, token, phone = self.register.books, words.get("ClientToken", ""), words["PhoneNumber"]
        if token and not _TOKEN.fullmatch(token):
            raise Refused("InvalidParameterException", f"ClientToken {token}")
        if token in books.tokens:
            known, for_phone = books.tokens[token]
            if for_phone != phone:
                raise Refused("IdempotencyException", "the token is another request's")
            return {"PhoneNumberId": known, "PhoneNumberArn": self._arn(known)}
        line = self._claimed(self._offer(phone), words)
        if token:
            books.tokens[token] = (line.id, phone)
        self.register.keep()
        return {"PhoneNumberId": line.id, "PhoneNumberArn": line.arn}

    def describe(self, words: Words) -> Answer:
        line = self._line(words["PhoneNumberId"])
        told = {**self._summary(line), "PhoneNumberStatus": self._status(line)}
        # The model has no empty map of tags.
        return {"ClaimedPhoneNumberSummary": told | ({"Tags": dict(line.tags)} if line.tags else {})}

    def list_all(self, words: Words) -> Answer:
        if "TargetArn" in words:
            self._is_ours(words["TargetArn"])
        if "InstanceId" in words:
            demand_instance(words["InstanceId"], self.instance)
        found = [line for line in self.lines.values() if line.phone.startswith(words.get("PhoneNumberPrefix", ""))]
        at, size = _place(words), min(self.page, words.get("MaxResults", self.page))
        told: dict[str, Any] = {"ListPhoneNumbersSummaryList": [self._summary(line) for line in found[at : at + size]]}
        return told | ({"NextToken": str(at + size)} if at + size < len(found) else {})

    def led(self, words: Words) -> Answer:
        demand_instance(words["InstanceId"], self.instance)
        lines = [line for line in self.lines.values() if line.arn in words["ResourceIds"] and line.flow]
        kind = words.get("ResourceType", "VOICE_PHONE_NUMBER")
        return {
            "FlowAssociationSummaryList": [
                {"ResourceId": line.arn, "FlowId": f"{self.instance}/contact-flow/{line.flow}", "ResourceType": kind}
                for line in lines
            ]
        }

    def lead(self, words: Words) -> Answer:
        demand_instance(words["InstanceId"], self.instance)
        line, flow = self._line(words["PhoneNumberId"]), words["ContactFlowId"].rpartition("/")[2]
        if self._status(line)["Status"] != "CLAIMED":
            raise Refused("InvalidParameterException", f"{line.phone} is not claimed")
        if self.flows is not None and flow not in self.flows:
            raise Refused("ResourceNotFoundException", f"there is no flow {flow}")
        line.flow = flow
        self.register.keep()
        return None

    def tag(self, words: Words) -> Answer:
        self._line(words["resourceArn"].removeprefix(self._arn(""))).tags.update(words["tags"])
        self.register.keep()
        return None

    def release(self, words: Words) -> Answer:
        line = self._line(words["PhoneNumberId"])
        del self.lines[line.id]
        self.register.books.released.append(line.phone)
        self.register.keep()
        return None

    def hold(self, phone: str, country: str, kind: str, tags: Mapping[str, str], *, settles: float) -> Line:
        """The instance has it from now on."""
        self.register.books.claims += 1
        name = f"00000000-0000-4000-8000-{self.register.books.claims:012d}"
        line = Line(
            id=name, arn=self._arn(name), phone=phone, country=country, type=kind, tags=dict(tags), settles=settles
        )  # fmt: skip
        self.lines[line.id] = line
        return line

    def _offer(self, phone: str) -> Offer:
        offered = next((offer for offer in self.offers if offer[0] == phone), None)
        held = any(line.phone == phone and line.outcome != "FAILED" for line in self.lines.values())
        gone = held or phone in self.taken or phone in self.register.books.released
        if offered is None or gone:
            raise Refused("ResourceNotFoundException", f"{phone} is not available")
        return offered

    def _claimed(self, offer: Offer, words: Words) -> Line:
        phone, country, kind = offer
        for failed in [line.id for line in self.lines.values() if line.phone == phone]:
            del self.lines[failed]
        line = self.hold(phone, country, kind, words.get("Tags", {}), settles=self.tick() + self.claim_takes_s)
        if why := self._refusal(line):
            line.outcome, line.why = "FAILED", why
        return line

    def _refusal(self, line: Line) -> str:
        full = sum(other.outcome != "FAILED" for other in self.lines.values()) > self.quota
        return "the instance has reached its limit of claimed phone numbers" if full else self.fails.get(line.phone, "")

    def _status(self, line: Line) -> dict[str, str]:
        if self.tick() < line.settles:
            return {"Status": "IN_PROGRESS"}
        return {"Status": line.outcome} | ({"Message": line.why} if line.why else {})

    def _line(self, number: str) -> Line:
        if number not in self.lines:
            raise Refused("ResourceNotFoundException", f"there is no phone number {number}")
        return self.lines[number]

    def _arn(self, number: str) -> str:
        return f"{self.instance.partition(':instance/')[0]}:phone-number/{number}"

    def _is_ours(self, arn: str) -> None:
        """Told as the operation can: a search has no word for what is not there."""
        if arn != self.instance:
            raise Refused("InvalidParameterException", f"there is no instance {arn}")

    def _summary(self, line: Line) -> dict[str, Any]:
        return {
            "PhoneNumberId": line.id,
            "PhoneNumberArn": line.arn,
            "PhoneNumber": line.phone,
            "PhoneNumberCountryCode": line.country,
            "PhoneNumberType": line.type,
            "TargetArn": self.instance,
            "InstanceId": self.instance.rpartition("/")[2],
        }


def _place(words: Words) -> int:
    token = words.get("NextToken", "0")
    if not token.isdecimal():
        raise Refused("InvalidParameterException", "NextToken is none of ours")
    return int(token)
