"""Which way a flow takes."""

from __future__ import annotations

from infra.local.connect.script import Case, End, Failed, Jump, Outcome, Over, Pause, Scene, Steps


def compare(scene: Scene) -> Outcome:
    return Case(scene.read(str(scene.given("ComparisonValue"))))


def loop(scene: Scene) -> Outcome:
    """Continues as often as it says, is done once, and then begins anew."""
    count = scene.field("LoopCount")
    if count is None or not count.isdecimal():
        return Failed(why="LoopCount is no number")
    seen = scene.script.loops.get(scene.action.identifier, 0)
    if seen < int(count):
        scene.script.loops[scene.action.identifier] = seen + 1
        return Case("ContinueLooping")
    scene.script.loops[scene.action.identifier] = 0
    return Case("DoneLooping")


def wait(scene: Scene) -> Steps:
    seconds = scene.field("TimeLimitSeconds")
    if seconds is None or not seconds.isdecimal():
        return Failed(why="TimeLimitSeconds is no number")
    yield Pause(float(seconds))
    return Case("WaitCompleted")


def distribute_by_percentage(scene: Scene) -> Outcome:
    return Case(str(scene.stage.roll()))


def transfer_to_flow(scene: Scene) -> Outcome:
    flow = scene.stage.flow(scene.field("ContactFlowId"))
    return Failed(why="no such flow") if flow is None else Jump(flow)


def end_flow_execution(scene: Scene) -> Outcome:
    return Over(End.ENDED)


def disconnect_participant(scene: Scene) -> Outcome:
    return Over(End.DISCONNECTED)
