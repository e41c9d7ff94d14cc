"""What becomes of a person of a campaign after a call: called again, and when, or done."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.contacts.model.contact import Contact, State
from chalicelib.outreach.model.campaign import LISTED, NO_ANSWER, TOO_LATE, Callee, Run
from chalicelib.outreach.model.listing import Standing
from chalicelib.outreach.model.windows import Window, next_call
from chalicelib.outreach.service.permission import limit_of
from chalicelib.tenancy.model.outreach import Campaign
from chalicelib.tenancy.model.tenant import Disposition, Tenant


def after_call(
    client: Tenant, callee: Callee, contact: Contact, outcome: Disposition | None, standing: Standing, now: datetime
) -> Callee:
    """As he stands after the contact of his turn. `outcome` is None where no agent wrapped it up."""
    campaign = client.campaign(callee.campaign)
    most = campaign.attempts if campaign is not None else 0
    if contact.state is State.WRAPPED:
        called = callee.called(now, contact.disposition)
        wait_s = outcome.again_s if outcome is not None else None
    elif contact.is_dialled:
        called = callee.called(now, NO_ANSWER)
        wait_s = campaign.retry_s if campaign is not None else None
    else:  # taken back before anybody dialled
        if standing.listed:
            return callee.over(LISTED, now)
        moment = later(client, callee, standing, now)
        return callee.again(moment) if moment is not None else callee.over(_last(callee), now)
    told = called.history[-1].outcome
    if wait_s is None or called.attempts >= most:
        return called.over(told, now)
    if standing.listed:
        return called.over(LISTED, now)
    moment = later(client, called, standing, now + timedelta(seconds=wait_s))
    return called.again(moment) if moment is not None else called.over(told, now)


def later(client: Tenant, callee: Callee, standing: Standing, at: datetime) -> datetime | None:
    """When he may be called from then on. A campaign that is in no file any more calls nobody: its people wait for it
    to come back."""
    campaign = client.campaign(callee.campaign)
    if campaign is None:
        return at
    limit = limit_of(campaign)
    return next_call(Window.of(campaign), callee.zones, at, limit=limit, calls=standing.calls)


def nobody_left(campaign: Campaign, run: Run) -> str:
    """And how they may be called after all who were not."""
    late, never = run.outcomes.get(TOO_LATE, 0), run.outcomes.get(LISTED, 0)
    told = [f"{late} were too late: put off the last day, and load them again"] if late else []
    told += [f"{never} are on the do-not-call list"] if never else []
    others = f" ({'; '.join(told)})" if told else ""
    return f"nobody of {run.people} on the list of {campaign.title} is left to call{others}: load more people"


def _last(callee: Callee) -> str:
    return callee.history[-1].outcome if callee.history else TOO_LATE
