"""Amazon Connect's recording, asked for through botocore itself: what would leave, and what errors mean."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.aws import connect
from chalicelib.aws.connect import Recording
from chalicelib.kernel.errors import Unavailable
from tests.fakes.stage import environment

_AWS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-central-1"}
_INSTANCE = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    with environment(**_AWS, CONNECT_INSTANCE=_INSTANCE):
        connect._looked_up.cache_clear()
        client = boto3.client("connect", region_name="eu-central-1")
        monkeypatch.setattr(connect, "client", lambda service, endpoint="": client)
        with Stubber(client) as stubber:
            yield stubber
            stubber.assert_no_pending_responses()
    connect._looked_up.cache_clear()


def test_a_recording_is_suspended_and_resumed_in_the_part_that_is_recorded(service: Stubber) -> None:
    asked = {"InstanceId": _INSTANCE, "ContactId": "part-2", "InitialContactId": "part-1"}
    service.add_response("suspend_contact_recording", {}, asked)
    service.add_response("resume_contact_recording", {}, asked)
    Recording().pause("part-2", "part-1")
    Recording().resume("part-2", "part-1")


def test_a_part_that_was_sent_from_queue_to_queue_is_called_by_its_last_name(service: Stubber) -> None:
    def part(contact: str, previous: str, method: str) -> dict[str, str]:
        return {"ContactId": contact, "PreviousContactId": previous, "InitiationMethod": method}

    summaries = [
        {"ContactId": "part-1", "InitiationMethod": "INBOUND"},
        part("part-3", "part-2", "QUEUE_TRANSFER"),
        part("part-2", "part-1", "QUEUE_TRANSFER"),
        part("leg-1", "part-3", "TRANSFER"),
    ]
    asked = {"InstanceId": _INSTANCE, "ContactId": "part-1"}
    for _ in range(2):
        service.add_response("list_associated_contacts", {"ContactSummaryList": summaries}, asked)
    assert Recording().part_now("part-1", "part-1") == "part-3"
    assert Recording().part_now("leg-1", "part-1") == "leg-1"


def test_what_the_service_refuses_did_not_happen(service: Stubber) -> None:
    service.add_client_error("suspend_contact_recording", "InvalidRequestException")
    with pytest.raises(Unavailable, match="Amazon Connect's recording did not answer; try again"):
        Recording().pause("part-2", "part-1")


def test_a_stage_reads_once_which_instance_and_flows_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with environment(
        **_AWS,
        CONNECT_INSTANCE="/manyline/prod/connect-instance",
        CONNECT_FLOW_DISPATCH="/manyline/prod/connect-flow-dispatch",
    ):
        connect._looked_up.cache_clear()
        client = boto3.client("ssm", region_name="eu-central-1")
        monkeypatch.setattr(connect, "client", lambda service, endpoint="": client)
        with Stubber(client) as stubber:
            named = {"Name": "/manyline/prod/connect-instance"}
            stubber.add_response("get_parameter", {"Parameter": {"Value": _INSTANCE}}, named)
            assert connect._instance() == connect._instance() == _INSTANCE
            flow = {"Name": "/manyline/prod/connect-flow-dispatch"}
            stubber.add_response("get_parameter", {"Parameter": {"Value": "flow-1"}}, flow)
            assert connect._flow("dispatch") == connect._flow("dispatch") == "flow-1"
            stubber.assert_no_pending_responses()
    connect._looked_up.cache_clear()
