"""API Gateway's way to a WebSocket that is open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.aws.clients import client
from chalicelib.aws.settings import endpoint_url, region


class Push:
    def __init__(self, api: str, stage: str) -> None:
        self._api = api
        self._stage = stage

    def send(self, connection: str, payload: Mapping[str, Any]) -> bool:
        """False when the connection is gone. Raises when it is there and the message could not be handed over."""
        body = json.dumps(payload, separators=(",", ":")).encode()
        try:
            self._client.post_to_connection(ConnectionId=connection, Data=body)
        except self._client.exceptions.GoneException:
            return False
        return True

    @property
    def _client(self) -> Any:
        return client("apigatewaymanagementapi", self._endpoint)

    @property
    def _endpoint(self) -> str:
        if emulator := endpoint_url():
            return f"{emulator}/_aws/execute-api/{self._api}/{self._stage}"
        return f"https://{self._api}.execute-api.{region()}.amazonaws.com/{self._stage}"
