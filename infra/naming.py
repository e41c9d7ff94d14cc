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


def connect_instance(stage: str) -> str:
    """The SSM parameter with the id of the stage's telephony."""
    return f"/manyline/{stage}/connect-instance"


def logical_id(name: str) -> str:
    """What Chalice calls the function in its template: record_usage is RecordUsage there."""
    return "APIHandler" if name == "api_handler" else "".join(word.capitalize() for word in name.split("_"))


def output(setting: str) -> str:
    """The stack output that carries a setting: table_contacts is TableContacts."""
    return "".join(word.capitalize() for word in setting.split("_"))
