"""What the local stack writes down between two commands: ports, process ids, deployed names, logs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra.local.environment import home


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    front: int = 8080  # pages, API, WebSocket: the one address for people
    emulator: int = 4610
    smtp: int = 2525  # mail to tenants
    relay: int = 2526  # mail from tenants: what SES sends here instead of into the world


class Home:
    """One folder holds one local stack; two folders are two stacks that know nothing of each other."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or home()
        self.run = self.folder / "run"
        self.logs = self.folder / "logs"
        self.state = self.folder / "state"
        self.objects = self.folder / "objects"
        self.scratch = self.folder / "scratch"
        self.assembly = self.folder / "cdk.out"
        self.outputs_file = self.folder / "outputs.json"
        self._ports_file = self.run / "ports.json"
        self._built_file = self.folder / "built.json"

    def prepare(self) -> None:
        for folder in (self.run, self.logs, self.state, self.objects, self.scratch):
            folder.mkdir(parents=True, exist_ok=True)

    def ports(self) -> Ports:
        return Ports(**_read(self._ports_file))

    def keep_ports(self, ports: Ports) -> None:
        _write(self._ports_file, asdict(ports))

    def outputs(self) -> dict[str, str]:
        """Names of deployed things, by output; empty before the first deployment."""
        stacks: dict[str, dict[str, str]] = _read(self.outputs_file)
        return {key: value for outputs in stacks.values() for key, value in outputs.items()}

    def built(self) -> dict[str, Any]:
        return _read(self._built_file)

    def keep_built(self, built: Mapping[str, Any]) -> None:
        _write(self._built_file, built)

    def pid_file(self, name: str) -> Path:
        return self.run / f"{name}.pid"

    def log_file(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return content


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """Whole or not at all: a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(content, indent=1, sort_keys=True))
    os.replace(draft, path)
