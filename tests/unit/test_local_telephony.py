"""What the functions of the local stack are told of the simulated telephone network, and when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.local.home import Ports
from infra.local.telephony import RECORDINGS_BUCKET, prepare, surroundings


class Functions:
    def __init__(self, **environments: dict[str, str]) -> None:
        self.environments = environments
        self.told: list[str] = []

    def get_paginator(self, name: str) -> Functions:
        assert name == "list_functions"
        return self

    def paginate(self) -> Iterator[dict[str, Any]]:
        for name, variables in self.environments.items():
            environment = {"Environment": {"Variables": variables}} if variables else {}
            yield {"Functions": [{"FunctionName": name.replace("_", "-", 2), **environment}]}

    def update_function_configuration(self, *, FunctionName: str, Environment: dict[str, Any]) -> None:  # noqa: N803
        self.told.append(FunctionName)
        self.environments[FunctionName.replace("-", "_", 2)] = Environment["Variables"]


class Buckets:
    def __init__(self) -> None:
        self.made: list[str] = []

    def list_buckets(self) -> dict[str, Any]:
        return {"Buckets": [{"Name": name} for name in self.made]}

    def create_bucket(self, *, Bucket: str) -> None:  # noqa: N803  boto3's name
        assert Bucket not in self.made
        self.made.append(Bucket)


def test_every_function_of_ours_learns_where_connect_answers_and_keeps_what_it_knew() -> None:
    functions, buckets = Functions(manyline_local_a={"KEPT": "1"}, manyline_local_b={}, somebody_elses={}), Buckets()
    assert prepare(buckets, functions, Ports()) == 2
    assert functions.environments["manyline_local_a"] == {
        "KEPT": "1",
        "CONNECT_ENDPOINT_URL": "http://127.0.0.1:8080/connect-api",
        "CONNECT_INSTANCE": "00000000-0000-4000-8000-000000000001",
        "CONNECT_FLOW_DISPATCH": "DispatchFlowArn",
        "RECORDINGS_BUCKET": RECORDINGS_BUCKET,
        "SITE_URL": "http://127.0.0.1:8080",
    }
    assert functions.environments["manyline_local_b"] == surroundings(Ports())
    assert functions.environments["somebody_elses"] == {}
    assert buckets.made == [RECORDINGS_BUCKET]


def test_who_knows_it_already_keeps_his_warm_worker_and_a_new_port_is_told() -> None:
    functions, buckets = Functions(manyline_local_a={}), Buckets()
    prepare(buckets, functions, Ports())
    assert prepare(buckets, functions, Ports()) == 0
    assert functions.told == ["manyline-local-a"]
    assert prepare(buckets, functions, Ports(front=4321)) == 1
    assert functions.environments["manyline_local_a"]["CONNECT_ENDPOINT_URL"] == "http://127.0.0.1:4321/connect-api"
