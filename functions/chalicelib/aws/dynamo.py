"""`table.Database` on DynamoDB. The client is made on first use: importing boto3 costs more than all else."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.aws.clients import client
from chalicelib.aws.expressions import Expression
from chalicelib.aws.table import Check, ConditionLost, Contended, Cursor, Delete, Item, Key, Page, Put, Update, Write

_TRIES = 6


def encode(value: Any) -> dict[str, Any]:
    """A plain value as DynamoDB's typed JSON."""
    match value:
        case bool():
            return {"BOOL": value}
        case None:
            return {"NULL": True}
        case int():
            return {"N": str(value)}
        case Decimal():
            return {"N": format(value, "f")}
        case str():
            return {"S": value}
        case set() | frozenset():
            return {"SS": sorted(value)}
        case Mapping():
            return {"M": {str(name): encode(inner) for name, inner in value.items()}}
        case list() | tuple():
            return {"L": [encode(inner) for inner in value]}
        case _:
            raise TypeError(f"{type(value).__name__} cannot be stored: use text, whole numbers, lists and maps")


def decode(typed: Mapping[str, Any]) -> Any:
    ((kind, value),) = typed.items()
    match kind:
        case "N":
            return int(value) if "." not in value and "E" not in value else Decimal(value)
        case "M":
            return {name: decode(inner) for name, inner in value.items()}
        case "L":
            return [decode(inner) for inner in value]
        case "SS":
            return set(value)
        case "NULL":
            return None
        case _:
            return value


def decode_item(typed: Mapping[str, Any]) -> Item:
    return {name: decode(value) for name, value in typed.items()}


def _encode_item(item: Mapping[str, Any]) -> dict[str, Any]:
    # An empty set has no form in DynamoDB; absent means the same to every store.
    return {name: encode(value) for name, value in item.items() if value != set()}


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


class DynamoDatabase:
    """`names` maps our table names to those of the stage."""

    def __init__(self, names: Mapping[str, str], pause: Callable[[float], None] = time.sleep) -> None:
        self._names = names
        self._pause = pause

    def get(self, table: str, key: Key) -> Item | None:
        answer = client("dynamodb").get_item(TableName=self._names[table], Key=_key(key), ConsistentRead=True)
        return decode_item(answer["Item"]) if "Item" in answer else None

    def get_many(self, table: str, keys: Sequence[Key]) -> list[Item]:
        name = self._names[table]
        asked = {name: {"Keys": [_key(key) for key in dict.fromkeys(keys)], "ConsistentRead": True}}
        found: list[Item] = []
        while asked and asked[name]["Keys"]:
            answer = client("dynamodb").batch_get_item(RequestItems=asked)
            found.extend(decode_item(item) for item in answer["Responses"].get(name, ()))
            asked = answer.get("UnprocessedKeys") or {}
        return found

    def query(
        self,
        table: str,
        pk: str,
        *,
        begins: str = "",
        after: Cursor | None = None,
        between: tuple[str, str] | None = None,
        limit: int = 0,
        newest_first: bool = False,
        index: str = "",
    ) -> Page:
        hash_name, range_name = (f"{index}_pk", f"{index}_sk") if index else ("pk", "sk")
        names = {"#pk": hash_name}
        values: dict[str, Any] = {":pk": {"S": pk}}
        condition = "#pk = :pk"
        if between is not None:
            names["#sk"] = range_name
            values |= {":from": {"S": between[0]}, ":to": {"S": between[1]}}
            condition += " AND #sk BETWEEN :from AND :to"
        elif begins:
            names["#sk"] = range_name
            values[":begins"] = {"S": begins}
            condition += " AND begins_with(#sk, :begins)"
        request: dict[str, Any] = {
            "TableName": self._names[table],
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "ScanIndexForward": not newest_first,
        }
        request |= {"IndexName": index} if index else {"ConsistentRead": True}
        request |= {"Limit": limit} if limit else {}
        request |= {"ExclusiveStartKey": {name: {"S": text} for name, text in after.items()}} if after else {}
        answer = client("dynamodb").query(**request)
        last = answer.get("LastEvaluatedKey")
        items = [decode_item(item) for item in answer["Items"]]
        return Page(items, {name: text["S"] for name, text in last.items()} if last else None)

    def write(self, write: Write) -> Item:
        dynamodb = client("dynamodb")
        request = self._request(write)
        try:
            match write:
                case Put():
                    dynamodb.put_item(**request)
                    return write.item
                case Update():
                    answer = dynamodb.update_item(**request, ReturnValues="ALL_NEW")
                    return decode_item(answer["Attributes"])
                case Delete():
                    dynamodb.delete_item(**request)
                    return {}
        except dynamodb.exceptions.ConditionalCheckFailedException as failure:
            item = failure.response.get("Item")
            raise ConditionLost({0: decode_item(item) if item else None}) from None

    def transact(self, writes: Sequence[Write | Check]) -> None:
        dynamodb = client("dynamodb")
        actions = [{_action(write): self._request(write)} for write in writes]
        for attempt in range(_TRIES):
            try:
                dynamodb.transact_write_items(TransactItems=actions)
                return
            except dynamodb.exceptions.TransactionCanceledException as failure:
                reasons = failure.response["CancellationReasons"]
                lost = {
                    position: decode_item(reason["Item"]) if reason.get("Item") else None
                    for position, reason in enumerate(reasons)
                    if reason["Code"] == "ConditionalCheckFailed"
                }
                if lost:
                    raise ConditionLost(lost) from None
                if any(reason["Code"] == "ValidationError" for reason in reasons):
                    raise
            except dynamodb.exceptions.TransactionInProgressException:
                # The same request is being carried out elsewhere: ask again, as for a conflict.
                lost = {}
            self._pause(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311  jitter, not a secret
        raise Contended(f"the database, after {_TRIES} tries against others on the same items,")

    def _request(self, write: Write | Check) -> dict[str, Any]:
        expression = Expression()
        request: dict[str, Any] = {"TableName": self._names[write.table]}
        if isinstance(write, Put):
            request["Item"] = _encode_item(write.item)
        else:
            request["Key"] = _key(write.key)
        if isinstance(write, Update):
            request["UpdateExpression"] = expression.update(write)
        if write.when:
            request["ConditionExpression"] = expression.condition(write.when)
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if expression.names:
            request["ExpressionAttributeNames"] = expression.names
        if expression.values:
            request["ExpressionAttributeValues"] = {name: encode(value) for name, value in expression.values.items()}
        return request


def _action(write: Write | Check) -> str:
    return "ConditionCheck" if isinstance(write, Check) else type(write).__name__
