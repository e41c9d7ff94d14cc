"""The planner's door as Lambda opens it: who may ask, and what is answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app import app
from chalicelib.routing.service import planning
from chalicelib.tenancy.model.caller import Caller, Role, Scope

PATH = "/api/routing/plan"
FORECAST = {"interval_min": 30, "tenants": [{"tenant": "shop", "contacts": [63.75, 30], "aht_s": 240}]}


def person(role: Role, *tenants: str) -> Caller:
    return Caller(user="u", role=role, name="U", scope=Scope.of(tenants) if tenants else Scope.everyone())


def ask(body: Any, caller: Caller | None, **headers: str) -> tuple[int, Any]:
    """An HTTP request as API Gateway hands it to the Lambda of all routes, after the authorizer."""
    answer = app(
        {
            "resource": PATH,
            "path": PATH,
            "httpMethod": "POST",
            "headers": {"content-type": "application/json", "host": "desk.example", **headers},
            "multiValueHeaders": {},
            "pathParameters": {},
            "queryStringParameters": None,
            "multiValueQueryStringParameters": None,
            "requestContext": {
                "httpMethod": "POST",
                "resourcePath": PATH,
                "authorizer": caller.as_context() if caller else {},
            },
            "body": body if isinstance(body, str) else json.dumps(body),
            "isBase64Encoded": False,
            "stageVariables": None,
        },
        None,
    )
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR])
def test_who_plans_the_floor_gets_a_plan(role: Role) -> None:
    status, plan = ask(FORECAST, person(role))
    assert status == 200
    assert [interval["pooled"]["agents"] for interval in plan["intervals"]] == [12, 7]
    assert plan["intervals"][0]["pooled"]["service_level"] == 0.8534


@pytest.mark.parametrize("caller", [person(Role.AGENT, "shop"), person(Role.CLIENT, "shop"), person(Role.FINANCE)])
def test_nobody_else_does(caller: Caller) -> None:
    status, problem = ask(FORECAST, caller)
    assert (status, problem["title"]) == (403, "NotAllowed")


def test_nor_who_is_not_signed_in_or_comes_from_another_site() -> None:
    assert ask(FORECAST, None)[0] == 401
    assert ask(FORECAST, person(Role.OPERATOR), origin="https://elsewhere.example")[0] == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{", "body"),
        ("[]", "body"),
        ({}, "tenants"),
        ({"tenants": [{"tenant": "shop", "contacts": [1, "many"], "aht_s": 240}]}, "tenants[1].contacts[2]"),
        ({"tenants": [{"tenant": "shop", "contacts": [1], "aht_s": 240, "patience_s": 0}]}, "tenants[1].patience_s"),
        ({**FORECAST, "occupancy_limit": 0}, "occupancy_limit"),
        ({**FORECAST, "simulate": True}, "simulate"),
    ],
)
def test_what_cannot_be_planned_is_answered_with_its_field(body: Any, field: str) -> None:
    status, problem = ask(body, person(Role.SUPERVISOR))
    assert (status, problem["title"], problem["field"]) == (422, "Invalid", field)


def test_a_simulation_is_answered_with_standard_errors() -> None:
    status, plan = ask({**FORECAST, "simulate": {"seeds": 2}}, person(Role.SUPERVISOR))
    assert status == 200
    seen = plan["simulation"]["pooled"]["service_level"]
    assert 0 < seen["mean"] <= 1
    assert seen["error"] is not None


def test_one_that_would_not_be_ready_in_time_is_refused_with_the_limit() -> None:
    body = {**FORECAST, "tenants": [{"tenant": "shop", "contacts": [9000], "aht_s": 240}], "simulate": {"seeds": 9}}
    status, problem = ask(body, person(Role.OPERATOR))
    assert (status, problem["title"]) == (413, "TooLarge")
    assert str(planning.MOST_CONTACTS) in problem["detail"]
