"""Starts the emulator and says honestly what a hard stop cost."""

from __future__ import annotations

import json
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from infra.layout import ROOT
from infra.local import processes
from infra.local.environment import bare
from infra.local.home import Home

NAME = "emulator"
PYTHON = ROOT / ".venv-emulator" / "bin" / "python"
PATIENCE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What a stop without goodbye may have cost."""

    kept_until: datetime
    orphans: tuple[str, ...]  # objects newer than the tables: their rows were lost

    def __str__(self) -> str:
        moment = self.kept_until.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        lines = [
            f"The emulator was not stopped cleanly (killed, or a power cut). Tables and queues are as of {moment}:",
            "what was written after that is lost; what was under way then is delivered again.",
        ]
        if self.orphans:
            shown = ", ".join(self.orphans[:5]) + (" …" if len(self.orphans) > 5 else "")
            lines.append(
                f"{len(self.orphans)} stored object(s) are newer than the tables and may have lost their rows: {shown}"
            )
        return "\n".join(lines)


def url(home: Home) -> str:
    return f"http://127.0.0.1:{home.ports().emulator}"


def start(home: Home) -> Loss | None:
    """Returns what was lost, if the last stop was not a clean one. The caller has kept the ports already."""
    loss = lost(home)
    processes.end_those_in(home.scratch)  # workers of a killed emulator would go on writing into the next one
    shutil.rmtree(home.scratch, ignore_errors=True)  # unpacked code of workers that died with their emulator
    home.prepare()
    command = [str(PYTHON), "-m", "infra.local.emulator.process", str(home.state)]
    started = processes.start(home, NAME, command, environment=_environment(home))
    _wait(home, started)
    return loss


def lost(home: Home) -> Loss | None:
    try:
        note = json.loads((home.state / "checkpoint.json").read_text())
    except FileNotFoundError:
        return None
    if note["clean"]:
        return None
    kept = datetime.fromtimestamp(note["at"], UTC)
    return Loss(kept_until=kept, orphans=tuple(sorted(_newer(home.objects, note["at"]))))


def _newer(objects: Path, moment: float) -> Iterator[str]:
    for file in objects.rglob("*"):
        name = file.relative_to(objects).as_posix()
        if file.is_file() and file.stat().st_mtime > moment and not name.startswith(("cdk-", ".")):
            yield name


def _environment(home: Home) -> dict[str, str]:
    ports = home.ports()
    return {
        **bare(),
        "TMPDIR": str(home.scratch),
        "GATEWAY_PORT": str(ports.emulator),
        "BIND_HOST": "127.0.0.1",  # the default is the whole network
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(home.state),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(home.objects),
        "SMTP_HOST": f"127.0.0.1:{ports.relay}",
        "LAMBDA_WARM_TTL_SECONDS": "3600",
        "LOG_LEVEL": "WARNING",
    }


def _wait(home: Home, started: processes.Running) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url(home)}/_ministack/ready", timeout=2) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        if processes.running(home, NAME) is None:
            break
        time.sleep(0.05)
    raise processes.DiedAtStart(
        f"the emulator (pid {started.pid}) did not come up; the end of {home.log_file(NAME)}:\n"
        + processes.last_lines(home.log_file(NAME))
    )
