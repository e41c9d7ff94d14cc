"""The one place that puts stores and brands into services; each is built once, on first use.

Those of billing, of the telephone, of calls that begin with us and of the desk, which nobody else uses, stand in a
`wiring.py` of theirs.

Imports stand inside the functions, so that a Lambda loads what it serves and nothing else.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch import BatchProcessor

    from chalicelib.aws.pages import Pages
    from chalicelib.aws.push import Push
    from chalicelib.aws.table import Database
    from chalicelib.channels.chat.service.chat import Chat
    from chalicelib.channels.chat.service.live import ChatLive, Delivery
    from chalicelib.channels.email.service.incoming import Incoming
    from chalicelib.channels.email.service.outgoing import Outgoing
    from chalicelib.contacts.service import Contacts, Publisher
    from chalicelib.kernel.ids import AgentId
    from chalicelib.routing.service.planning import Planning
    from chalicelib.routing.service.router import Router
    from chalicelib.routing.service.safety_net import SafetyNet
    from chalicelib.routing.store.seats import RoutingStore
    from chalicelib.tenancy.model.cookie import Cookies
    from chalicelib.tenancy.service.directory import Directory
    from chalicelib.tenancy.service.onboarding import Onboarding
    from chalicelib.tenancy.service.sessions import Sessions
    from chalicelib.tenancy.service.switching import Switching
    from chalicelib.tenancy.service.tickets import Tickets
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
def directory() -> Directory:
    from time import monotonic

    from chalicelib.tenancy.service.directory import Directory
    from chalicelib.tenancy.store.tenants import TenantStore

    return Directory(TenantStore(database()), monotonic)


@cache
def onboarding() -> Onboarding:
    from chalicelib.billing.model.calendar import closed_until
    from chalicelib.billing.store.books import BookStore
    from chalicelib.tenancy.service.onboarding import Onboarding
    from chalicelib.tenancy.store.tenants import TenantStore

    books = BookStore(database())
    return Onboarding(TenantStore(database()), lambda tenant: closed_until(books.periods(tenant)))


@cache
def switching() -> Switching:
    from chalicelib.billing.model.calendar import closed_until
    from chalicelib.billing.store.books import BookStore
    from chalicelib.tenancy.service.switching import Switching
    from chalicelib.tenancy.store.tenants import TenantStore

    books = BookStore(database())
    return Switching(TenantStore(database()), lambda tenant: closed_until(books.periods(tenant)))


@cache
def sessions() -> Sessions:
    from secrets import token_urlsafe

    from chalicelib.aws.cognito import UserPool
    from chalicelib.aws.settings import settings
    from chalicelib.tenancy.service.sessions import Place, Sessions
    from chalicelib.tenancy.store.logins import PoolLogins
    from chalicelib.tenancy.store.sessions import SessionStore

    def place_of(agent: AgentId) -> Place:
        known = workforce().agent(agent)
        return Place(team=known.team, walls=known.walls, dedicated=known.dedicated)

    return Sessions(
        PoolLogins(UserPool(settings().user_pool_client)),
        SessionStore(database()),
        place_of=place_of,
        tenants_of=directory().tenants_of,
        mint=lambda: token_urlsafe(32),
    )


@cache
def tickets() -> Tickets:
    from secrets import token_urlsafe

    from chalicelib.tenancy.service.tickets import Tickets
    from chalicelib.tenancy.store.sessions import TicketStore

    return Tickets(TicketStore(database()), lambda: token_urlsafe(32))


@cache
def cookies() -> Cookies:
    from chalicelib.aws.settings import settings
    from chalicelib.tenancy.model.cookie import Cookies

    return Cookies(secure=settings().stage != "local")


@cache
def pages() -> Pages:
    from chalicelib.aws.pages import Pages

    return Pages()


def pause(attempt: int) -> None:
    """A moment before the next try against others: longer each time, and never as long as theirs."""
    from random import uniform
    from time import sleep

    sleep(uniform(0, min(1.0, 0.02 * 2**attempt)))  # noqa: S311  jitter, not a secret


def batch_processor(source: str) -> BatchProcessor:
    """Powertools' processor of `SQS` or of a stream; 40 ms to load, so only who is fed by one pays."""
    from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType

    return BatchProcessor(event_type=EventType(source), raise_on_entire_batch_failure=False)


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
def routing_store() -> RoutingStore:
    from chalicelib.routing.store.seats import RoutingStore

    return RoutingStore(database())


