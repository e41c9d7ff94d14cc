"""The one place that puts stores and brands into services; each is built once, on first use.

Imports stand inside the functions, so that a Lambda loads what it serves and nothing else.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.aws.table import Database
    from chalicelib.contacts.service import Contacts, Publisher
    from chalicelib.routing.service import Router, SafetyNet
    from chalicelib.workforce.service import Workforce


@cache
def database() -> Database:
    from chalicelib.aws.dynamo import DynamoDatabase
    from chalicelib.aws.settings import settings

    s = settings()
    return DynamoDatabase(
        {
            "tenants": s.table_tenants,
            "contacts": s.table_contacts,
            "routing": s.table_routing,
            "workforce": s.table_workforce,
            "ledger": s.table_ledger,
            "sessions": s.table_sessions,
        }
    )


@cache
def contacts() -> Contacts:
    from chalicelib.contacts.service import Contacts
    from chalicelib.contacts.store import ContactStore

    return Contacts(ContactStore(database()))


@cache
def publisher() -> Publisher:
    from chalicelib.aws.settings import settings
    from chalicelib.aws.topics import Topic
    from chalicelib.contacts.service import Publisher

    return Publisher(Topic(settings().topic_facts))


@cache
def routing() -> Router:
    from chalicelib.aws.queues import DelayedQueue
    from chalicelib.aws.settings import settings
    from chalicelib.routing.service import Router
    from chalicelib.routing.store import RoutingStore

    return Router(RoutingStore(database()), DelayedQueue(settings().queue_offers))


@cache
def workforce() -> Workforce:
    from chalicelib.workforce.service import Workforce
    from chalicelib.workforce.store import WorkforceStore

    return Workforce(WorkforceStore(database()))


@cache
def safety_net() -> SafetyNet:
    from chalicelib.routing.service import SafetyNet

    return SafetyNet(routing(), workforce().teams)
