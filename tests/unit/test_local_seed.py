"""The samples of a local stack that has another port than the usual one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.tenancy.model.calls import Accounts, Orders, WebAddress
from infra.cli.tenants import FOLDER, read
from infra.local.seed import here

SAMPLES = read([FOLDER])


def origins(port: int) -> set[str]:
    return {
        origin for tenant in here(SAMPLES, port) for widget in tenant.entry_points.widgets for origin in widget.origins
    }


def test_at_the_usual_port_the_samples_are_what_their_files_say() -> None:
    assert here(SAMPLES, 8080) == SAMPLES


def test_at_another_port_the_chat_may_be_shown_there_and_the_clients_own_sites_stay() -> None:
    moved = origins(4321)
    assert {"http://localhost:4321", "http://127.0.0.1:4321", "https://www.luna-shop.example"} <= moved
    assert not any(origin.endswith(":8080") for origin in moved)


@pytest.mark.parametrize(
    ("url", "moved"),
    [
        ("http://127.0.0.1:8080/try/orders/shop", "http://127.0.0.1:4321/try/orders/shop"),
        ("http://localhost:8080/try/orders/shop", "http://localhost:4321/try/orders/shop"),
        ("https://orders.luna-shop.example/8080", "https://orders.luna-shop.example/8080"),
    ],
)
def test_at_another_port_a_stand_in_is_asked_there_and_a_clients_own_system_stays(url: str, moved: str) -> None:
    address = WebAddress(url)
    [tenant] = here([replace(SAMPLES[0], orders=Orders(url=address), accounts=Accounts(url=address))], 4321)
    assert tenant.orders == Orders(url=WebAddress(moved))
    assert tenant.accounts == Accounts(url=WebAddress(moved))


def test_the_own_systems_of_a_sample_client_are_the_front_door_of_this_machine() -> None:
    moved = here(SAMPLES, 4321)
    orders = {tenant.id: tenant.orders.url for tenant in moved if tenant.orders is not None}
    assert orders == {"shop": "http://127.0.0.1:4321/try/orders/shop"}
    accounts = {tenant.id: tenant.accounts.url for tenant in moved if tenant.accounts is not None}
    assert accounts == {"shop": "http://127.0.0.1:4321/try/accounts/shop"}


def test_what_moved_once_can_move_again_and_back() -> None:
    moved = here(SAMPLES, 4321)
    assert here(moved, 5555, was=4321) == here(SAMPLES, 5555)
    assert here(moved, 8080, was=4321) == SAMPLES
