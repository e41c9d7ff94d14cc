"""A flow asks our Lambda."""

from __future__ import annotations

import json
from typing import Any

from infra.local.connect.script import Ask, Failed, Next, Scene, Steps

MOST_ANSWER_BYTES = 32 * 1024


def invoke_lambda_function(scene: Scene) -> Steps:
    """The answer replaces `$.External` entirely; whatever Connect would not take is the error branch."""
    function = scene.field("LambdaFunctionARN")
    if not function:
        return Failed(why="no function")
    limit = int(scene.field("InvocationTimeLimitSeconds") or 8)
    reply = yield Ask(function, scene.texts("LambdaInvocationAttributes"), limit)
    if reply.failed:
        return Failed(why=reply.failed)
    kind = (scene.given("ResponseValidation") or {}).get("ResponseType", "STRING_MAP")
    if why := unusable(reply.value, kind):
        return Failed(why=why)
    scene.script.external = reply.value
    return Next()


def unusable(value: Any, kind: str) -> str:
    """Why Connect would not take this answer; empty if it would."""
    if len(json.dumps(value).encode()) > MOST_ANSWER_BYTES:
        return "the answer is over 32 KB"
    if not isinstance(value, dict):
        return "the answer is no object"
    if kind == "STRING_MAP":
        strange = sorted(name for name, inner in value.items() if not isinstance(inner, str))
        if strange:
            return f"the answer holds more than text: {', '.join(strange)}"
    return ""
