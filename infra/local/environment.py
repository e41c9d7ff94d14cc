"""The environment of this machine: the only file of infra that reads or writes it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from infra.layout import ROOT

REGION = "us-east-1"
LOCAL_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}

# What a process of ours may inherit. Anything else (profiles, certificates, AWS_*) could reach a Lambda by accident.
_INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TERM", "TMPDIR", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")


def home() -> Path:
    """Where the local stack keeps its state; MANYLINE_HOME moves it, as the tests do."""
    return Path(os.environ.get("MANYLINE_HOME") or ROOT / ".manyline")


def default_region() -> None:
    """Chalice asks botocore for a region while it packages, though nothing in the package depends on it."""
    if not (os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")):
        os.environ["AWS_DEFAULT_REGION"] = REGION


def bare() -> dict[str, str]:
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}


def on_emulator(endpoint: str) -> dict[str, str]:
    """The environment of a process that talks to the emulator and to nothing else."""
    return {
        **bare(),
        **LOCAL_CREDENTIALS,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "MANYLINE_HOME": str(home()),
    }


def adopt(variables: Mapping[str, str]) -> None:
    """Makes this process see a stage as its Lambdas do."""
    for stale in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE") if "AWS_ENDPOINT_URL" in variables else ():
        os.environ.pop(stale, None)
    os.environ.update(variables)
