"""What each Lambda may touch: one row per function, read by ContactsStack and by the tests.

A function that has no row here does not synthesize.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    reads: tuple[str, ...] = ()  # tables
    writes: tuple[str, ...] = ()  # tables, read included
    mail_bucket: str = ""  # a key of OBJECTS
    documents_bucket: str = ""  # a key of OBJECTS
    publishes_facts: bool = False
    sets_offer_timers: bool = False
    sends_mail: bool = False
    pages: bool = False  # brings messages to people on call: by text and mail, with links to our pages
    pushes: bool = False  # to open WebSocket connections
    signs: bool = False  # reads the key of reply tokens and chat sessions
    renders: bool = False  # calls render_invoice
    runs_bills: bool = False  # begins and watches the run for all clients
    consumes: str = ""  # the queue that feeds it
    batch: int = 10


OBJECTS: dict[str, tuple[str, ...]] = {
    "read": ("s3:GetObject",),
    "write": ("s3:GetObject", "s3:PutObject"),
    "move": ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
}

# What routing touches whenever somebody is offered, takes or leaves a contact.
_FLOOR = ("contacts", "routing", "workforce")

GRANTS: dict[str, Grants] = {
    # HTTP and WebSocket
    "api_handler": Grants(
        writes=(*_FLOOR, "sessions", "ledger", "tenants"),  # ledger: what finance decides; tenants: plans changed
        mail_bucket="read",  # attachments, behind links that expire
        documents_bucket="write",
        sets_offer_timers=True,
        sends_mail=True,
        pages=True,
        signs=True,
        renders=True,
        runs_bills=True,
    ),
    "session": Grants(reads=("tenants", "workforce"), writes=("sessions",)),
    "websocket_connect": Grants(
        reads=("tenants",), writes=(*_FLOOR, "sessions"), sets_offer_timers=True, pushes=True, signs=True
    ),
    "websocket_message": Grants(
        reads=("tenants",), writes=(*_FLOOR, "sessions"), sets_offer_timers=True, pushes=True, signs=True
    ),
    "websocket_disconnect": Grants(
        reads=("tenants",), writes=(*_FLOOR, "sessions"), sets_offer_timers=True, pushes=True
    ),
    # Channels
    # Signs what it asks of a client's own system.
    "contact_flow": Grants(reads=("tenants",), writes=_FLOOR, sets_offer_timers=True, signs=True),
    # Whoever on call did not answer is followed by the next one: called, or written to with a signed link.
    "connect_events": Grants(
        reads=("tenants",), writes=_FLOOR, sets_offer_timers=True, sends_mail=True, pages=True, signs=True
    ),
    # A message that was left waits for an agent at once.
    # So it may be brought to whoever is on call.
    "contact_records": Grants(
        reads=("tenants",), writes=_FLOOR, sets_offer_timers=True, sends_mail=True, pages=True, signs=True
    ),
    "agent_events": Grants(reads=("workforce", "routing"), writes=("contacts",)),
    # Whoever has gone leaves his line or his agent, who is given the next one.
    "reconcile_calls": Grants(
        reads=("tenants",),
        writes=_FLOOR,
        publishes_facts=True,
        sets_offer_timers=True,
        sends_mail=True,
        pages=True,
        signs=True,
    ),
    # Whose end nobody told us: they are ended, or leave their line or their agent.
    "lost_calls": Grants(reads=("tenants",), writes=_FLOOR, sets_offer_timers=True),
    "lost_calls_of_yesterday": Grants(reads=("tenants",), writes=_FLOOR, sets_offer_timers=True),
    "mail_in": Grants(
        reads=("tenants",),
        writes=_FLOOR,
        mail_bucket="move",
        sets_offer_timers=True,
        signs=True,
        consumes="mail_in",
        batch=5,
    ),
    "mail_out": Grants(
        reads=("tenants",),
        writes=("contacts",),
        mail_bucket="read",
        sends_mail=True,
        signs=True,
        consumes="mail_out",
        batch=5,
    ),
    "push_chat": Grants(reads=("contacts",), pushes=True, consumes="chat"),
    # Facts, routing, desk
    "publish_facts": Grants(publishes_facts=True),
    "offer_expired": Grants(writes=_FLOOR, sets_offer_timers=True, consumes="offers"),
    "sweep": Grants(reads=("tenants",), writes=_FLOOR, sets_offer_timers=True),
    "push_desk": Grants(reads=("tenants", *_FLOOR), pushes=True, consumes="desk"),
    # Calls that begin with us
    "work_agenda": Grants(
        reads=("tenants",), writes=_FLOOR, sets_offer_timers=True, sends_mail=True, pages=True, signs=True
    ),
    "settle_outreach": Grants(reads=("tenants",), writes=_FLOOR, sets_offer_timers=True, consumes="outreach"),
    # Billing
    "record_usage": Grants(reads=("tenants",), writes=("ledger",), consumes="usage"),
    "bill_tenant": Grants(reads=("tenants", "workforce"), writes=("ledger",), documents_bucket="write"),
    "watch_accounts": Grants(
        writes=("tenants", "ledger"), documents_bucket="read", publishes_facts=True, sends_mail=True
    ),
    "render_invoice": Grants(documents_bucket="write"),
}

FEEDS = ("contact_records", "agent_events")  # each reads the phone side's stream of its name
STREAM_READER = "publish_facts"
CLOCKED = {
    "sweep": 1,
    "watch_accounts": 5,
    "reconcile_calls": 5,
    "lost_calls": 10,
    "work_agenda": 1,
    "lost_calls_of_yesterday": 1440,
}  # minutes between two calls
CONNECT_LISTENER = "connect_events"
MARKERS = ("contact_records", "reconcile_calls")  # who writes on a recording how long its client keeps it
# Who begins calls to people on call: an agent at his desk, the clock, and whoever hears that the one before did not
# answer, or that a message was left.
CALLERS = tuple(name for name, grants in GRANTS.items() if grants.pages)
LOST = "CallsLost"  # the metric of calls of whose end nobody had told
ENQUIRERS = ("lost_calls", "lost_calls_of_yesterday")  # who asks how a call stands whose end nobody told
DESK = "api_handler"  # what agents press; the phone side gives it its rights there
FLOW_FUNCTION = "contact_flow"  # what every flow asks
PRINTER = "render_invoice"
BILLER = "bill_tenant"  # what the run for all clients asks, once for each

# Every statement of ours with a star in it, and why it must be there. The tests refuse any other.
STARS: dict[str, str] = {
    "sns:Publish": "a telephone has no ARN, and a text goes to a number; topics are left out",
    "dynamodb:ListStreams": "the action has no resource-level form",
    "execute-api:ManageConnections": "the star stands for the id of one open connection of our own WebSocket API",
    "s3:GetObject": "the star stands for one object of one of our own buckets",
    "s3:PutObject": "the star stands for one object of one of our own buckets",
    "s3:DeleteObject": "the star stands for one object of one of our own buckets",
    "s3:GetObjectTagging": "the star stands for one recording in our own bucket for them",
    "s3:PutObjectTagging": "the star stands for one recording in our own bucket for them",
    "states:DescribeExecution": "the star stands for the name of one execution of our own state machine",
    "states:StopExecution": "the star stands for one client's part of an execution of our own state machine",
    "states:RedriveExecution": "the star stands for one client's part of an execution of our own state machine",
    "lambda:InvokeFunction": "the star stands for a version of the one function that the state machine asks",
    "s3:ListMultipartUploadParts": "the star stands for one result of the map in one of our own buckets",
    "s3:AbortMultipartUpload": "the star stands for one result of the map in one of our own buckets",
    "connect:SuspendContactRecording": "the star stands for one call of our own instance",
    "connect:ResumeContactRecording": "the star stands for one call of our own instance",
    "connect:StartOutboundVoiceContact": "the star stands for the call that begins, on our own instance",
    "connect:StopContact": "the star stands for one call of our own instance",
    "connect:ListAssociatedContacts": "the star stands for one call of our own instance",
    "connect:DescribeContact": "the star stands for one call of our own instance",
    "ses:SendRawEmail": "a tenant sends from its own verified address, and tenants are applied, not deployed",
}
