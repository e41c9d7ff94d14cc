"""New code into the running functions in under a second, while somebody edits them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import chalice
from chalice import app as chalice_app

from infra.layout import FUNCTIONS, ROOT, TEMPLATES
from infra.local import deploy, telephony
from infra.local.home import Home

WATCHED = (FUNCTIONS / "app.py", FUNCTIONS / "chalicelib", TEMPLATES)
EVERY_S = 0.3
# What decides the template: routes, their authorizers, and the names of functions.
_SHAPE = """
import json, app
routes = sorted(f"{verb} {path} {bool(entry.authorizer)}" for path, verbs in app.app.routes.items()
                for verb, entry in verbs.items())
named = sorted(h.name for h in app.app.pure_lambda_functions) + sorted(app.app.websocket_handlers)
print(json.dumps([routes, named]))
"""


def watch(home: Home, say: deploy.Say) -> None:
    """Runs until interrupted."""
    seen, shape = snapshot(), _shape()
    say("watching functions/ and templates/")
    while True:
        time.sleep(EVERY_S)
        now = snapshot()
        if now == seen:
            continue
        changed = sorted(path.relative_to(ROOT).as_posix() for path, _ in now ^ seen)
        seen = now
        say(f"changed: {', '.join(dict.fromkeys(changed))}")
        new_shape = _shape()
        if isinstance(new_shape, Broken):
            say(f"not taken, it does not load:\n{new_shape.why}")
        elif new_shape != shape:
            say("routes or functions changed: deploying, which takes some seconds")
            deploy.deploy(home, say)
            telephony.prepare(deploy.client(home, "s3"), deploy.client(home, "lambda"), home.ports())
            shape = new_shape
        else:
            began = time.monotonic()
            count = push(home)
            say(f"{count} functions run the new code ({time.monotonic() - began:.2f} s)")


class Broken:
    def __init__(self, why: str) -> None:
        self.why = why


def snapshot() -> set[tuple[Path, int]]:
    files = [found for place in WATCHED for found in ([place] if place.is_file() else place.rglob("*"))]
    return {
        (file, file.stat().st_mtime_ns)
        for file in files
        if file.is_file() and "__pycache__" not in file.parts and not file.name.startswith(".")
    }


def push(home: Home) -> int:
    """All functions share one zip, as Chalice packages them."""
    code = package()
    client = deploy.client(home, "lambda")
    names = [
        function["FunctionName"]
        for page in client.get_paginator("list_functions").paginate()
        for function in page["Functions"]
        if function["FunctionName"].startswith("manyline-")
    ]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: client.update_function_code(FunctionName=name, ZipFile=code), names))
    return len(names)


def package() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file, name in contents():
            archive.write(file, name)
    return held.getvalue()


def contents() -> Iterator[tuple[Path, str]]:
    for module in (chalice, chalice_app):
        yield Path(str(module.__file__)), f"chalice/{Path(str(module.__file__)).name}"
    yield FUNCTIONS / "app.py", "app.py"
    for root, below in ((FUNCTIONS / "chalicelib", "chalicelib"), (TEMPLATES, "templates")):
        for file in sorted(root.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file, f"{below}/{file.relative_to(root).as_posix()}"


def _shape() -> list[list[str]] | Broken:
    """In a process of its own: the code under edit may be broken, and must be read anew each time."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", _SHAPE], cwd=FUNCTIONS, capture_output=True, text=True, check=False
    )
    if done.returncode:
        return Broken("\n".join(done.stderr.strip().splitlines()[-4:]))
    shape: list[list[str]] = json.loads(done.stdout)
    return shape