@cache
def routing() -> Router:
    from random import randrange, uniform
    from time import sleep

    from chalicelib.aws.queues import DelayedQueue
    from chalicelib.aws.settings import settings
    from chalicelib.routing.service.router import Router

    def wait(tries: int) -> int:
        sleep(uniform(0, 0.01 * 2 ** min(tries, 6)))  # noqa: S311  jitter, not a secret
        return randrange(2 ** min(tries, 4))  # noqa: S311

    return Router(routing_store(), DelayedQueue(settings().queue_offers), wait)


@cache
def planning() -> Planning:
    from chalicelib.routing.service.planning import Planning

    return Planning()


@cache
def workforce() -> Workforce:
    from chalicelib.workforce.service import Workforce
    from chalicelib.workforce.store import WorkforceStore

    return Workforce(WorkforceStore(database()))


@cache
def safety_net() -> SafetyNet:
    from chalicelib.routing.service.safety_net import SafetyNet
    from chalicelib.tenancy.model.caller import Scope

    return SafetyNet(routing(), routing_store(), workforce().teams, lambda: directory().listings(Scope.everyone()))


@cache
def signing_key() -> bytes:
    from chalicelib.aws.secrets import secret
    from chalicelib.aws.settings import settings

    return secret(settings().secret_name)


@cache
def incoming_mail() -> Incoming:
    from chalicelib.aws.files import Bucket
    from chalicelib.aws.settings import settings
    from chalicelib.channels.email.model.token import ReplyTokens
    from chalicelib.channels.email.service.incoming import Incoming
    from chalicelib.channels.email.store.folder import MailFolder
    from chalicelib.channels.email.store.marks import MailMarks

    return Incoming(
        directory=directory(),
        contacts=contacts(),
        router=routing(),
        files=MailFolder(Bucket(settings().bucket_mail)),
        marks=MailMarks(database()),
        tokens=ReplyTokens(signing_key()),
        own_domain=settings().mail_domain,
    )


@cache
def outgoing_mail() -> Outgoing:
    from chalicelib.aws.files import Bucket
    from chalicelib.aws.settings import settings
    from chalicelib.channels.email.model.token import ReplyTokens
    from chalicelib.channels.email.service.outgoing import Outgoing
    from chalicelib.channels.email.store.folder import MailFolder
    from chalicelib.channels.email.store.letterhead import TemplateLetterhead
    from chalicelib.channels.email.store.marks import MailMarks
    from chalicelib.channels.email.store.post import SesPost

    return Outgoing(
        directory=directory(),
        contacts=contacts(),
        files=MailFolder(Bucket(settings().bucket_mail)),
        marks=MailMarks(database()),
        tokens=ReplyTokens(signing_key()),
        letterhead=TemplateLetterhead(),
        post=SesPost(),
    )


@cache
def push() -> Push:
    from chalicelib.aws.push import Push
    from chalicelib.aws.settings import settings

    return Push(settings().ws_api, settings().ws_stage)


@cache
def chat() -> Chat:
    from chalicelib.channels.chat.model.visit import SessionTokens
    from chalicelib.channels.chat.service.chat import Chat

    return Chat(
        directory=directory(),
        contacts=contacts(),
        router=routing(),
        tokens=SessionTokens(signing_key()),
        tickets=tickets(),
    )


@cache
def chat_live() -> ChatLive:
    from chalicelib.channels.chat.service.live import ChatLive

    return ChatLive(contacts(), push())


@cache
def chat_delivery() -> Delivery:
    from chalicelib.channels.chat.service.live import Delivery

    return Delivery(contacts(), push())
