"""Background processes: found again, never mistaken, and explained when they cannot start."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
import time
from pathlib import Path

import pytest

from infra.local import deploy, processes
from infra.local.home import Home, Ports


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.prepare()
    return home


def sleeper(home: Home) -> processes.Running:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    return processes.start(home, "sleeper", command, environment=dict(os.environ))


def test_a_started_process_is_found_again_and_stopped(home: Home) -> None:
    started = sleeper(home)
    assert processes.running(home, "sleeper") == started
    assert processes.stop(home, "sleeper")
    assert processes.running(home, "sleeper") is None


def test_stopping_what_does_not_run_says_so(home: Home) -> None:
    assert not processes.stop(home, "sleeper")


def test_a_pid_file_of_a_dead_process_is_forgotten(home: Home) -> None:
    home.pid_file("sleeper").write_text("999999999 12345")
    assert processes.running(home, "sleeper") is None
    assert not home.pid_file("sleeper").exists()


def test_a_stranger_who_got_our_old_process_id_is_left_alone(home: Home) -> None:
    home.pid_file("sleeper").write_text(f"{os.getpid()} 1")
    assert processes.running(home, "sleeper") is None


def test_a_taken_port_names_itself_its_holder_and_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(processes.PortTaken) as refusal:
            processes.demand_free([processes.Wanted(port=port, what="the front door", option="--port")])
    assert f"port {port} (the front door) is taken by process {os.getpid()}" in str(refusal.value)
    assert re.search(r"manyline up --port \d+$", str(refusal.value))


def test_workers_that_outlived_their_emulator_are_ended(home: Home) -> None:
    folder = home.scratch / "worker"
    folder.mkdir()
    command = [sys.executable, "-c", f"import os, time; os.chdir({str(folder)!r}); time.sleep(60)"]
    processes.start(home, "worker", command, environment=dict(os.environ))
    deadline = time.monotonic() + 5
    while not processes.end_those_in(home.scratch) and time.monotonic() < deadline:
        time.sleep(0.05)
    processes._children.pop(int(home.pid_file("worker").read_text().split()[0])).wait()
    assert processes.running(home, "worker") is None


def test_a_machine_without_node_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(deploy.NodeMissing, match=r"install Node\.js 20"):
        deploy.demand_node()


def test_ports_are_remembered_from_one_command_to_the_next(home: Home) -> None:
    home.keep_ports(Ports(front=1, emulator=2, smtp=3, relay=4))
    assert Home(home.folder).ports() == Ports(front=1, emulator=2, smtp=3, relay=4)
