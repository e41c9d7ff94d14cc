"""Step Functions: a state machine of ours, begun and watched by the names of its executions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.aws.clients import client


class Machine:
    def __init__(self, arn: str) -> None:
        self._arn = arn

    def start(self, name: str, question: Mapping[str, Any]) -> None:
        """Begins; one of that name that was begun before goes on."""
        machines = client("stepfunctions")
        try:
            machines.start_execution(stateMachineArn=self._arn, name=name, input=json.dumps(question))
        except machines.exceptions.ExecutionAlreadyExists:
            return

    def running(self, name: str) -> bool:
        machines = client("stepfunctions")
        execution = f"{self._arn.replace(':stateMachine:', ':execution:')}:{name}"
        try:
            return bool(machines.describe_execution(executionArn=execution)["status"] == "RUNNING")
        except machines.exceptions.ExecutionDoesNotExist:
            return False
