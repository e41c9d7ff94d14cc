"""The doors of billing as Lambda opens them, on the emulator's tables."""

from __future__ import annotations

import importlib
import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws import clients
from chalicelib.billing import wiring as billing_wiring
from chalicelib.kernel.ids import TenantId
from chalicelib.tenancy.model.address import E164, EntryPoints
from chalicelib.tenancy.model.caller import Caller, Role, Scope
from chalicelib.tenancy.store.tenants import TenantStore
from tests.fakes.gateway import ask
from tests.fakes.usage import NOON, company, handled, message
from tests.lambdas import lambdas

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def tenant(stage: None) -> TenantId:
    name = TenantId(f"shop-{uuid.uuid4().hex[:8]}")
    number = E164(f"+1555{uuid.uuid4().int % 10**7:07d}")
    known = replace(company(name, team=name), entry_points=EntryPoints(phones=(number,)))
    TenantStore(wiring.database()).replace(None, known, LONG_AGO)
    return name


def door(name: str) -> Callable[[Any, Any], Any]:
    """As Lambda loads it: by its handler string."""
    module, _, function = lambdas()[name].rpartition(".")
    return getattr(importlib.import_module(module), function)  # type: ignore[no-any-return]


def queued(*bodies: Any) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"m{n}",
                "body": body if isinstance(body, str) else json.dumps(body),
                "eventSource": "aws:sqs",
            }
            for n, body in enumerate(bodies)
        ]
    }


def person(role: Role, *tenants: str) -> Caller:
    scope = Scope.of(tenants) if tenants else Scope.everyone()
    return Caller(user="u", role=role, name="U", scope=scope)


def test_a_message_of_the_queue_becomes_usage_and_a_broken_one_comes_again_alone(tenant: TenantId) -> None:
    good = message(handled(), tenant=tenant)
    answer = door("record_usage")(queued(good, {"nonsense": 1}, good), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    status, usage, _ = ask(f"/api/tenants/{tenant}/usage", person(Role.FINANCE), period="2026-11")
    assert (status, usage["meters"]["voice_seconds"]["quantity"]) == (200, 90)


def test_a_contradiction_is_not_delivered_for_ever(tenant: TenantId) -> None:
    door("record_usage")(queued(message(handled(talk=60), tenant=tenant)), None)
    answer = door("record_usage")(queued(message(handled(talk=999), tenant=tenant)), None)
    assert answer == {"batchItemFailures": []}
    _, usage, _ = ask(f"/api/tenants/{tenant}/usage", person(Role.FINANCE), period="2026-11")
    assert usage["meters"]["voice_seconds"]["quantity"] == 90


def test_a_draft_arrives_as_the_bytes_that_were_computed(tenant: TenantId) -> None:
    door("record_usage")(queued(message(handled(), tenant=tenant)), None)
    status, draft, headers = ask(f"/api/tenants/{tenant}/invoices/2026-11/draft", person(Role.FINANCE))
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert draft["net"] == 150
    assert draft["client"]["tenant"] == tenant


def test_a_client_sees_its_own_usage_without_the_agents_other_time(tenant: TenantId) -> None:
    status, usage, _ = ask(f"/api/tenants/{tenant}/usage", person(Role.CLIENT, tenant))
    assert status == 200
    assert "team" not in usage


@pytest.mark.parametrize("what", ["usage", "invoices/2026-11/draft", "invoices/2026-11/draft.pdf"])
def test_a_client_learns_nothing_of_another(tenant: TenantId, what: str) -> None:
    own = ask(f"/api/tenants/{tenant}/{what}", person(Role.CLIENT, "somebody-else"))
    nobody = ask("/api/tenants/not-there/usage", person(Role.CLIENT, "somebody-else"))
    assert own[0] == nobody[0] == 404
    assert own[1]["detail"].replace(tenant, "x") == nobody[1]["detail"].replace("not-there", "x")


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
@pytest.mark.parametrize("what", ["usage", "invoices/2026-11/draft", "invoices/2026-11/draft.pdf"])
def test_money_is_not_for_everybody(tenant: TenantId, role: Role, what: str) -> None:
    assert ask(f"/api/tenants/{tenant}/{what}", person(role, tenant))[0] == 403


def test_a_month_that_is_none_is_answered_with_how_to_write_one(tenant: TenantId) -> None:
    status, problem, _ = ask(f"/api/tenants/{tenant}/usage", person(Role.FINANCE), period="2026-13")
    assert status == 422
    assert "2026-11" in problem["detail"]


def test_the_printer_prints_what_lies_in_the_bucket(tenant: TenantId) -> None:
    draft = billing_wiring.drafts().draft(tenant, "2026-11", NOON)
    s3 = clients.client("s3")
    s3.put_object(Bucket="documents", Key="invoices/x/draft-1.json", Body=draft.as_json())
    assert door("render_invoice")({"document": "invoices/x/draft-1.json"}, None) == {"pdf": "invoices/x/draft-1.pdf"}
    assert s3.get_object(Bucket="documents", Key="invoices/x/draft-1.pdf")["Body"].read().startswith(b"%PDF")
