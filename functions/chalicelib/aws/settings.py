"""The only file that reads the environment; once, and never at import (but `in_lambda`)."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from functools import cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Each field is the environment variable of the same name in capitals, behind `MANYLINE_`."""

    stage: str  # "local", or the name of a deployed stage
    table_tenants: str
    table_contacts: str
    table_routing: str
    table_workforce: str
    table_ledger: str
    table_sessions: str
    bucket_mail: str  # raw mail in, attachments
    bucket_documents: str  # invoices
    topic_facts: str
    queue_offers: str  # delayed: an offer that nobody takes
    user_pool: str
    user_pool_client: str
    secret_name: str  # Secrets Manager: the key that signs reply tokens and chat sessions
    ws_api: str
    ws_stage: str
    mail_domain: str  # replies come back to <mailbox>+<token>@...; also the envelope sender's domain
    render_function: str
    machine_bills: str  # Step Functions: the run of a month for all clients


class Missing(Exception):
    """Names every variable that is missing, at once."""


@cache
def settings() -> Settings:
    wanted = {field.name: f"MANYLINE_{field.name.upper()}" for field in fields(Settings)}
    missing = sorted(name for name in wanted.values() if name not in os.environ)
    if missing:
        raise Missing(f"missing from the environment: {', '.join(missing)}")
    return Settings(**{field: os.environ[name] for field, name in wanted.items()})


def endpoint_url() -> str | None:
    """The emulator's address on this machine; None on AWS."""
    return os.environ.get("AWS_ENDPOINT_URL") or None


def connect_endpoint() -> str:
    """The address of the telephony's API where it is not AWS's own: the simulator's. Empty on AWS."""
    return os.environ.get("CONNECT_ENDPOINT_URL", "")


def connect_instance() -> str:
    """The instance's id; or, with a slash before it, the name of the SSM parameter that holds it."""
    return os.environ.get("CONNECT_INSTANCE", "")


def connect_flow(name: str) -> str:
    """The id of a flow that a function begins a call with; or, as the instance's, where it is written."""
    return os.environ.get(f"CONNECT_FLOW_{name.upper()}", "")


def recordings_bucket() -> str:
    """Where Connect puts what is recorded. Empty where a stage's functions are deployed before that bucket."""
    return os.environ.get("RECORDINGS_BUCKET", "")


def connect_url() -> str:
    """Where agents open Amazon Connect: https://<alias>.my.connect.aws. Empty where a stage has none."""
    return os.environ.get("CONNECT_URL", "").rstrip("/")


def site_url() -> str:
    """Where people open our pages, for links in texts and mails: https://… without a slash at the end; or, with a
    slash before it, the name of the SSM parameter that holds it."""
    return os.environ.get("SITE_URL", "").rstrip("/")


def region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def handler() -> str:
    """The handler string of the Lambda that this process serves; empty elsewhere."""
    return os.environ.get("_HANDLER", "")
