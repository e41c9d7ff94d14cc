"""Every store, on the fake and on the emulator: the same suite, the same answers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.table import Database
from tests.fakes.emulator import emulator
from tests.fakes.memory import MemoryDatabase
from tests.fakes.stage import aws, create_tables, environment


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    with emulator() as url:
        yield url


@pytest.fixture(scope="session")
def _tables(endpoint: str) -> Iterator[dict[str, str]]:
    with environment(**aws(endpoint)):
        yield create_tables(endpoint, f"t{uuid.uuid4().hex[:8]}")


@pytest.fixture
def emulated(endpoint: str, _tables: dict[str, str]) -> Iterator[DynamoDatabase]:
    """The emulator's tables are shared by the run; a test keeps apart by its own keys."""
    with environment(**aws(endpoint)):
        yield DynamoDatabase(_tables)


@pytest.fixture(params=["memory", "emulator"])
def database(request: pytest.FixtureRequest) -> Database:
    if request.param == "memory":
        return MemoryDatabase()
    return request.getfixturevalue("emulated")  # type: ignore[no-any-return]
