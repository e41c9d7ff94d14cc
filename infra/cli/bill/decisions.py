"""What people decide about single contacts: disputes of clients, and records in quarantine."""

from __future__ import annotations

from typing import Any

import click

from infra.cli.bill.api import Finance, Name, as_json, at_a_stage, of_period, of_tenant, printed, quoted

_contact = click.argument("contact", type=Name())
_mark = click.argument("mark", type=Name())


@click.command()
@of_tenant
@of_period
@click.argument("contact", default="", metavar="[CONTACT]")
@click.option("--why", default="", help="What is wrong with the contact.")
@as_json
@at_a_stage
def dispute(finance: Finance, tenant: str, period: str, contact: str, why: str, as_json: bool) -> None:
    """Dispute CONTACT of TENANT's invoice of PERIOD; without CONTACT, list what is disputed."""
    place, label = quoted(tenant, period)
    path = f"/api/tenants/{place}/invoices/{label}/disputes"
    if contact and not why:
        raise click.UsageError("say --why")
    disputes = [finance.tell(path, contact=contact, why=why)] if contact else finance.ask(path)["disputes"]
    if as_json:
        printed(disputes)
    for one in [] if as_json else disputes:
        answer = f" by {one['answered_by']}: {one['reason']} {one['credit_note']}" if one["answered_by"] else ""
        click.echo(f"{one['contact']}: {one['answer']}{answer.rstrip()} ({one['why']})")


@click.command()
@of_tenant
@of_period
@_contact
@click.option("--reason", default="", help="For the client.")
@as_json
@at_a_stage
def accept(finance: Finance, tenant: str, period: str, contact: str, reason: str, as_json: bool) -> None:
    """Accept the dispute about CONTACT: what it cost is credited."""
    answered = finance.tell(f"{_place(tenant, period, contact)}/accept", reason=reason)
    if as_json:
        printed(answered)
    else:
        click.echo(f"{contact}: accepted, {answered['credit_note'] or 'it had cost nothing'}")


@click.command()
@of_tenant
@of_period
@_contact
@click.option("--reason", required=True, help="For the client.")
@as_json
@at_a_stage
def reject(finance: Finance, tenant: str, period: str, contact: str, reason: str, as_json: bool) -> None:
    """Reject the dispute about CONTACT, with a reason."""
    answered = finance.tell(f"{_place(tenant, period, contact)}/reject", reason=reason)
    if as_json:
        printed(answered)
    else:
        click.echo(f"{contact}: rejected")


@click.group()
def quarantine() -> None:
    """Records that say something else than the ledger does, until somebody has decided."""


@quarantine.command("list")
@as_json
@at_a_stage
def waiting(finance: Finance, as_json: bool) -> None:
    """All that nobody has decided about."""
    records = _waiting(finance)
    if as_json:
        printed(records)
        return
    if not records:
        click.echo("nothing waits for a decision")
    # Two lines for each, of any length: both names are needed whole.
    for one in records:
        click.echo(f"{one['tenant']} {one['contact']} {one['mark']}")
        click.echo(f"    {one['meter']} {one['quantity']} was told later, since {one['since']}")


@quarantine.command("accept")
@of_tenant
@_contact
@_mark
@click.option("--why", required=True, help="For whoever asks later.")
@at_a_stage
def accept_record(finance: Finance, tenant: str, contact: str, mark: str, why: str) -> None:
    """What was told later holds: the ledger's record is taken back. A beginning of MARK will do if no other has it."""
    finance.tell(f"{_doubt(finance, tenant, contact, mark)}/accept", why=why)
    click.echo(f"{contact}: accepted; the bill follows it")


@quarantine.command("reject")
@of_tenant
@_contact
@_mark
@click.option("--why", required=True, help="For whoever asks later.")
@at_a_stage
def reject_record(finance: Finance, tenant: str, contact: str, mark: str, why: str) -> None:
    """The ledger holds: what was told later is dropped. A beginning of MARK will do if no other has it."""
    finance.tell(f"{_doubt(finance, tenant, contact, mark)}/reject", why=why)
    click.echo(f"{contact}: rejected; the ledger stays as it is")


def _place(tenant: str, period: str, contact: str) -> str:
    tenant, period, contact = quoted(tenant, period, contact)
    return f"/api/tenants/{tenant}/invoices/{period}/disputes/{contact}"


def _waiting(finance: Finance) -> list[dict[str, Any]]:
    page = finance.ask("/api/billing/quarantine")
    records = list(page["records"])
    while page["next"]:
        page = finance.ask("/api/billing/quarantine", after=page["next"])
        records += page["records"]
    return records


def _doubt(finance: Finance, tenant: str, contact: str, mark: str) -> str:
    """By its mark, or by a beginning of it that only one has; of others the API says why they do not wait."""
    names = (one for one in _waiting(finance) if (one["tenant"], one["contact"]) == (tenant, contact))
    begun = sorted(one["mark"] for one in names if one["mark"].startswith(mark))
    if len(begun) > 1 and mark not in begun:
        raise click.UsageError(f"{mark!r} begins {' and '.join(begun)}; write more of it")
    whole = begun[0] if len(begun) == 1 else mark
    tenant, contact, whole = quoted(tenant, contact, whole)
    return f"/api/billing/quarantine/{tenant}/{contact}/{whole}"
