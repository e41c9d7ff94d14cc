"""Every store, on the fake and on the emulator: the same suite, the same answers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest

from chalicelib.aws import clients
from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.table import Database
from chalicelib.kernel.ids import TenantId
from chalicelib.tenancy.model.form import Name
from chalicelib.tenancy.model.tenant import Tenant
from tests.fakes.counting_house import CountingHouse
from tests.fakes.emulator import emulator
from tests.fakes.memory import MemoryDatabase
from tests.fakes.stage import aws, create_tables, environment, every_setting
from tests.fakes.usage import CONTRACT, company, terms


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


@pytest.fixture
def stage(endpoint: str, _tables: dict[str, str]) -> Iterator[None]:
    """Wiring as it is in a Lambda of a stage, and nothing of it kept from or for other tests."""
    tables = {f"table_{name}": table for name, table in _tables.items()}
    with environment(**aws(endpoint), **every_setting(**tables, bucket_documents="documents")):
        clients.client("s3").create_bucket(Bucket="documents")
        yield


@pytest.fixture
def shop() -> Tenant:
    """A client and a series of its own: the emulator's tables are shared by the run."""
    name = f"shop-{uuid.uuid4().hex[:8]}"
    contract = replace(CONTRACT, series=Name(f"s{uuid.uuid4().hex[:8]}"))
    priced = terms(base="100.00", per_minute="1.00", tax="19")
    return replace(company(TenantId(name), plan=priced, team=name), contract=contract)


@pytest.fixture
def house(database: Database, shop: Tenant) -> CountingHouse:
    return CountingHouse(database, shop)
