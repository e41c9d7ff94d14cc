"""Numbers of an instance: Amazon Connect's shapes as values, its errors by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from infra.telephony.calls import Calls, last
from infra.telephony.errors import Gone, QuotaReached, ServiceRefused
from infra.telephony.model import Held, Status, Wish

_FULL = frozenset({"ServiceQuotaExceededException", "LimitExceededException"})
_FLOWS_AT_ONCE = 100


class Exchange:
    def __init__(self, calls: Calls, instance: str) -> None:
        """`instance` is an ARN."""
        self._calls, self._instance = calls, instance

    @property
    def instance_id(self) -> str:
        return last(self._instance)

    def wait(self, seconds: float) -> None:
        self._calls.sleep(seconds)

    def available(self, wish: Wish) -> list[str]:
        """Up to ten numbers on offer."""
        more = {"PhoneNumberPrefix": wish.prefix} if wish.prefix else {}
        answer = self._calls.ask(
            "search_available_phone_numbers",
            TargetArn=self._instance,
            PhoneNumberCountryCode=wish.country,
            PhoneNumberType=wish.type,
            MaxResults=10,
            **more,
        )
        return [number["PhoneNumber"] for number in answer.get("AvailableNumbersList", ())]

    def claim(self, phone: str, *, tags: Mapping[str, str], token: str) -> str:
        """Begins; returns the number's id. Raises Gone, QuotaReached."""
        try:
            answer = self._calls.ask(
                "claim_phone_number",
                TargetArn=self._instance,
                PhoneNumber=phone,
                PhoneNumberDescription="Manyline",
                Tags=dict(tags),
                ClientToken=token,
            )
        except ServiceRefused as refused:
            if refused.code == "ResourceNotFoundException":
                raise Gone(phone) from refused
            if refused.code in _FULL:
                raise QuotaReached(str(refused)) from refused
            raise
        return str(answer["PhoneNumberId"])

    def describe(self, number: str) -> Held:
        """By id, without its flow."""
        found = self._calls.ask("describe_phone_number", PhoneNumberId=number)["ClaimedPhoneNumberSummary"]
        status = found["PhoneNumberStatus"]
        return Held(
            id=found["PhoneNumberId"],
            arn=found["PhoneNumberArn"],
            phone=found["PhoneNumber"],
            country=found["PhoneNumberCountryCode"],
            type=found["PhoneNumberType"],
            status=Status(status["Status"]),
            why=status.get("Message", ""),
            tags=found.get("Tags", {}),
        )

    def held(self) -> list[Held]:
        """Every number of the instance, by its digits. The list has no tags: each is asked for, at the allowed rate."""
        numbers = [self.describe(found["PhoneNumberId"]) for found in self._listed()]
        flows = self._flows([number.arn for number in numbers])
        whole = [dataclasses.replace(number, flow=flows.get(number.arn, "")) for number in numbers]
        return sorted(whole, key=lambda number: number.phone)

    def find(self, phone: str) -> Held | None:
        """The number with these digits, if the instance holds it."""
        listed = next((found for found in self._listed(phone) if found["PhoneNumber"] == phone), None)
        if listed is None:
            return None
        number = self.describe(listed["PhoneNumberId"])
        return dataclasses.replace(number, flow=self._flows([number.arn]).get(number.arn, ""))

    def lead(self, number: str, flow: str) -> None:
        """From now on the flow answers. To say it again changes nothing."""
        self._calls.ask(
            "associate_phone_number_contact_flow",
            PhoneNumberId=number,
            InstanceId=self.instance_id,
            ContactFlowId=flow,
        )

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        self._calls.ask("tag_resource", resourceArn=arn, tags=dict(tags))

    def release(self, number: str, *, token: str) -> None:
        self._calls.ask("release_phone_number", PhoneNumberId=number, ClientToken=token)

    def _listed(self, phone: str = "") -> Iterator[Mapping[str, Any]]:
        # A prefix may have 11 digits at most.
        more = {"PhoneNumberPrefix": phone[:12]} if phone else {}
        return self._calls.pages(
            "list_phone_numbers_v2", "ListPhoneNumbersSummaryList", TargetArn=self._instance, **more
        )

    def _flows(self, arns: list[str]) -> dict[str, str]:
        """Number ARN → flow id."""
        found: dict[str, str] = {}
        for at in range(0, len(arns), _FLOWS_AT_ONCE):
            answer = self._calls.ask(
                "batch_get_flow_association",
                InstanceId=self.instance_id,
                ResourceIds=arns[at : at + _FLOWS_AT_ONCE],
                ResourceType="VOICE_PHONE_NUMBER",
            )
            for led in answer.get("FlowAssociationSummaryList", ()):
                found[led["ResourceId"]] = last(led["FlowId"])
        return found
