"""What the caller keys and hears, and what a flow sets on the contact, at the edges of the language."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.connect.language import FlowType
from infra.local.connect.script import Found
from infra.local.connect.wishes import Recording
from tests.fakes.flows import action
from tests.fakes.scripted_stage import play
from tests.fakes.short_flows import ANY, either, flow, ran, say

MOST = 32 * 1024


# Keys


def store(length: str = "10", **keys: str) -> dict[str, Any]:
    parameters = {"Text": "Key it", "StoreInput": "True", "InputTimeLimitSeconds": "5", "DTMFConfiguration": keys,
                  "InputValidation": {"CustomValidation": {"MaximumLength": length}}}  # fmt: skip
    return action("ask", "GetParticipantInput", parameters, [ANY], to="ok")


def keyed(row: str, first: float = 1, step: float = 0.5) -> tuple[tuple[float, str], ...]:
    return tuple((first + step * n, key) for n, key in enumerate(row))


@pytest.mark.parametrize(
    ("keys", "row", "stored"),
    [
        ({}, "12#", "12"),
        ({"InputTerminationSequence": "##"}, "1#2##", "1#2"),
        ({"InputTerminationSequence": "9#"}, "1299#", "129"),
        ({"InputTerminationSequence": "*", "DisableCancelKey": "True"}, "12*", "12"),
        ({"InterdigitTimeLimitSeconds": "1"}, "12", "12"),
    ],
)
def test_stored_keys_end_with_the_sequence_that_the_flow_names(keys: dict[str, str], row: str, stored: str) -> None:
    assert ran(store(**keys), keys=keyed(row)).stored == stored


def test_a_pause_between_keys_ends_the_input_after_its_own_limit() -> None:
    """The second key at 1.5, one second of silence, and "ok" for three."""
    assert ran(store(InterdigitTimeLimitSeconds="1"), keys=keyed("12")).seconds == 5.5
    assert ran(store(), keys=keyed("12")).seconds == 9.5


def test_silence_is_stored_as_a_time_out_after_prompt_and_limit() -> None:
    trace = ran(store())
    assert (trace.stored, trace.seconds) == ("Timeout", 3 + 5 + 3)


def test_a_number_that_is_not_keyed_is_no_phone_number() -> None:
    number = {"PhoneNumberValidation": {"NumberFormat": "E164"}}
    ask = either("ask", "GetParticipantInput", {"Text": "Number?", "StoreInput": "True", "InputTimeLimitSeconds": "5",
                 "InputValidation": number}, ANY, "InvalidPhoneNumber")  # fmt: skip
    assert ran(ask).stored == "Timeout"
    assert ran(ask, keys=keyed("123456#")).spoken == ["Number?", "no"]
    assert ran(ask, keys=keyed("1234567#")).stored == "+1234567"
    assert ran(ask, keys=keyed("123456789012345#")).stored == "+123456789012345"
    assert ran(ask, keys=keyed("1234567890123456#")).spoken == ["Number?", "no"]


# Prompts


def test_messages_that_are_looped_stop_where_the_interruption_falls() -> None:
    loop = action(
        "loop", "MessageParticipantIteratively",
        {"Messages": [{"Text": "one"}, {"Text": "two"}], "InterruptFrequencySeconds": "3"}, [ANY],
        [("Equals", "MessagesInterrupted")], to="ok",
    )  # fmt: skip
    trace = play(flow(loop, type=FlowType.CUSTOMER_QUEUE))
    assert (trace.spoken, trace.seconds) == (["one", "ok"], 6)
    loop["Parameters"]["InterruptFrequencySeconds"] = "4"
    trace = play(flow(loop, type=FlowType.CUSTOMER_QUEUE))
    assert (trace.spoken, trace.seconds) == (["one", "two", "ok"], 7)


@pytest.mark.parametrize(
    ("kind", "text", "way"),
    [
        ("Text", "x" * 3_000, "next"),
        ("Text", "x" * 3_001, ANY),
        ("SSML", f"<speak>{'x' * 3_000}</speak>", "next"),
        ("SSML", f"<speak>{'x' * 3_001}</speak>", ANY),
        ("SSML", f"<speak>{'<p/>' * 1_496}</speak>", "next"),
        ("SSML", f"<speak>{'<p/>' * 1_497}</speak>", ANY),
    ],
)
def test_a_prompt_has_3000_characters_to_say_and_6000_in_all(kind: str, text: str, way: str) -> None:
    one = action("one", "MessageParticipant", {kind: text}, [ANY])
    one["Transitions"] = {"NextAction": "bye", "Errors": [{"ErrorType": ANY, "NextAction": "bye"}]}
    assert ran(one).ways[0] == ("one", way)


# What is set on the contact


def test_attributes_may_be_32_kilobytes_and_not_one_more() -> None:
    put = {"Attributes": {"a": "$.Attributes.old"}}
    for length, way in ((MOST // 2 - 3, "next"), (MOST // 2 - 1, ANY)):
        trace = ran(either("put", "UpdateContactAttributes", put), attributes={"old": "x" * length})
        assert trace.ways[0] == ("put", way)
        assert ("a" in trace.segment.attributes) is (way == "next")


def test_a_contact_has_six_tags_and_each_change_is_told() -> None:
    six = either("six", "TagContact", {"Tags": {str(n): "x" for n in range(6)}})
    six["Transitions"]["NextAction"] = "off"
    off = either("off", "UntagContact", {"TagKeys": ["0", "1"]})
    trace = ran(six, off)
    assert (trace.segment.tags, trace.tagged) == ({str(n): "x" for n in range(2, 6)}, 2)
    seven = ran(either("seven", "TagContact", {"Tags": {str(n): "x" for n in range(7)}}))
    assert (seven.segment.tags, seven.tagged, seven.spoken) == ({}, 0, ["no"])


@pytest.mark.parametrize(("given", "head_start"), [("600", 600), ("-600", -600), ("$.Attributes.s", 30)])
def test_a_head_start_may_be_a_handicap(given: str, head_start: int) -> None:
    put = action("put", "UpdateContactRoutingBehavior", {"QueueTimeAdjustmentSeconds": given}, to="ok")
    assert ran(put, attributes={"s": "30"}).segment.head_start_s == head_start


def test_who_is_streamed_is_said_by_kind() -> None:
    parameters = {"MediaStreamingState": "Enabled", "MediaStreamType": "Audio",
                  "Participants": [{"ParticipantType": "Customer", "MediaDirections": ["From", "To"]}]}  # fmt: skip
    one = either("stream", "UpdateContactMediaStreamingBehavior", parameters)
    assert ran(one).streams == [(("Customer",), True)]
    parameters["MediaStreamingState"] = "Disabled"
    assert ran(one).streams == [(("Customer",), False)]
    assert ran(one, possible=False).spoken == ["no"]


def test_a_recording_that_is_refused_goes_by_its_branch_or_is_passed_over() -> None:
    both = either("rec", "UpdateContactRecordingAndAnalyticsBehavior", {"VoiceBehavior": {"RecordedParticipants": [
        "Agent"]}}, ANY, "ChannelMismatch")  # fmt: skip
    assert ran(both).recordings == [Recording(participants=("Agent",), ivr=False, analytics=False)]
    assert ran(both, possible=False).spoken == ["no"]
    plain = action(
        "rec", "UpdateContactRecordingBehavior", {"RecordingBehavior": {"RecordedParticipants": []}}, to="ok"
    )
    assert ran(plain, possible=False).spoken == ["ok"]


def test_a_task_carries_what_the_flow_says_and_may_not_be_made() -> None:
    given = {
        "Name": "Call $.ContactId",
        "Description": "Late",
        "ContactFlowId": "f",
        "Attributes": {"a": "$.Channel"},
        "References": {"r": {"Value": "$.ContactId", "Type": "URL"}},
    }
    one = either("task", "CreateTask", given)
    (task,) = ran(one).tasks
    assert (task.name, task.description, task.flow) == ("Call contact-1", "Late", "f")
    assert (task.attributes, task.references) == ({"a": "VOICE"}, {"r": {"Value": "contact-1", "Type": "URL"}})
    assert ran(one, possible=False).spoken == ["no"]
    nameless = either("task", "CreateTask", {"Name": "$.External.n", "ContactFlowId": "f"})
    assert (ran(nameless).spoken, ran(nameless).tasks) == (["no"], [])


@pytest.mark.parametrize(
    ("type", "given", "limit"),
    [
        ("GetCustomerProfile", None, 8),
        ("ShowView", None, 400),
        ("ShowView", "60", 60),
        ("ShowView", "$.Attributes.s", 9),
    ],
)
def test_a_service_is_asked_with_a_time_limit(type: str, given: str | None, limit: float) -> None:
    one = either("ask", type, {"InvocationTimeLimitSeconds": given} if given else {})
    trace = ran(one, attributes={"s": "9"})
    assert [(enquiry.service, enquiry.limit_s) for enquiry in trace.enquiries] == [(type, limit)]
    soon = either("ask", type, {"InvocationTimeLimitSeconds": "soon"})
    assert (ran(soon).spoken, ran(soon).enquiries) == (["no"], [])


def test_what_a_service_found_is_added_to_what_was_found_before() -> None:
    one = either("one", "GetCustomerProfile", {"ProfileRequestData": {"Id": "$.ContactId"}})
    one["Transitions"]["NextAction"] = "two"
    two = either("two", "GetCustomerProfileObject")
    two["Transitions"]["NextAction"] = "read"
    trace = ran(one, two, say("read", "$.Customer.Name"), found=Found(values={"Name": "Ann"}))
    assert trace.spoken == ["Ann"]
    assert trace.enquiries[0].request == {"ProfileRequestData": {"Id": "contact-1"}}


@pytest.mark.parametrize(("given", "seconds"), [("1", 1), ("604800", 604_800), ("0", None), ("604801", None)])
def test_a_wait_lasts_from_a_second_to_a_week(given: str, seconds: int | None) -> None:
    wait = action("wait", "Wait", {"TimeLimitSeconds": given}, [ANY], [("Equals", "WaitCompleted")], to="no")
    wait["Transitions"]["Conditions"][0]["NextAction"] = "bye"
    trace = ran(wait)
    assert (trace.spoken, trace.seconds) == (([], seconds) if seconds else (["no"], 3))


def test_routing_that_is_no_number_changes_nothing() -> None:
    for name in ("QueuePriority", "QueueTimeAdjustmentSeconds"):
        put = action("put", "UpdateContactRoutingBehavior", {name: "$.External.none"}, to="ok")
        trace = ran(put)
        assert (trace.segment.priority, trace.segment.head_start_s) == (5, 0)
        assert trace.spoken == ["ok"]


def test_a_callback_may_name_its_delays_by_reference_or_not_at_all() -> None:
    bare = either("back", "CreateCallbackContact")
    (callback,) = ran(bare).callbacks
    assert (callback.number, callback.delay_s, callback.retry_s, callback.attempts) == ("+15550100199", 0, 0, 1)
    assert (callback.queue, callback.agent, callback.flow, callback.caller_id) == (None, None, None, None)
    full = {"InitialCallDelaySeconds": "5", "RetryDelaySeconds": "60", "MaximumConnectionAttempts": "$.Attributes.n",
            "QueueId": "q", "ContactFlowId": "f", "CallerId": {"Number": "$.SystemEndpoint.Address"}}  # fmt: skip
    (callback,) = ran(either("back", "CreateCallbackContact", full), attributes={"n": "3"}).callbacks
    assert (callback.delay_s, callback.retry_s, callback.attempts) == (5, 60, 3)
    assert (callback.queue, callback.flow, callback.caller_id) == ("q", "f", "+15550100100")
    assert ran(either("back", "CreateCallbackContact", full), attributes={"n": "0"}).callbacks == []
    assert ran(bare, possible=False).spoken == ["no"]
