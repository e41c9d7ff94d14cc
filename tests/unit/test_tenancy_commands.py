"""`manyline tenants`, as far as it needs no stage."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from chalicelib.tenancy.service.files import BadFiles, write_file
from chalicelib.tenancy.service.onboarding import Onboarding
from chalicelib.tenancy.store.tenants import TenantStore
from infra.cli.tenants import apply_all, read, tenants
from tests.fakes.clock import MONDAY
from tests.fakes.memory import MemoryDatabase
from tests.fakes.tenants import FOLDER, text_of


def test_the_samples_are_good() -> None:
    result = CliRunner().invoke(tenants, ["check"])
    assert (result.exit_code, result.output) == (0, "clinic: good\nplumber: good\nshop: good\n")


def test_mistakes_go_to_the_error_output_one_a_line_and_fail_the_command(tmp_path: Path) -> None:
    bad = tmp_path / "shop.toml"
    bad.write_text(text_of("shop").replace('"multichannel"', '"multi"').replace("percent = 80", "percent = 800"))
    result = CliRunner().invoke(tenants, ["check", str(bad)])
    assert result.exit_code == 1
    assert result.stdout == ""
    *mistakes, last = result.stderr.splitlines()
    assert len(mistakes) == 3
    assert all(mistake.startswith(f"{bad}:") for mistake in mistakes)
    assert last == "Error: 3 mistakes; nothing was changed"


def test_a_folder_is_applied_once_and_then_not_again() -> None:
    database = MemoryDatabase()
    onboarding = Onboarding(TenantStore(database))
    wanted = read([FOLDER])
    assert apply_all(onboarding, wanted, MONDAY) == ["clinic", "plumber", "shop"]
    database.requests.clear()
    assert apply_all(onboarding, wanted, MONDAY) == []
    assert "transact" not in database.requests


def test_what_is_exported_is_applied_without_a_change(tmp_path: Path) -> None:
    onboarding = Onboarding(TenantStore(MemoryDatabase()))
    apply_all(onboarding, read([FOLDER]), MONDAY)
    for tenant in onboarding.live():
        (tmp_path / f"{tenant}.toml").write_text(write_file(onboarding.export(tenant)))
    assert apply_all(onboarding, read([tmp_path]), MONDAY) == []


def test_a_file_that_is_not_utf_8_is_told_and_not_crashed_on(tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    file.write_bytes(text_of("shop").replace("Luna Shop", "Lün\x00a").encode("latin-1"))
    with pytest.raises(BadFiles):
        read([file])
