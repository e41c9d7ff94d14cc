"""A flow asks our Lambda."""

from __future__ import annotations

import json
from typing import Any

from infra.local.connect.script import Ask, Failed, Next, Reply, Scene, Script, Steps

MOST_ANSWER_BYTES = 32 * 1024
LONGEST_S = 8
LONGEST_LATER_S = 60


def invoke_lambda_function(scene: Scene) -> Steps:
    """The answer replaces `$.External` entirely; whatever Connect would not take is the error branch."""
    function = scene.field("LambdaFunctionARN")
    if not function:
        return Failed(why="no function")
    attributes = scene.texts("LambdaInvocationAttributes")
    kind = (scene.given("ResponseValidation") or {}).get("ResponseType", "STRING_MAP")
    if scene.given("InvocationType") == "ASYNCHRONOUS":
        return _later(scene, Ask(function, attributes, _limit(scene, LONGEST_LATER_S)), kind)
    reply = yield Ask(function, attributes, _limit(scene, LONGEST_S))
    if why := reply.failed or unusable(reply.value, kind):
        return Failed(why=why)
    scene.script.external = reply.value
    return Next()


def _limit(scene: Scene, most: int) -> int:
    return min(scene.number("InvocationTimeLimitSeconds", most) or most, most)


def _later(scene: Scene, question: Ask, kind: str) -> Next:
    """The flow goes on at once; `$.LambdaInvocation` holds the id, and the answer under `Result` once it came.

    The name `Result` is ours: the service's own is not documented.
    """
    script = scene.script
    asked: dict[str, object] = {}
    script.found["LambdaInvocation"] = asked
    asked["InvocationId"] = scene.stage.ask(script, question, lambda reply: _arrived(script, asked, reply, kind))
    return Next()


def _arrived(script: Script, asked: dict[str, object], reply: Reply, kind: str) -> None:
    """An answer to an invocation that another has replaced since is not read any more."""
    if script.found.get("LambdaInvocation") is asked and not (reply.failed or unusable(reply.value, kind)):
        asked["Result"] = reply.value


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
