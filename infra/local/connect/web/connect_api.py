"""Amazon Connect's own API over HTTP: addresses, shapes and errors are those of botocore's model of the service.

Whoever asks must have signed with the credentials of this machine's stack; a page in a browser cannot.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from botocore.model import OperationModel

from infra.flows import FLOWS
from infra.local.connect.api.contacts import DIALS, Contacts
from infra.local.connect.api.model import WrongAnswer, WrongShape, gathered, matched
from infra.local.connect.api.numbers import Numbers, fictional
from infra.local.connect.api.service import Rate, Refused, Service, status, unfit
from infra.local.connect.api.users import Users
from infra.local.connect.library import INSTANCE
from infra.local.connect.web.simulator import Simulator
from infra.local.environment import LOCAL_CREDENTIALS
from infra.local.telephony import CONNECT_PATH as PATH

INSTANCE_ID = INSTANCE.rpartition("/")[2]
# The keys of this machine: those of our own processes, and the account's number, which the emulator gives to functions.
_KEYS = frozenset({LOCAL_CREDENTIALS["AWS_ACCESS_KEY_ID"], INSTANCE.split(":")[4]})
_SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/,]+)/\d{8}/[^/]+/connect/aws4_request,")

log = logging.getLogger("connect")


class ConnectApi:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        # Not bound yet: the exchange begins with the door's loop, and flow files change.
        self._contacts = Contacts(lambda: simulator.on, lambda: simulator.renew())
        self._numbers = Numbers(tick=simulator.tick, register=simulator.register, offers=fictional(), flows=FLOWS)
        users = Users(register=simulator.register)
        # Whoever administers is held to the quotas; a call in a test of many at once is not.
        limited = {*self._numbers.operations, *users.operations}
        self._service = Service(self._contacts, self._numbers, users, rate=Rate(simulator.tick), limited=limited)

    def routes(self) -> list[web.RouteDef]:
        return [web.route("*", f"{PATH}/{{rest:.*}}", self.ask)]

    async def ask(self, request: web.Request) -> web.Response:
        operation: OperationModel | None = None
        try:
            _demand_credentials(request)
            path = request.rel_url.raw_path.removeprefix(PATH)
            found = matched(request.method, path)
            if found is None:
                raise Refused("UnknownOperationException", f"{request.method} {path} is not simulated here")
            operation, labels = found
            if operation.name == DIALS:
                self._contacts.claimed = await asyncio.to_thread(self._claimed)
            body = await _body(request, operation)
            return web.json_response(self._answer(operation, gathered(operation, labels, request.query, body)))
        except WrongShape as wrong:
            assert operation is not None, "only a question to an operation has a shape"
            return _refusal(unfit(operation, wrong), operation)
        except Refused as refused:
            return _refusal(refused, operation)

    def _answer(self, operation: OperationModel, words: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self._service.ask(operation, words)
        except WrongAnswer as wrong:
            log.exception("an answer that Amazon Connect cannot give")
            raise Refused("InternalServiceException", str(wrong)) from wrong

    def _claimed(self) -> set[str]:
        """Every number of a client is the instance's, and every one that was claimed."""
        held = {line.phone for line in list(self._numbers.lines.values()) if line.outcome == "CLAIMED"}
        return held | {number["phone"] for number in self._simulator.numbers() if number["tenant"]}


def _demand_credentials(request: web.Request) -> None:
    signed = _SIGNED.match(request.headers.get("Authorization", ""))
    if signed is None or signed[1] not in _KEYS:
        raise Refused(
            "UnrecognizedClientException", "The security token included in the request is not of this machine's stack"
        )


async def _body(request: web.Request, operation: OperationModel) -> Mapping[str, Any]:
    raw = await request.read()
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise unfit(operation, WrongShape("the body is no JSON object"))
    return body


def _refusal(refused: Refused, operation: OperationModel | None) -> web.Response:
    return web.json_response(
        {"Message": str(refused)},
        status=status(operation, refused.error),
        headers={"x-amzn-ErrorType": refused.error},
    )
