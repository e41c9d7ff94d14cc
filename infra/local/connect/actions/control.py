"""Which way a flow takes."""

from __future__ import annotations

from infra.local.connect.script import Case, End, Enter, Failed, Jump, Outcome, Over, Return, Scene, Steps, Until

LONGEST_WAIT_S = 604_800


def compare(scene: Scene) -> Outcome:
    return Case(scene.read(str(scene.given("ComparisonValue"))))


def loop(scene: Scene) -> Outcome:
    """Continues as often as it says, is done once, and then begins anew."""
    count = scene.number("LoopCount")
    if count is None:
        return Failed(why="LoopCount is no number")
    loops, name = scene.script.frame.loops, scene.action.identifier
    seen = loops.get(name, 0)
    loops[name] = seen + 1 if seen < count else 0
    return Case("ContinueLooping" if seen < count else "DoneLooping")


def wait(scene: Scene) -> Steps:
    """Until one of its events comes, or its time is over."""
    seconds = scene.number("TimeLimitSeconds")
    if seconds is None or not 1 <= seconds <= LONGEST_WAIT_S:
        return Failed(why="TimeLimitSeconds is no number of seconds up to a week")
    came = yield Until(tuple(scene.given("Events") or ()), float(seconds))
    return Failed(came) if came == "ParticipantNotFound" else Case(came or "WaitCompleted")


def distribute_by_percentage(scene: Scene) -> Outcome:
    return Case(str(scene.stage.roll()))


def transfer_to_flow(scene: Scene) -> Outcome:
    flow = scene.stage.flow(scene.field("ContactFlowId"))
    return Failed(why="no such flow") if flow is None else Jump(flow)


def end_flow_execution(scene: Scene) -> Outcome:
    return Over(End.ENDED)


def disconnect_participant(scene: Scene) -> Outcome:
    return Over(End.DISCONNECTED)


def invoke_flow_module(scene: Scene) -> Outcome:
    """A module runs with its own input, flow attributes and loops; what it returns picks the branch."""
    results = tuple(condition.operands[0] for condition in scene.action.conditions)
    module = scene.stage.module(scene.field("FlowModuleId"), results)
    if module is None:
        return Failed(why="no such module")
    return Enter(module, scene.filled(scene.given("Input") or {}))


def end_flow_module_execution(scene: Scene) -> Outcome:
    """Its result and its data are read afterwards as `$.Modules.Result` and `$.Modules.ResultData`."""
    return Return(scene.field("Result"), scene.filled(scene.given("ResultData")))
