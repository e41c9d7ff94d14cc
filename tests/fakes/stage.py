"""Settings and tables of a stage that lives only in a test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import boto3

from chalicelib import wiring as house
from chalicelib.aws import clients, settings
from chalicelib.billing import wiring as billing
from chalicelib.channels.voice import wiring as telephone
from chalicelib.desk import wiring as desk
from chalicelib.outreach import wiring as outreach
from infra.naming import TABLES

_INDEXES = {"ledger": "period"}
WIRINGS = (house, billing, telephone, outreach, desk)


def create_tables(endpoint: str, prefix: str) -> dict[str, str]:
    """The tables as `infra` makes them; returns our names → theirs."""
    dynamodb = boto3.client("dynamodb", endpoint_url=endpoint)
    names = {}
    for table in TABLES:
        names[table] = f"{prefix}-{table}"
        attributes = ["pk", "sk"]
        request: dict[str, Any] = {}
        if index := _INDEXES.get(table):
            attributes += [f"{index}_pk", f"{index}_sk"]
            request["GlobalSecondaryIndexes"] = [
                {
                    "IndexName": index,
                    "KeySchema": [
                        {"AttributeName": f"{index}_pk", "KeyType": "HASH"},
                        {"AttributeName": f"{index}_sk", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ]
        dynamodb.create_table(
            TableName=names[table],
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in attributes],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            **request,
        )
    return names


@contextmanager
def environment(**variables: str) -> Iterator[None]:
    """The process environment with these variables, and nothing remembered from before or left after."""
    before = dict(os.environ)
    os.environ.update(variables)
    _forget()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        _forget()


def _forget() -> None:
    settings.settings.cache_clear()
    clients.client.cache_clear()
    for wiring in WIRINGS:
        for built in vars(wiring).values():
            if hasattr(built, "cache_clear"):
                built.cache_clear()


def aws(endpoint: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


def every_setting(**given: str) -> dict[str, str]:
    """A variable for each setting: the given ones, and a placeholder where a test needs none."""
    return {
        f"MANYLINE_{field.name.upper()}": given.get(field.name, f"unused-{field.name}")
        for field in fields(settings.Settings)
    }


def create_pool() -> tuple[str, str]:
    """A user pool as `infra` makes it: its id, and its client's."""
    cognito = clients.client("cognito-idp")
    pool = cognito.create_user_pool(
        PoolName="people",
        UsernameAttributes=["email"],
        Policies={"PasswordPolicy": {"MinimumLength": 12, "RequireUppercase": True, "RequireNumbers": True}},
        Schema=[{"Name": name, "AttributeDataType": "String", "Mutable": True} for name in ("tenant", "agent")],
    )["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="pages", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    for group in ("operator", "supervisor", "agent", "client", "finance"):
        cognito.create_group(UserPoolId=pool, GroupName=group)
    return pool, client
