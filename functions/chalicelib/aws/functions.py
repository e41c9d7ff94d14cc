"""Lambda: another function of ours, asked and waited for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.aws.clients import client
from chalicelib.kernel.errors import Unavailable


class Function:
    def __init__(self, name: str) -> None:
        self._name = name

    def ask(self, question: Mapping[str, Any]) -> Any:
        """Raises Unavailable where the function failed; its own log says why."""
        answer = client("lambda").invoke(FunctionName=self._name, Payload=json.dumps(question).encode())
        if "FunctionError" in answer:
            raise Unavailable(self._name)
        return json.loads(answer["Payload"].read())
