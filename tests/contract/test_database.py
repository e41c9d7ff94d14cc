"""The database port: what stores may rely on, on the fake and on the emulator alike."""

from __future__ import annotations

import threading
import uuid

import pytest

from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.table import (
    Absent,
    AtLeast,
    AtMost,
    Check,
    ConditionLost,
    Database,
    Delete,
    Equals,
    Exists,
    Has,
    Key,
    Lacks,
    OneOf,
    Put,
    Update,
    every,
)

TABLE = "contacts"


def fresh() -> str:
    return f"P#{uuid.uuid4().hex}"


def test_an_item_comes_back_as_it_was_put(database: Database) -> None:
    item = {"pk": fresh(), "sk": "a", "text": "ü", "number": -7, "yes": True, "none": None,
            "list": [1, "two", {"three": 3}], "map": {"a": {"b": []}}, "set": {"x", "y"}}  # fmt: skip
    database.write(Put(table=TABLE, item=item))
    assert database.get(TABLE, Key(item["pk"], "a")) == item
    assert database.get(TABLE, Key(item["pk"], "b")) is None


def test_a_lost_condition_writes_nothing_and_shows_what_stands(database: Database) -> None:
    pk = fresh()
    first = {"pk": pk, "sk": "a", "v": 1}
    database.write(Put(table=TABLE, item=first, when=(Absent(),)))
    with pytest.raises(ConditionLost) as lost:
        database.write(Put(table=TABLE, item={**first, "v": 2}, when=(Absent(),)))
    assert lost.value.lost == {0: first}
    assert database.get(TABLE, Key(pk, "a")) == first


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Exists("v"), True), (Exists("w"), False), (Absent("w"), True), (Absent("v"), False),
        (Equals("v", 5), True), (Equals("v", 6), False), (Equals("v", "5"), False), (Equals("w", 5), False),
        (OneOf("v", (4, 5)), True), (OneOf("v", (6,)), False),
        (AtMost("v", 5), True), (AtMost("v", 4), False), (AtMost("w", 4), False), (AtLeast("v", 5), True),
        (AtLeast("v", 6), False), (Has("s", "x"), True), (Has("s", "z"), False), (Has("w", "x"), False),
        (Lacks("l", "y"), True), (Lacks("l", "x"), False), (Lacks("w", "x"), True),
        (Equals("m.inner", "deep"), True), (Exists("m.other"), False),
    ],
)  # fmt: skip
def test_conditions_hold_or_not(database: Database, condition: Exists, holds: bool) -> None:
    pk = fresh()
    item = {"pk": pk, "sk": "a", "v": 5, "s": {"x", "y"}, "l": ["x"], "m": {"inner": "deep"}}
    database.write(Put(table=TABLE, item=item))
    update = Update(table=TABLE, key=Key(pk, "a"), set={"touched": True}, when=(condition,))
    if holds:
        assert database.write(update)["touched"] is True
    else:
        with pytest.raises(ConditionLost):
            database.write(update)


def test_an_update_changes_what_it_names_and_returns_the_whole_item(database: Database) -> None:
    pk = fresh()
    database.write(Put(table=TABLE, item={"pk": pk, "sk": "a", "m": {"old": 1}, "gone": 1, "s": {"x", "y"}}))
    after = database.write(
        Update(
            table=TABLE,
            key=Key(pk, "a"),
            set={"text": "t", "m.new": {"k": "v"}},
            add={"count": 2},
            append={"facts": [{"n": 1}, {"n": 2}]},
            remove=("gone", "m.old"),
            join={"tags": frozenset({"a"})},
            leave={"s": frozenset({"x"})},
        )
    )
    assert after == {"pk": pk, "sk": "a", "text": "t", "m": {"new": {"k": "v"}}, "count": 2,
                     "facts": [{"n": 1}, {"n": 2}], "tags": {"a"}, "s": {"y"}}  # fmt: skip
    again = database.write(Update(table=TABLE, key=Key(pk, "a"), append={"facts": [{"n": 3}]}, add={"count": -1}))
    assert [fact["n"] for fact in again["facts"]] == [1, 2, 3]
    assert again["count"] == 1


