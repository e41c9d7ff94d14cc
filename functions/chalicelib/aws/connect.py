"""Amazon Connect: the recording of a call, switched off and on while it goes on."""

from __future__ import annotations

from functools import cache
from typing import Any

from chalicelib.aws.clients import client
from chalicelib.aws.settings import connect_endpoint, connect_instance
from chalicelib.kernel.errors import Unavailable


class Recording:
    def pause(self, call: str, first: str) -> None:
        """Raises Unavailable where nothing was paused: what is said then is still recorded."""
        self._ask("suspend_contact_recording", call, first)

    def resume(self, call: str, first: str) -> None:
        self._ask("resume_contact_recording", call, first)

    def _ask(self, operation: str, call: str, first: str) -> None:
        import botocore.exceptions as botocore  # noqa: PLC0415 - loaded with boto3, on first use

        try:
            getattr(_connect(), operation)(InstanceId=_instance(), ContactId=call, InitialContactId=first)
        except (botocore.ClientError, botocore.BotoCoreError) as error:
            raise Unavailable("Amazon Connect's recording") from error


def _connect() -> Any:
    return client("connect", connect_endpoint())


@cache
def _instance() -> str:
    """A stage knows where the id is written: the instance is deployed after the functions that ask for it."""
    named = connect_instance()
    if not named.startswith("/"):
        return named
    value: str = client("ssm").get_parameter(Name=named)["Parameter"]["Value"]
    return value
