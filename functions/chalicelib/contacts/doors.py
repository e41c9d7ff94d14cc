"""From the contacts table's stream to the facts topic: every fact and message, told once it is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.batch import EventType
from chalice.app import Blueprint

from chalicelib import entry, wiring
from chalicelib.contacts.service import Publisher

bp = Blueprint(__name__)


@bp.lambda_function(name="publish_facts")
@entry.batch(wiring.publisher, source=EventType.DynamoDBStreams)
def publish_facts(publisher: Publisher, change: Mapping[str, Any], now: datetime) -> None:
    told = publisher.publish(change["old"], change["new"])
    entry.note(told=told)