def test_a_default_is_set_only_where_nothing_is(database: Database) -> None:
    pk = fresh()
    first = database.write(Update(table=TABLE, key=Key(pk, "a"), default={"head": "x", "n": 0}, add={"count": 1}))
    assert first == {"pk": pk, "sk": "a", "head": "x", "n": 0, "count": 1}
    again = database.write(Update(table=TABLE, key=Key(pk, "a"), default={"head": "y", "more": ["z"]}, remove=("n",)))
    assert again == {"pk": pk, "sk": "a", "head": "x", "count": 1, "more": ["z"]}


def test_an_update_makes_the_item_that_was_not_there(database: Database) -> None:
    pk = fresh()
    assert database.write(Update(table=TABLE, key=Key(pk, "a"), add={"n": 1})) == {"pk": pk, "sk": "a", "n": 1}


def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    pk = fresh()
    database.write(Put(table=TABLE, item={"pk": pk, "sk": "guard", "open": False}))
    with pytest.raises(ConditionLost) as lost:
        database.transact(
            [
                Put(table=TABLE, item={"pk": pk, "sk": "new"}),
                Check(table=TABLE, key=Key(pk, "guard"), when=(Equals("open", True),)),
                Update(table="routing", key=Key(pk, "other"), add={"n": 1}),
            ]
        )
    assert lost.value.lost == {1: {"pk": pk, "sk": "guard", "open": False}}
    assert database.get(TABLE, Key(pk, "new")) is None
    assert database.get("routing", Key(pk, "other")) is None
    database.transact([Put(table=TABLE, item={"pk": pk, "sk": "new"}), Delete(table=TABLE, key=Key(pk, "guard"))])
    assert [item["sk"] for item in every(database, TABLE, pk)] == ["new"]


def test_a_partition_is_read_in_order_from_page_to_page(database: Database) -> None:
    pk = fresh()
    for number in range(25):
        database.write(Put(table=TABLE, item={"pk": pk, "sk": f"N#{number:03d}"}))
    database.write(Put(table=TABLE, item={"pk": pk, "sk": "Z"}))
    first = database.query(TABLE, pk, begins="N#", limit=10)
    second = database.query(TABLE, pk, begins="N#", limit=10, after=first.next)
    assert [item["sk"] for item in first.items + second.items] == [f"N#{number:03d}" for number in range(20)]
    assert len(every(database, TABLE, pk, begins="N#", limit=10)) == 25
    newest = database.query(TABLE, pk, newest_first=True, limit=2)
    assert [item["sk"] for item in newest.items] == ["Z", "N#024"]
    between = database.query(TABLE, pk, between=("N#003", "N#005"))
    assert [item["sk"] for item in between.items] == ["N#003", "N#004", "N#005"]


def test_an_index_is_read_in_its_own_order_and_paged(database: Database) -> None:
    month = fresh()
    for number in (3, 1, 2):
        item = {"pk": fresh(), "sk": "u", "period_pk": month, "period_sk": f"2026-11-0{number}"}
        database.write(Put(table="ledger", item=item))
    rows = every(database, "ledger", month, index="period", limit=2)
    assert [item["period_sk"] for item in rows] == ["2026-11-01", "2026-11-02", "2026-11-03"]


def test_many_keys_are_read_at_once_and_missing_ones_left_out(database: Database) -> None:
    pk = fresh()
    database.write(Put(table=TABLE, item={"pk": pk, "sk": "a"}))
    found = database.get_many(TABLE, [Key(pk, "a"), Key(pk, "b"), Key(pk, "a")])
    assert found == [{"pk": pk, "sk": "a"}]


def test_of_thirty_who_claim_one_item_exactly_one_wins(emulated: DynamoDatabase) -> None:
    """Only on the emulator: a fake that runs one request at a time proves nothing here."""
    pk = fresh()
    emulated.write(Put(table=TABLE, item={"pk": pk, "sk": "contact", "state": "queued"}))
    won: list[int] = []

    def claim(number: int) -> None:
        mine = Update(table=TABLE, key=Key(pk, "contact"), set={"state": number}, when=(Equals("state", "queued"),))
        seat = Update(table=TABLE, key=Key(pk, f"seat{number}"), add={"units": 1})
        try:
            emulated.transact([mine, seat])
        except ConditionLost:
            return
        won.append(number)

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert emulated.get(TABLE, Key(pk, "contact"))["state"] == won[0]  # type: ignore[index]
    assert len(every(emulated, TABLE, pk, begins="seat")) == 1
