"""Secrets Manager: keys that are made once per stage and read once per worker."""

from __future__ import annotations

from functools import cache

from chalicelib.aws.clients import client


@cache
def secret(name: str) -> bytes:
    """The key for signatures. Whoever rotates it makes open reply tokens and chat sessions void."""
    return str(client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]).encode()
