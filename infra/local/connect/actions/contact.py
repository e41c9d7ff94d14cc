"""What a flow sets on the contact."""

from __future__ import annotations

from infra.local.connect.parties import Segment
from infra.local.connect.script import Failed, Next, Outcome, Scene
from infra.local.connect.wishes import Recording, Task

MOST_ATTRIBUTE_BYTES = 32 * 1024
MOST_TAGS = 6
_DATA = ("Name", "Description", "LanguageCode", "CustomerId", "WisdomSessionArn")


def update_contact_attributes(scene: Scene) -> Outcome:
    """All or nothing; an attribute that would be empty, or too much in all, takes the error branch."""
    target = _target(scene)
    if target is None:
        return Failed(why="no related contact")
    given = scene.texts("Attributes")
    if "" in given or "" in given.values():
        return Failed(why="an attribute would be empty")
    after = {**target.attributes, **given}
    if sum(len(name.encode()) + len(value.encode()) for name, value in after.items()) > MOST_ATTRIBUTE_BYTES:
        return Failed(why="attributes over 32 KB")
    target.attributes.update(given)
    return Next()


def update_flow_attributes(scene: Scene) -> Outcome:
    """They live as long as this flow, and no other sees them."""
    for name, value in (scene.given("FlowAttributes") or {}).items():
        text = scene.text(str(value["Value"] if isinstance(value, dict) else value))
        scene.script.frame.attributes[name] = text
    return Next()


def update_contact_data(scene: Scene) -> Outcome:
    """All or nothing: a field whose reference is undefined changes none."""
    target = _target(scene)
    if target is None:
        return Failed(why="no related contact")
    after = {name: scene.text(str(scene.given(name))) for name in _DATA if scene.given(name) is not None}
    if "" in after.values():
        return Failed(why="a field would be empty")
    target.data.update(after)
    if references := scene.given("References"):
        scene.script.found["References"] = {**scene.script.found.get("References", {}), **scene.filled(references)}
    return Next()


def _target(scene: Scene) -> Segment | None:
    """The contact itself, or the one before it in its chain."""
    return scene.segment.previous if scene.given("TargetContact") == "Related" else scene.segment


def tag_contact(scene: Scene) -> Outcome:
    after = {**scene.segment.tags, **scene.texts("Tags")}
    if len(after) > MOST_TAGS or any(value == "" for value in after.values()):
        return Failed(why="too many tags, or an empty one")
    scene.segment.tags = after
    scene.stage.tagged(scene.segment)
    return Next()


def untag_contact(scene: Scene) -> Outcome:
    gone = set(scene.given("TagKeys") or ())
    scene.segment.tags = {name: value for name, value in scene.segment.tags.items() if name not in gone}
    scene.stage.tagged(scene.segment)
    return Next()


def update_contact_event_hooks(scene: Scene) -> Outcome:
    """One that is switched off in the configuration is taken away."""
    settings = scene.given("EventHooksConfiguration") or {}
    for hook, reference in scene.texts("EventHooks").items():
        if str((settings.get(hook) or {}).get("DisableExecution", "false")).lower() == "true":
            scene.segment.hooks.pop(hook, None)
        elif scene.stage.flow(reference or None) is None:
            return Failed(why="no such flow")
        else:
            scene.segment.hooks[hook] = reference
    return Next()


def update_contact_text_to_speech_voice(scene: Scene) -> Outcome:
    voice = scene.field("TextToSpeechVoice")
    if not voice:
        return Failed(why="no voice")
    scene.segment.data["TextToSpeechVoiceId"] = voice
    return Next()


def update_contact_recording(scene: Scene) -> Outcome:
    """Who is recorded from now on; an empty list of participants stops it."""
    wanted = scene.filled(scene.given("RecordingBehavior") or scene.given("VoiceBehavior") or {})
    analytics = scene.filled(scene.given("AnalyticsBehavior") or {})
    recording = Recording(
        participants=tuple(wanted.get("RecordedParticipants") or ()),
        ivr=str(wanted.get("IVRRecordingBehavior", "Disabled")) == "Enabled",
        analytics=str(analytics.get("Enabled", "False")).lower() == "true",
    )
    return Next() if scene.stage.record(scene.segment, recording) else Failed(why="cannot be recorded")


def update_contact_media_streaming(scene: Scene) -> Outcome:
    """What streams is read under `$.MediaStreams`, which the stage knows."""
    on = scene.field("MediaStreamingState") == "Enabled"
    participants = tuple(str(name) for name in _names(scene.filled(scene.given("Participants") or [])))
    if scene.stage.stream(scene.segment, participants, on=on):
        return Next()
    return Failed(why="cannot be streamed")


def _names(participants: list[object]) -> list[object]:
    return [one.get("ParticipantType") if isinstance(one, dict) else one for one in participants]


def create_task(scene: Scene) -> Outcome:
    """Read afterwards as `$.Task.ContactId`."""
    name = scene.text(str(scene.given("Name") or ""))
    if not name:
        return Failed(why="a task without a name")
    task = Task(
        name=name,
        description=scene.text(str(scene.given("Description") or "")),
        flow=scene.field("ContactFlowId"),
        attributes=scene.texts("Attributes"),
        references=scene.filled(scene.given("References") or {}),
    )
    made = scene.stage.create_task(scene.script, task)
    if made is None:
        return Failed(why="no task was made")
    scene.script.found["Task"] = {"ContactId": made}
    return Next()


def unheard(scene: Scene) -> Outcome:
    """Logging has no effect that a caller could hear."""
    return Next()
