"""The edge to Amazon Connect: its calls at the rate that it allows, its shapes as values, its errors by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.telephony.errors import Gone, QuotaReached, ServiceRefused
from infra.telephony.model import Held, Status, Wish

PER_SECOND = 2.0  # what every operation here is allowed, for the whole account in a region
WAITS_S = (1.0, 2.0, 4.0, 8.0, 16.0)  # after being told to slow down; then we give up
_SLOW_DOWN = frozenset({"TooManyRequestsException", "ThrottlingException"})
_FULL = frozenset({"ServiceQuotaExceededException", "LimitExceededException"})
_FLOWS_AT_ONCE = 100


class Exchange:
    def __init__(
        self,
        client: Any,
        instance: str,
        *,
        tick: Callable[[], float],
        sleep: Callable[[float], None],
        per_second: float = PER_SECOND,
    ) -> None:
        """`instance` is an ARN; `tick` a clock in seconds that never goes back."""
        self._client, self._instance = client, instance
        self._tick, self._sleep = tick, sleep
        self._between = 1 / per_second
        self._free_at = tick()

    @property
    def instance_id(self) -> str:
        return _last(self._instance)

    def wait(self, seconds: float) -> None:
        self._sleep(seconds)

    def available(self, wish: Wish) -> list[str]:
        """Up to ten numbers on offer."""
        more = {"PhoneNumberPrefix": wish.prefix} if wish.prefix else {}
        answer = self._call(
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
            answer = self._call(
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
        found = self._call("describe_phone_number", PhoneNumberId=number)["ClaimedPhoneNumberSummary"]
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
        self._call(
            "associate_phone_number_contact_flow",
            PhoneNumberId=number,
            InstanceId=self.instance_id,
            ContactFlowId=flow,
        )

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        self._call("tag_resource", resourceArn=arn, tags=dict(tags))

    def release(self, number: str, *, token: str) -> None:
        self._call("release_phone_number", PhoneNumberId=number, ClientToken=token)

    def _listed(self, phone: str = "") -> Iterator[Mapping[str, Any]]:
        # A prefix may have 11 digits at most.
        more: dict[str, Any] = {"PhoneNumberPrefix": phone[:12]} if phone else {}
        while True:
            page = self._call("list_phone_numbers_v2", TargetArn=self._instance, **more)
            yield from page.get("ListPhoneNumbersSummaryList", ())
            if not page.get("NextToken"):
                return
            more["NextToken"] = page["NextToken"]

    def _flows(self, arns: list[str]) -> dict[str, str]:
        """Number ARN → flow id."""
        found: dict[str, str] = {}
        for at in range(0, len(arns), _FLOWS_AT_ONCE):
            answer = self._call(
                "batch_get_flow_association",
                InstanceId=self.instance_id,
                ResourceIds=arns[at : at + _FLOWS_AT_ONCE],
                ResourceType="VOICE_PHONE_NUMBER",
            )
            for led in answer.get("FlowAssociationSummaryList", ()):
                found[led["ResourceId"]] = _last(led["FlowId"])
        return found

    def _call(self, operation: str, **words: Any) -> dict[str, Any]:
        """Raises ServiceRefused; also when the service still wants us to slow down after the last wait."""
        for wait in (*WAITS_S, None):
            self._pace()
            try:
                answer: dict[str, Any] = getattr(self._client, operation)(**words)
                return answer
            except ClientError as error:
                told = error.response["Error"]
                if told["Code"] not in _SLOW_DOWN or wait is None:
                    raise ServiceRefused(operation, told["Code"], told.get("Message", "")) from error
            self._sleep(wait)
        raise AssertionError("the last wait is None")

    def _pace(self) -> None:
        now = self._tick()
        if now < self._free_at:
            self._sleep(self._free_at - now)
        self._free_at = max(now, self._free_at) + self._between


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]
