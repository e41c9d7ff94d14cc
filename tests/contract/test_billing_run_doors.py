"""The run's doors and its machine, on the emulator's tables and its Step Functions."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws import clients
from chalicelib.aws.machines import Machine
from chalicelib.billing.model.bill_run import Kind, RunId, State, Task
from chalicelib.billing.store.bill_runs import BillRunStore
from chalicelib.kernel.ids import TenantId
from chalicelib.tenancy.model.caller import Role
from tests.contract.test_billing_doors import door, person, queued, tenant
from tests.fakes.gateway import ask, post
from tests.fakes.stage import aws, environment
from tests.fakes.usage import handled, message

__all__ = ["tenant"]  # a fixture

DRAFTS = RunId("2026-10", Kind.DRAFT)
MIDDLE = datetime(2026, 10, 14, 12, tzinfo=UTC)
_ROLE = "arn:aws:iam::000000000000:role/machine"


@pytest.fixture
def machine(endpoint: str) -> Iterator[Machine]:
    """One that waits for a second."""
    with environment(**aws(endpoint)):
        definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 1, "End": True}}}
        name = f"wait-{time.monotonic_ns()}"
        made = clients.client("stepfunctions").create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=_ROLE
        )
        yield Machine(made["stateMachineArn"])


def task(tenant: TenantId) -> dict[str, Any]:
    return Task(run=DRAFTS, round=1, tenant=tenant, by="fiona").as_item()


def test_a_worker_takes_one_client_or_several_and_answers_with_data(tenant: TenantId) -> None:
    door("record_usage")(queued(message(handled(start=MIDDLE), tenant=tenant)), None)
    assert door("bill_tenant")(task(tenant), None) == {"clients": 1, "failed": 0, "again": False}
    row = BillRunStore(wiring.database()).row(DRAFTS, tenant)
    assert row is not None
    assert (row.state, row.total > 0, row.currency) == (State.DONE, True, "EUR")
    nobody = TenantId(f"{tenant}-x")
    several = {"Items": [task(tenant), task(nobody)]}
    assert door("bill_tenant")(several, None) == {"clients": 2, "failed": 1, "again": False}
    row = BillRunStore(wiring.database()).row(DRAFTS, nobody)
    assert row is not None
    assert (row.state, row.reason) == (State.FAILED, f"no tenant '{nobody}' here")


def test_what_a_worker_before_did_not_finish_is_written_down(tenant: TenantId) -> None:
    told = {**task(tenant), "broken": {"Error": "States.Timeout", "Cause": "too slow"}}
    assert door("bill_tenant")(told, None) == {"clients": 1, "failed": 1, "again": False}
    row = BillRunStore(wiring.database()).row(DRAFTS, tenant)
    assert row is not None
    assert row.reason == "the worker broke (States.Timeout)"


def test_a_run_that_nobody_began_is_none_and_what_is_no_run_is_refused(stage: None) -> None:
    finance = person(Role.FINANCE)
    status, nothing, _ = ask("/api/billing/runs/2031-05/draft", finance)
    assert (status, nothing["state"], nothing["clients"]) == (200, "not begun", 0)
    for path in ("/api/billing/runs/2031-13/draft", "/api/billing/runs/2031-05/paid"):
        assert ask(path, finance)[0] == 422
    status, wrong, _ = post("/api/billing/runs/2031-05/draft", finance, only="shop")
    assert (status, wrong["field"]) == (422, "only")
    for role in (Role.OPERATOR, Role.CLIENT, Role.AGENT):
        assert post("/api/billing/runs/2031-05/draft", person(role))[0] == 403, role


def test_an_execution_runs_until_it_is_over_and_its_name_begins_it_once(machine: Machine) -> None:
    assert machine.running("2026-10-draft-1") is False
    machine.start("2026-10-draft-1", {"list": "runs/x.json"})
    assert machine.running("2026-10-draft-1") is True
    machine.start("2026-10-draft-1", {"list": "runs/x.json"})
    until = time.monotonic() + 20
    while machine.running("2026-10-draft-1") and time.monotonic() < until:
        time.sleep(0.1)
    assert machine.running("2026-10-draft-1") is False
    machine.start("2026-10-draft-1", {"list": "runs/x.json"})
