"""Questions to the simulator's Connect API are read and held against botocore's model of the service."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.connect.api.model import WrongAnswer, WrongShape, gathered, matched, model, must_fit
from infra.local.connect.api.service import Refused, Service, status, unfit


def test_every_operation_and_no_other_is_found_by_its_address() -> None:
    for name in model().operation_names:
        operation = model().operation_model(name)
        labels = {part[1:-1]: "x" for part in operation.http["requestUri"].split("/") if part.startswith("{")}
        found = matched(operation.http["method"], operation.http["requestUri"].format(**labels))
        assert found is not None
        assert (found[0].name, found[1]) == (name, labels)
    assert matched("GET", "/nowhere/at/all") is None
    assert matched("PATCH", "/users/x") is None


def test_an_arn_in_an_address_is_one_label() -> None:
    found = matched("POST", "/tags/arn%3Aaws%3Aconnect%3A1%3Aphone-number%2Fx")
    assert found is not None
    assert (found[0].name, found[1]) == ("TagResource", {"resourceArn": "arn:aws:connect:1:phone-number/x"})


def test_members_come_from_address_query_and_body() -> None:
    users = model().operation_model("ListUsers")
    assert gathered(users, {"InstanceId": "i"}, {"maxResults": "7", "nextToken": "t"}, {}) == {
        "InstanceId": "i", "MaxResults": 7, "NextToken": "t",
    }  # fmt: skip
    phone = model().operation_model("UpdateUserPhoneConfig")
    body = {"PhoneConfig": {"PhoneType": "SOFT_PHONE"}}
    assert gathered(phone, {"InstanceId": "i", "UserId": "u"}, {}, body) == {"InstanceId": "i", "UserId": "u", **body}


@pytest.mark.parametrize(("query", "body"), [({"maxresults": "7"}, {}), ({}, {"MaxResults": 7})])
def test_a_member_that_there_is_not_is_named(query: dict[str, str], body: dict[str, Any]) -> None:
    with pytest.raises(WrongShape, match="ListUsers has no member"):
        gathered(model().operation_model("ListUsers"), {"InstanceId": "i"}, query, body)


CLAIM = {
    "TargetArn": "arn:aws:connect:us-east-1:1:instance/x", "PhoneNumber": "+15125550101",
    "ClientToken": "00000000-0000-4000-8000-000000000001",
}  # fmt: skip
USER = {"InstanceId": "i", "Username": "maria", "SecurityProfileIds": ["s"], "RoutingProfileId": "r"}


@pytest.mark.parametrize(
    ("operation", "words", "named"),
    [
        ("ClaimPhoneNumber", {**CLAIM, "PhoneNumber": "5125550101"}, "is not like"),
        ("ClaimPhoneNumber", {"TargetArn": CLAIM["TargetArn"]}, "PhoneNumber"),
        ("ClaimPhoneNumber", {**CLAIM, "Tags": {"k": 7}}, "Invalid type"),
        ("ClaimPhoneNumber", {**CLAIM, "Tags": {"aws:mine": "x"}}, "TagKey"),
        ("ClaimPhoneNumber", {**CLAIM, "Tags": {f"k{place}": "x" for place in range(51)}}, "51 entries"),
        ("ClaimPhoneNumber", {**CLAIM, "Whatever": "x"}, "Whatever"),
        ("ClaimPhoneNumber", {**CLAIM, "PhoneNumberDescription": "x" * 501}, "longer than 500"),
        ("CreateUser", {**USER, "PhoneConfig": {"PhoneType": "MOBILE"}}, "none of its values"),
        ("CreateUser", {**USER, "PhoneConfig": {"Ring": 1}}, "Ring"),
        ("CreateUser", {**USER, "SecurityProfileIds": ["s"] * 11}, "11 items"),
        ("CreateUser", {**USER, "SecurityProfileIds": []}, "SecurityProfileIds"),
        ("CreateUser", {**USER, "Username": ""}, "Username"),
        ("ListUsers", {"InstanceId": "i", "MaxResults": "many"}, "MaxResults"),
        ("ListUsers", {"InstanceId": "i", "MaxResults": 1001}, "more than 1000"),
    ],
)
def test_what_does_not_fit_the_model_is_told(operation: str, words: dict[str, Any], named: str) -> None:
    with pytest.raises(WrongShape, match=named):
        must_fit(words, model().operation_model(operation).input_shape)


def test_what_fits_is_let_through_and_a_secret_is_not_repeated() -> None:
    must_fit(CLAIM, model().operation_model("ClaimPhoneNumber").input_shape)
    shape = model().operation_model("CreateUser").input_shape
    must_fit({**USER, "Password": "Secret-2026"}, shape)
    with pytest.raises(WrongShape) as wrong:
        must_fit({**USER, "Password": "secret"}, shape)
    assert "'secret'" not in str(wrong.value)


class Part:
    """Answers two questions, both wrongly."""

    @property
    def operations(self) -> dict[str, Any]:
        return {"ListUsers": lambda words: {"Users": []}, "TagResource": lambda words: {"done": True}}


@pytest.mark.parametrize(
    ("operation", "words"),
    [("ListUsers", {"InstanceId": "i"}), ("TagResource", {"resourceArn": "a", "tags": {"k": "v"}})],
)
def test_an_answer_that_the_service_cannot_give_is_our_mistake(operation: str, words: dict[str, Any]) -> None:
    with pytest.raises(WrongAnswer, match=operation):
        Service(Part()).ask(model().operation_model(operation), words)


def test_what_nobody_answers_is_an_unknown_operation() -> None:
    chat = model().operation_model("StartChatContact")
    with pytest.raises(Refused, match="StartChatContact is not simulated") as refused:
        Service(Part()).ask(chat, {})
    assert status(chat, refused.value.error) == 404


def test_errors_are_those_of_the_operation() -> None:
    search, pause = (
        model().operation_model(name) for name in ("SearchAvailablePhoneNumbers", "SuspendContactRecording")
    )
    assert unfit(search, WrongShape("x")).error == "InvalidParameterException"
    assert unfit(pause, WrongShape("x")).error == "InvalidRequestException"
    with pytest.raises(WrongAnswer, match="has no error IdempotencyException"):
        status(search, "IdempotencyException")
