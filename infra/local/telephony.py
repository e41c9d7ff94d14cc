"""What the simulated telephone network needs of the deployed stack, and the template of the stage does not have.

In the cloud, a stack of its own makes the bucket for recordings, and Connect is where AWS is. Here the bucket is made
at the start, and every function is told where the simulator answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra import naming
from infra.flows import STARTED
from infra.local.connect.library import INSTANCE
from infra.local.home import Ports

RECORDINGS_BUCKET = "manyline-local-recordings"
CONNECT_PATH = "/connect-api"


def surroundings(ports: Ports) -> dict[str, str]:
    """The environment of the functions, beside what their template says."""
    return {
        "CONNECT_ENDPOINT_URL": f"http://127.0.0.1:{ports.front}{CONNECT_PATH}",
        "CONNECT_INSTANCE": INSTANCE.rpartition("/")[2],
        **{f"CONNECT_FLOW_{name.upper()}": flow for name, flow in STARTED.items()},
        "RECORDINGS_BUCKET": RECORDINGS_BUCKET,
        "SITE_URL": f"http://127.0.0.1:{ports.front}",
    }


def prepare(s3: Any, functions: Any, ports: Ports) -> int:
    """Repeatable; how many functions had to be told. A new environment costs a function its warm worker."""
    if RECORDINGS_BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=RECORDINGS_BUCKET)
    wanted = surroundings(ports)
    told = 0
    for page in functions.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            told += _tell(functions, function, wanted)
    return told


def _tell(functions: Any, function: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    if not function["FunctionName"].startswith(naming.function(naming.LOCAL, "")):
        return False
    known = function.get("Environment", {}).get("Variables", {})
    if wanted.items() <= known.items():
        return False
    functions.update_function_configuration(
        FunctionName=function["FunctionName"], Environment={"Variables": {**known, **wanted}}
    )
    return True
