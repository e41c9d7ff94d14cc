"""The WebSocket: somebody connects, says that he lives, leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import entry
from chalicelib.desk import wiring
from chalicelib.desk.service.live import Knock, Live

if TYPE_CHECKING:
    from datetime import datetime

bp = Blueprint(__name__)

Event = Mapping[str, Any]


@bp.on_ws_connect()
@entry.event(wiring.live)
def live_connect(live: Live, event: Event, now: datetime) -> dict[str, int]:
    knock = Knock(
        connection=_connection(event),
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        query=event.get("queryStringParameters") or {},
    )
    known = live.arrive(knock, now)
    entry.note(known=known)
    return {"statusCode": 200 if known else 401}


@bp.on_ws_message()
@entry.event(wiring.live)
def live_message(live: Live, event: Event, now: datetime) -> dict[str, int]:
    live.hear(_connection(event), event.get("body") or "", now)
    return {"statusCode": 200}


@bp.on_ws_disconnect()
@entry.event(wiring.live)
def live_disconnect(live: Live, event: Event, now: datetime) -> dict[str, int]:
    live.leave(_connection(event), now)
    return {"statusCode": 200}


def _connection(event: Event) -> str:
    return str(event["requestContext"]["connectionId"])
