"""The samples of a local stack that has another port than the usual one."""

from __future__ import annotations

from infra.cli.tenants import FOLDER, read
from infra.local.seed import fingerprint, here

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


def test_a_stack_that_moves_to_another_port_is_seeded_again() -> None:
    assert fingerprint(8080) != fingerprint(4321)
