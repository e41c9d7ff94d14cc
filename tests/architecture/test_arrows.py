"""The arrows of the house hold, and each contract that says so can fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# contract → (file, forbidden line): each on its own must be caught, and by this contract
VIOLATIONS = {
    "planes": ("functions/chalicelib/contacts/service.py", "import chalicelib.routing.model.seat"),
    "billing": ("functions/chalicelib/billing/model/ledger.py", "import chalicelib.routing.model.seat"),
    "dialects": ("functions/chalicelib/channels/chat/model/__init__.py", "import chalicelib.channels.email.model"),
    "rooms": ("functions/chalicelib/contacts/model/contact.py", "import chalicelib.contacts.service"),
    "pure": ("functions/chalicelib/routing/model/seat.py", "import boto3"),
    "doors": ("functions/chalicelib/routing/doors/timeouts.py", "import chalicelib.aws.dynamo"),
    "aws": ("functions/chalicelib/aws/queues.py", "import chalicelib.contacts.model.contact"),
    "infra": ("functions/chalicelib/kernel/ids.py", "import infra.stage"),
}


def lint(root: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    chosen = [argument for contract in contracts for argument in ("--contract", contract)]
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", *chosen],
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root}/functions:{root}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("arrows")
    ignore = shutil.ignore_patterns("__pycache__", "node_modules", ".chalice", "layers", "vendor")
    shutil.copytree(ROOT / "functions", root / "functions", ignore=ignore)
    shutil.copytree(ROOT / "infra", root / "infra", ignore=ignore)
    shutil.copy(ROOT / ".importlinter", root / ".importlinter")
    return root


def test_the_house_keeps_its_arrows(tree: Path) -> None:
    result = lint(tree)
    assert result.returncode == 0, result.stdout


def test_every_contract_has_a_violation_that_proves_it() -> None:
    config = ConfigParser()
    config.read(ROOT / ".importlinter")
    contracts = {name.rpartition(":")[2] for name in config.sections() if ":contract:" in name}
    assert contracts == set(VIOLATIONS)


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_the_contract_fails_when_it_is_broken(tree: Path, contract: str) -> None:
    name, line = VIOLATIONS[contract]
    file = tree / name
    before = file.read_text()
    try:
        file.write_text(f"{before}\n{line}\n")
        result = lint(tree, contract)
    finally:
        file.write_text(before)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "BROKEN" in result.stdout
