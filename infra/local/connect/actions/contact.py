"""What a flow sets on the contact, and where it sends it."""

from __future__ import annotations

from infra.local.connect.script import End, Failed, Next, Outcome, Over, Scene

MOST_ATTRIBUTE_BYTES = 32 * 1024
MOST_TAGS = 6


def update_contact_attributes(scene: Scene) -> Outcome:
    """All or nothing; an attribute that would be empty, or too much in all, takes the error branch."""
    after = {**scene.segment.attributes, **scene.texts("Attributes")}
    if any(value == "" for value in scene.texts("Attributes").values()):
        return Failed(why="an attribute would be empty")
    if sum(len(name.encode()) + len(value.encode()) for name, value in after.items()) > MOST_ATTRIBUTE_BYTES:
        return Failed(why="attributes over 32 KB")
    scene.segment.attributes.update(after)
    return Next()


def update_flow_attributes(scene: Scene) -> Outcome:
    for name, value in (scene.given("FlowAttributes") or {}).items():
        text = scene.text(str(value["Value"] if isinstance(value, dict) else value))
        scene.script.flow_attributes[name] = text
    return Next()


def update_contact_data(scene: Scene) -> Outcome:
    for name in ("Name", "Description", "LanguageCode", "CustomerId"):
        if scene.given(name) is not None:
            scene.segment.data[name] = scene.text(str(scene.given(name)))
    return Next()


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


def update_contact_target_queue(scene: Scene) -> Outcome:
    aimed = scene.stage.aim(scene.segment, queue=scene.field("QueueId"), agent=scene.field("AgentId"))
    return Next() if aimed else Failed(why="no such queue or agent")


def transfer_contact_to_queue(scene: Scene) -> Outcome:
    """Success ends the flow: `NextAction` mirrors the error branch."""
    if scene.segment.target is None:
        return Failed(why="no target queue is set")
    if scene.stage.queue_full(scene.segment):
        return Failed("QueueAtCapacity")
    return Over(End.QUEUED)


def dequeue_contact_and_transfer_to_queue(scene: Scene) -> Outcome:
    """Connect wants a looping prompt to have run in this flow before."""
    if "MessageParticipantIteratively" not in scene.script.ran:
        return Failed(why="no looping prompt came before")
    return scene.stage.requeue(scene.segment, queue=scene.field("QueueId"), agent=scene.field("AgentId"))


def update_contact_routing_behavior(scene: Scene) -> Outcome:
    if priority := scene.field("QueuePriority"):
        scene.segment.priority = int(priority)
    elif seconds := scene.field("QueueTimeAdjustmentSeconds"):
        scene.segment.head_start_s = int(seconds)
    return Next()


def update_contact_event_hooks(scene: Scene) -> Outcome:
    for hook, reference in scene.texts("EventHooks").items():
        if scene.stage.flow(reference) is None:
            return Failed(why="no such flow")
        scene.segment.hooks[hook] = reference
    return Next()


def update_contact_text_to_speech_voice(scene: Scene) -> Outcome:
    voice = scene.field("TextToSpeechVoice")
    if not voice:
        return Failed(why="no voice")
    scene.segment.data["TextToSpeechVoiceId"] = voice
    return Next()


def unheard(scene: Scene) -> Outcome:
    """Recording and logging have no effect that a caller could hear."""
    return Next()
