"""What is installed where: the same versions for tests and for Lambdas, and no more than a Lambda needs."""

from __future__ import annotations

import re
import tomllib

import pytest

from infra.constructs.layers import LOCKS
from infra.layout import FUNCTIONS, ROOT
from infra.local import reload

PIN = re.compile(r"^([a-z0-9-]+)(?:\[[a-z]+\])?==([\w.]+)", re.MULTILINE)


def pins(text: str) -> dict[str, str]:
    return dict(PIN.findall(text))


def declared() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return pins("\n".join([*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]))


@pytest.mark.parametrize("layer", ["runtime", "render"])
def test_a_layer_holds_the_versions_that_the_tests_run_with(layer: str) -> None:
    wanted = pins((LOCKS / f"{layer}.in").read_text())
    assert wanted.items() <= declared().items()
    assert wanted.items() <= pins((LOCKS / f"{layer}.txt").read_text()).items()


def test_the_locks_hold_what_is_declared() -> None:
    assert declared().items() <= pins((ROOT / "requirements.lock").read_text()).items()


def test_every_package_of_a_lock_is_pinned_by_its_content() -> None:
    for lock in [ROOT / "requirements.lock", ROOT / "requirements-emulator.lock", *LOCKS.glob("*.txt")]:
        text = lock.read_text()
        assert len(PIN.findall(text)) > 0
        assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z])", text) if "==" in block), lock.name


def test_chalice_installs_nothing_by_itself() -> None:
    assert not (FUNCTIONS / "requirements.txt").exists(), "what Lambdas import belongs into functions/layers/*.in"


def test_code_that_is_reloaded_is_packed_like_code_that_is_deployed() -> None:
    names = {name for _, name in reload.contents()}
    assert {"app.py", "chalice/app.py", "chalicelib/aws/settings.py", "templates/flows/inbound.json"} <= names
    assert not [name for name in names if "__pycache__" in name]
