"""The names of deployed things, by stage, so that nobody has to look them up."""

from __future__ import annotations

LOCAL = "local"
TABLES = ("tenants", "contacts", "routing", "workforce", "ledger", "sessions")
RECORDINGS_PREFIX = "recordings"  # under which the telephone lays down what it records
EXPIRING = ("contacts", "sessions")  # an item with `expires` goes when it says so; most items have none


def stack(stage: str, concern: str) -> str:
    return f"manyline-{stage}-{concern}"


def function(stage: str, name: str) -> str:
    """`name` is the Chalice name: record_usage, api_handler, websocket_connect."""
    return f"manyline-{stage}-{name}"


def site(stage: str) -> str:
    """The SSM parameter with the address of the stage's pages."""
    return f"/manyline/{stage}/site"


def connect_instance(stage: str) -> str:
    """The SSM parameter with the id of the stage's telephony."""
    return f"/manyline/{stage}/connect-instance"


def connect_flow(stage: str, flow: str) -> str:
    """The SSM parameter with the id of a flow that functions begin calls with."""
    return f"/manyline/{stage}/connect-flow-{flow}"


def unread(function: str) -> str:
    """The output of the phone side with the queue that is told what a reader of its streams could not take."""
    return f"Unread{output(function)}"


def logical_id(name: str) -> str:
    """What Chalice calls the function in its template: record_usage is RecordUsage there."""
    return "APIHandler" if name == "api_handler" else "".join(word.capitalize() for word in name.split("_"))


def output(setting: str) -> str:
    """The stack output that carries a setting: table_contacts is TableContacts."""
    return "".join(word.capitalize() for word in setting.split("_"))
