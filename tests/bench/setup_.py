"""How long `make run` takes on a clean clone, installs included, and again when nothing changed."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measure import ROOT, Line
from tests.fakes.emulator import free_port


def bench() -> Iterator[Line]:
    with tempfile.TemporaryDirectory(prefix="manyline-setup-") as folder:
        clone = Path(folder, "manyline")
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        _move_ports(clone)
        try:
            first = _seconds(clone, "run")
            _seconds(clone, "stop")
            again = _seconds(clone, "run")
        finally:
            _seconds(clone, "stop")
        yield Line(bench="setup.first", value=round(first, 1), unit="s")
        yield Line(
            bench="setup.again",
            value=round(again, 1),
            unit="s",
            baseline=round(first, 1),
            ratio=round(again / first, 3),
        )


def _move_ports(clone: Path) -> None:
    """The clone runs beside whatever is up on this machine: free ports, remembered as a person's choice would be."""
    ports = ", ".join(f'"{name}": {free_port()}' for name in ("front", "emulator", "smtp", "relay"))
    run = clone / ".manyline" / "run"
    run.mkdir(parents=True)
    (run / "ports.json").write_text("{" + ports + "}")


def _seconds(clone: Path, target: str) -> float:
    began = time.perf_counter()
    subprocess.run(["make", "--silent", target], cwd=clone, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began
