"""Cold start is a budget: what each Lambda's door may load before it is asked for anything."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.lambdas import lambdas

ROOT = Path(__file__).resolve().parents[2]

# Loaded by wiring or not at all. (Powertools itself touches the top of botocore, and no more of it.)
HEAVY = ("boto3", "botocore.session", "botocore.client", "jinja2", "typst", "nh3", "mailparser_reply", "asyncio")

# Lambda → the planes of which it may load anything; every door may load the caller's model in tenancy
PLANES = {
    "agent_events": {"channels.voice", "outreach"},
    "bill_tenant": {"billing"},
    "connect_events": {"channels.voice", "outreach"},
    "contact_flow": {"channels.voice", "outreach"},
    "contact_records": {"channels.voice", "outreach"},
    "live_connect": {"desk", "workforce"},
    "live_disconnect": {"desk", "workforce"},
    "live_message": {"desk", "workforce"},
    "lost_calls": {"channels.voice", "outreach"},
    "lost_calls_of_yesterday": {"channels.voice", "outreach"},
    "mail_in": {"channels.email"},
    "mail_out": {"channels.email"},
    "offer_expired": {"routing"},
    "publish_facts": {"contacts"},
    "push_chat": {"channels.chat"},
    "push_desk": {"desk"},
    "record_usage": {"billing"},
    "reconcile_calls": {"channels.voice", "outreach"},
    "render_invoice": {"billing"},
    "session": set(),
    "settle_outreach": {"outreach"},
    "sweep": {"routing"},
    "watch_accounts": {"billing"},
    "work_agenda": {"outreach"},
}
SHARED = {"aws", "kernel", "tenancy", "entry", "batch", "wiring"}


@cache
def loaded(module: str) -> frozenset[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"],
        cwd=ROOT / "functions",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "functions")},
        capture_output=True,
        text=True,
        check=True,
    )
    return frozenset(done.stdout.split())


def plane(module: str) -> str:
    parts = module.split(".")
    return ".".join(parts[1:3]) if parts[1] == "channels" else parts[1]


@pytest.mark.parametrize("name", sorted(lambdas()))
def test_no_door_loads_what_is_heavy(name: str) -> None:
    assert not loaded(lambdas()[name].rpartition(".")[0]) & set(HEAVY)


@pytest.mark.parametrize("name", sorted(PLANES))
def test_a_door_loads_its_own_plane_and_no_other(name: str) -> None:
    ours = [module for module in loaded(lambdas()[name].rpartition(".")[0]) if module.startswith("chalicelib.")]
    planes = {plane(module) for module in ours if module not in ("chalicelib.channels",)}
    assert planes - SHARED == PLANES[name]
    assert not [module for module in ours if module.endswith(".store") or ".store." in module]


def test_every_lambda_but_the_apis_has_its_row() -> None:
    assert set(PLANES) == set(lambdas()) - {"api_handler"}


@pytest.mark.parametrize("name", sorted(lambdas()))
def test_no_door_reads_the_environment_when_it_is_imported(name: str) -> None:
    """The environment above has nothing of ours in it, and the import did not fail: synthesis and tests rely on it."""
    assert lambdas()[name].rpartition(".")[0] in loaded(lambdas()[name].rpartition(".")[0])
