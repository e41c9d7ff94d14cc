"""What a fresh local stack is filled with, so that a newcomer can call, write and log in at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from infra.cli.tenants import FOLDER, apply_all, read
from infra.layout import ROOT, open_functions
from infra.local.home import Ports
from infra.people import UserPool, apply_people, read_people
from infra.stage import Stage

open_functions()
from chalicelib import wiring  # noqa: E402  lives where Chalice wants it
from chalicelib.tenancy.model.address import Origin, Widget  # noqa: E402
from chalicelib.tenancy.model.calls import WebAddress  # noqa: E402
from chalicelib.tenancy.model.tenant import Tenant  # noqa: E402

PASSWORD = "Manyline-2026!"  # noqa: S105  of the samples on this machine, printed at every start
_PEOPLE_FILE = ROOT / "infra" / "local" / "people.toml"
PEOPLE = read_people(_PEOPLE_FILE)


def fingerprint() -> str:
    """Of the samples: they are applied again when they change, and not over what was changed live since."""
    digest = hashlib.sha256()
    for file in [_PEOPLE_FILE, *sorted(FOLDER.glob("*.toml"))]:
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def seed(stage: Stage) -> None:
    """Repeatable: what is there already stays as it is."""
    tenants = here(read([FOLDER]), urlsplit(stage.base_url).port or Ports().front)
    apply_all(wiring.onboarding(), tenants, datetime.now(UTC))
    pool = UserPool(stage.client("cognito-idp"), stage.settings.user_pool)
    apply_people(PEOPLE, pool, wiring.workforce(), lambda: PASSWORD)
    wiring.safety_net().renew_terms()
    # On AWS a client proves to SES that it owns its domain; the emulator believes it, but wants to be told. So it does
    # of our own domain, which the mail stack makes known there.
    stage.client("ses").verify_domain_identity(Domain=stage.settings.mail_domain)
    for address in {address for tenant in tenants for address in tenant.entry_points.mailboxes}:
        stage.client("ses").verify_email_identity(EmailAddress=address)


def move(port: int, was: int) -> None:
    """The stack answers at another port now: every live client that means this machine means that one, and keeps
    whatever else was applied."""
    onboarding = wiring.onboarding()
    live = [onboarding.export(tenant) for tenant in onboarding.live()]
    apply_all(onboarding, here(live, port, was), datetime.now(UTC))


def here(tenants: Sequence[Tenant], port: int, was: int = Ports().front) -> list[Tenant]:
    """The samples mean this machine at the usual port, for chat and own systems: at another one, they mean that one."""
    usual = {Origin(f"http://{host}:{was}"): f"http://{host}:{port}" for host in ("localhost", "127.0.0.1")}

    def moved(widget: Widget) -> Widget:
        return replace(widget, origins=tuple(Origin(usual.get(origin, origin)) for origin in widget.origins))

    def asked(url: WebAddress) -> WebAddress:
        at = next((origin for origin in usual if url.startswith(f"{origin}/")), None)
        return url if at is None else WebAddress(usual[at] + url.removeprefix(at))

    return [
        replace(
            tenant,
            entry_points=replace(points, widgets=tuple(map(moved, points.widgets))),
            orders=tenant.orders and replace(tenant.orders, url=asked(tenant.orders.url)),
            accounts=tenant.accounts and replace(tenant.accounts, url=asked(tenant.accounts.url)),
        )
        for tenant in tenants
        for points in (tenant.entry_points,)
    ]
