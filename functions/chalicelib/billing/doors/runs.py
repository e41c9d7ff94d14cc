"""The run of a month for all clients: begun and watched by finance, and done client by client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import entry
from chalicelib.billing import wiring
from chalicelib.kernel.errors import Invalid
from chalicelib.tenancy.doors.session import session
from chalicelib.tenancy.model.caller import Role

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.billing.service.bill_runs import BillRuns
    from chalicelib.billing.service.bill_worker import BillWorker
    from chalicelib.entry import Call

bp = Blueprint(__name__)

_PLACE = "/api/billing/runs/{period}/{kind}"


@bp.route(_PLACE, methods=["GET"], authorizer=session)
@entry.request(bp, wiring.bill_runs, Role.FINANCE, Role.OPERATOR)
def bill_run(runs: BillRuns, call: Call, period: str, kind: str) -> dict[str, Any]:
    """How far it is; `rows=all` adds every client's."""
    return runs.progress(period, kind, every=call.query.get("rows") == "all")


@bp.route(_PLACE, methods=["POST"], authorizer=session)
@entry.request(bp, wiring.bill_runs, Role.FINANCE)
def begin_bill_run(runs: BillRuns, call: Call, period: str, kind: str) -> dict[str, Any]:
    """Begins it, or takes it up. `anew` and `failed` are true or false, `only` lists clients."""
    only = call.body.get("only", [])
    if not isinstance(only, list) or not all(isinstance(name, str) for name in only):
        raise Invalid("only", "is no list of clients", 'send ["shop", "plumber"]')
    entry.note(period=period, kind=kind)
    return runs.begin(
        period,
        kind,
        call.caller.signature,
        call.now,
        anew=call.body.get("anew") is True,
        failed=call.body.get("failed") is True,
        only=only,
    )


@bp.lambda_function(name="bill_tenant")
@entry.event(wiring.bill_worker)
def bill_tenant(worker: BillWorker, event: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    """One task of the map, or several as {"Items": [...]}; with `broken`, what became of one that did not answer."""
    done = worker.told(event, now)
    for one in done:
        entry.note(tenant=one.row.tenant, state=one.row.state.value)
        if one.fault is not None:
            entry.log.error("bill_tenant_failed", extra={"tenant": one.row.tenant}, exc_info=one.fault)
    return worker.answer(done)
