"""Calls to the outside, callbacks, and the agent at the other end."""

from __future__ import annotations

import re

from infra.local.connect.script import Dial, End, Failed, Next, Outcome, Over, Scene, Steps
from infra.local.connect.wishes import Callback

_E164 = re.compile(r"\+[1-9]\d{6,14}")


def update_contact_callback_number(scene: Scene) -> Outcome:
    number = scene.field("CallbackNumber")
    if number is None or not _E164.fullmatch(number):
        return Failed("InvalidCallbackNumber")
    if not scene.stage.dialable(scene.segment, number):
        return Failed("CallbackNumberNotDialable")
    scene.segment.data["CallbackNumber"] = number
    return Next()


def create_callback_contact(scene: Scene) -> Outcome:
    """To the number that was set, else to the caller's own; into the queue named, else the target queue."""
    number = scene.segment.data.get("CallbackNumber") or scene.segment.call.customer
    delay, retry = scene.number("InitialCallDelaySeconds", 0), scene.number("RetryDelaySeconds", 0)
    attempts = scene.number("MaximumConnectionAttempts", 1)
    if not number or delay is None or retry is None or not attempts:
        return Failed(why="no number to call, or a delay that is none")
    callback = Callback(
        number=number,
        delay_s=delay,
        retry_s=retry,
        attempts=attempts,
        queue=scene.field("QueueId"),
        agent=scene.field("AgentId"),
        flow=scene.field("ContactFlowId"),
        caller_id=_caller_id(scene),
    )
    return Next() if scene.stage.call_back(scene.segment, callback) else Failed(why="no callback was made")


def transfer_participant_to_third_party(scene: Scene) -> Steps:
    """With ContinueFlowExecution the flow goes on when the outside leg is over, else success ends it."""
    number = scene.field("ThirdPartyPhoneNumber")
    limit = scene.number("ThirdPartyConnectionTimeLimitSeconds")
    if not number or not _E164.fullmatch(number) or not limit:
        return Failed(why="no number to call, or no time limit")
    returns = scene.flag("ContinueFlowExecution")
    digits = scene.field("ThirdPartyDTMFDigits")
    error = yield Dial(
        number=number, limit_s=limit, returns=returns, caller_id=_caller_id(scene), digits=digits
    )  # fmt: skip
    if error:
        return Failed(error if returns else "NoMatchingError", why=error)
    return Next() if returns else Over(End.THIRD_PARTY)


def complete_outbound_call(scene: Scene) -> Outcome:
    """Dials, in an outbound whisper; a caller id that is undefined takes the error branch."""
    given = scene.given("CallerId") or {}
    caller_id = _caller_id(scene)
    if given.get("Number") is not None and caller_id is None:
        return Failed(why="no caller id")
    if scene.stage.complete_outbound(scene.script, caller_id):
        return Next()
    # The service publishes no error branch for it: a call that cannot be made is over, and the flow with it.
    return Failed(why="not dialled") if scene.action.errors else Over(End.ENDED)


def transfer_contact_to_agent(scene: Scene) -> Outcome:
    return Over(End.AGENT) if scene.stage.to_agent(scene.segment) else Failed(why="no agent to go to")


def update_previous_contact_participant_state(scene: Scene) -> Outcome:
    state = scene.field("PreviousContactParticipantState")
    if state not in ("AgentOnHold", "CustomerOnHold", "OffHold"):
        return Failed(why="no such state")
    return Next() if scene.stage.previous_participant(scene.segment, state) else Failed(why="nobody is there")


def _caller_id(scene: Scene) -> str | None:
    given = scene.given("CallerId") or {}
    number = given.get("Number") if isinstance(given, dict) else given
    return None if number is None else (scene.filled(str(number)) or None)
