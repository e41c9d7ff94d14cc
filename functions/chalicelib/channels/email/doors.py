"""Queues in front of the mail services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import batch, entry, wiring
from chalicelib.channels.email.model.notice import Notice
from chalicelib.kernel.ids import ContactId, TenantId

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.channels.email.service.incoming import Incoming
    from chalicelib.channels.email.service.outgoing import Outgoing

bp = Blueprint(__name__)


@bp.lambda_function(name="mail_in")
@batch.each(wiring.incoming_mail)
def mail_in(incoming: Incoming, message: Mapping[str, Any], now: datetime) -> None:
    notice = Notice.read(message)
    if notice is None:
        entry.log.info("mail_notice_ignored", extra={"type": str(message.get("notificationType"))[:40]})
        return
    for outcome in incoming.receive(notice, now):
        facts = {"mail": notice.mail_id, "tenant": outcome.tenant, "contact": outcome.contact, "reason": outcome.reason}
        entry.log.info(f"mail_{outcome.fate}", extra={name: value for name, value in facts.items() if value})


@bp.lambda_function(name="mail_out")
@batch.each(wiring.outgoing_mail)
def mail_out(outgoing: Outgoing, message: Mapping[str, Any], now: datetime) -> None:
    tenant, contact = TenantId(message["tenant"]), ContactId(message["contact_id"])
    fate = outgoing.send(tenant, contact, message["message"], now)
    entry.log.info(f"reply_{fate}", extra={"tenant": tenant, "contact": contact, "n": message["n"]})
