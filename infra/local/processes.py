"""Background processes of the local stack: started once, found again, stopped politely."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.layout import ROOT
from infra.local.home import Home

# Those started by this very process, which is their parent and must take their leave; usually another one stops them.
_children: dict[int, subprocess.Popen[bytes]] = {}


class PortTaken(Exception):
    """Names the port, who holds it where that can be known, and the way out."""


class DiedAtStart(Exception):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    pid: int
    name: str


def running(home: Home, name: str) -> Running | None:
    """The process that we started under this name, if it lives and is still ours; a stale pid file is removed."""
    pid_file = home.pid_file(name)
    try:
        pid_text, _, born = pid_file.read_text().strip().partition(" ")
    except FileNotFoundError:
        return None
    # A process id alone is not enough: after a reboot it may be somebody else's.
    if born and _birth(int(pid_text)) == born:
        return Running(pid=int(pid_text), name=name)
    pid_file.unlink(missing_ok=True)
    return None


def start(home: Home, name: str, command: Sequence[str], *, environment: Mapping[str, str]) -> Running:
    with home.log_file(name).open("ab") as log:
        process = subprocess.Popen(
            list(command),
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[process.pid] = process
    home.pid_file(name).write_text(f"{process.pid} {_birth(process.pid)}")
    return Running(pid=process.pid, name=name)


def stop(home: Home, name: str, *, patience_s: float = 30) -> bool:
    """Asks to stop, waits, and only then insists. False if it did not run."""
    found = running(home, name)
    if found is None:
        return False
    os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + patience_s
    while _birth(found.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    if _birth(found.pid):
        os.kill(found.pid, signal.SIGKILL)
    if child := _children.pop(found.pid, None):
        child.wait()
    home.pid_file(name).unlink(missing_ok=True)
    return True


def end_those_in(folder: Path) -> int:
    """Ends what still works inside a folder of ours. Where there is no /proc they are left to end by themselves."""
    ended = 0
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if Path(os.readlink(link).removesuffix(" (deleted)")).is_relative_to(folder.resolve()):
                os.kill(int(link.parent.name), signal.SIGKILL)
                ended += 1
        except OSError:
            continue
    return ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    port: int
    what: str  # for people: "the front door"
    option: str  # of `manyline up`, to choose another


def demand_free(wanted: Sequence[Wanted]) -> None:
    """Raises PortTaken with every port that is not free, and one command that avoids them all."""
    taken = [want for want in wanted if not _free(want.port)]
    if not taken:
        return
    lines = [f"port {want.port} ({want.what}) is taken{_holder(want.port)}" for want in taken]
    busy = {want.port for want in wanted}
    others = []
    for want in taken:
        other = next(port for port in range(want.port + 1, 65_536) if port not in busy and _free(port))
        busy.add(other)
        others.append(f"{want.option} {other}")
    raise PortTaken("\n".join([*lines, f"Stop that, or choose another: .venv/bin/manyline up {' '.join(others)}"]))


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def last_lines(path: Path, count: int = 15) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-count:])
    except FileNotFoundError:
        return ""


def _birth(pid: int) -> str:
    """A mark of this very process: its start time; empty when it is gone (a zombie is gone)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "" if Path("/proc/self/stat").exists() else _birth_by_ps(pid)
    return "" if stat[0] == "Z" else stat[19]


def _birth_by_ps(pid: int) -> str:
    """Where there is no /proc (macOS)."""
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "-".join(shown.stdout.split())


def _holder(port: int) -> str:
    """`by python (pid 123)` where the kernel says so."""
    inode = _listening_inode(port)
    if not inode:
        return ""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if any(os.readlink(handle) == f"socket:[{inode}]" for handle in (folder / "fd").iterdir()):
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                return f" by process {folder.name}: {words[:80]}"
        except OSError:
            continue
    return ""


def _listening_inode(port: int) -> str:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except FileNotFoundError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                return fields[9]
    return ""
