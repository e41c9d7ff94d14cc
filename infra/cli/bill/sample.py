"""A month of made-up traffic for the sample clients, so that there is something to bill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import click

from infra.layout import open_functions
from infra.local.sample_month import VOLUME, Month, Told, month
from infra.local.seed import PEOPLE
from infra.stage import NotDeployed, open_stage

open_functions()
from chalicelib import wiring  # noqa: E402  lives where Chalice wants it
from chalicelib.aws.table import Write  # noqa: E402
from chalicelib.billing import wiring as billing_wiring  # noqa: E402
from chalicelib.billing.model.books import shard_of  # noqa: E402
from chalicelib.kernel.errors import ManylineError, NotFound  # noqa: E402
from chalicelib.kernel.ids import AgentId, TenantId  # noqa: E402
from chalicelib.kernel.period import BillingPeriod  # noqa: E402
from chalicelib.tenancy.model.tenant import Tenant  # noqa: E402
from chalicelib.workforce.store import status_put  # noqa: E402

_SIDE_BY_SIDE = 4
_STATUSES = 90  # in one transaction


@click.command()
@click.argument("period", metavar="PERIOD")
@click.option("--seed", default=1, show_default=True, help="Another one makes other traffic, beside what is there.")
def sample(period: str, seed: int) -> None:
    """Fill PERIOD with a month of traffic of the sample clients, on this machine only.

    The same seed says the same: what is there already stays as it is.
    """
    try:
        open_stage()
        made = _made(period, seed, datetime.now(UTC))
    except (ManylineError, NotDeployed) as error:
        raise click.ClickException(str(error)) from error
    tell_presence(made)
    found = tell_contacts(made.contacts)
    told = ", ".join(f"{number} {outcome}" for outcome, number in sorted(found.items()))
    click.echo(f"{period}: {len(made.contacts)} contacts ({told}), {len(made.presence)} statuses of agents")
    if found["quarantined"]:
        click.echo("some say something else than before, as the samples changed: see `manyline bill quarantine list`")


def tell_presence(made: Month) -> None:
    database = wiring.database()
    writes: list[Write] = [status_put(status) for status in made.presence]
    for first in range(0, len(writes), _STATUSES):
        database.transact(writes[first : first + _STATUSES])


def tell_contacts(contacts: Sequence[Told]) -> Counter[str]:
    """As the queue tells the ledger, and how often each was news. Contacts that add to one item of the totals stay
    in one thread, so that they do not wait for each other."""
    metering = billing_wiring.metering()

    def tell(part: int) -> Counter[str]:
        mine = (told for told in contacts if shard_of(told.contact) % _SIDE_BY_SIDE == part)
        return Counter(metering.record(told.message(), datetime.now(UTC)).outcome.value for told in mine)

    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        return sum(pool.map(tell, range(_SIDE_BY_SIDE)), Counter())


def _made(period: str, seed: int, now: datetime) -> Month:
    if BillingPeriod.parse(period, "UTC").start > now:
        raise click.ClickException(f"{period} has not begun; choose a month that is over")
    agents: dict[str, list[AgentId]] = {}
    for agent in PEOPLE.agents:
        agents.setdefault(agent.team, []).append(agent.agent)
    return month(period, _clients(), agents, seed).until(now)


def _clients() -> list[Tenant]:
    """Those samples that are live here."""
    found = []
    for name in VOLUME:
        try:
            found.append(wiring.directory().get(TenantId(name)))
        except NotFound:
            click.echo(f"{name} is not live here and gets no contacts", err=True)
    return found
