"""Where our own pages are, for links that people get."""

from __future__ import annotations

from functools import cache

from chalicelib.aws.clients import client
from chalicelib.aws.settings import site_url
from chalicelib.kernel.errors import Unavailable


@cache
def origin() -> str:
    """A stage without a name of its own knows where it is written: the site is deployed after its functions.
    Raises Unavailable."""
    named = site_url()
    if not named.startswith("/"):
        return named
    import botocore.exceptions as botocore  # noqa: PLC0415 - loaded with boto3, on first use

    try:
        value: str = client("ssm").get_parameter(Name=named)["Parameter"]["Value"]
    except (botocore.ClientError, botocore.BotoCoreError) as error:
        raise Unavailable("the address of our pages") from error
    return value.rstrip("/")
