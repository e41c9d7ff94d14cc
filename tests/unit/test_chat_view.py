"""What the visitor's side may see."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels.chat.model.opening import Opening, named, spoken
from chalicelib.channels.chat.model.view import frame, ink_on, seen_by_visitor
from chalicelib.kernel.errors import Invalid


def said(**message: Any) -> dict[str, Any]:
    whole = {"n": 4, "at": "2026-11-23T09:00:00.000Z", "by": "agent:maria", "kind": "text", "client_id": "a1"}
    return {
        "type": "message",
        "tenant": "shop",
        "contact_id": "c1",
        "n": 4,
        "message": {**whole, **message},
        "contact": {"visitor": "conn-1"},
    }


def test_a_note_among_agents_never_reaches_the_visitor() -> None:
    assert frame(said(kind="note", text="customer is difficult")) is None


def test_the_visitor_does_not_see_which_agent_writes() -> None:
    pushed = frame(said(text="Hello"))
    assert pushed is not None
    assert "maria" not in repr(pushed)
    assert pushed["message"] == {"n": 4, "at": "2026-11-23T09:00:00.000Z", "by": "agent", "text": "Hello"}


def test_the_visitor_gets_back_the_id_of_their_own_message_and_of_no_other() -> None:
    own = seen_by_visitor(said(by="customer", text="Hi", client_id="c1")["message"])
    assert own is not None
    assert own["client_id"] == "c1"


def test_a_message_too_long_for_a_frame_is_announced_and_fetched() -> None:
    pushed = frame(said(text="ä" * 20_000))
    assert pushed == {"v": 1, "stream": "chat:c1", "seq": 4, "poke": True}


@pytest.mark.parametrize(
    ("kind", "state", "shown"),
    [("connected", "connected", "active"), ("ended", "ended", "ended"), ("abandoned", "abandoned", "ended")],
)
def test_the_visitor_is_told_when_an_agent_comes_and_when_it_is_over(kind: str, state: str, shown: str) -> None:
    told = {"type": "fact", "contact_id": "c1", "seq": 5, "fact": {"kind": kind}, "contact": {"state": state}}
    assert frame(told) == {"v": 1, "stream": "chat:c1", "version": 5, "state": shown}


@pytest.mark.parametrize("kind", ["offered", "requeued", "held", "resumed", "wrapped"])
def test_what_goes_on_at_the_desk_is_not_the_visitors_affair(kind: str) -> None:
    told = {"type": "fact", "contact_id": "c1", "seq": 5, "fact": {"kind": kind}, "contact": {"state": "queued"}}
    assert frame(told) is None


@given(st.text())
def test_text_is_kept_as_it_was_written_or_refused(text: str) -> None:
    if text.strip():
        assert spoken(text) == text
    else:
        with pytest.raises(Invalid):
            spoken(text)


def test_a_message_of_more_than_4000_characters_is_refused() -> None:
    assert spoken("x" * 4_000)
    with pytest.raises(Invalid):
        spoken("x" * 4_001)


@pytest.mark.parametrize("client_id", ["", "a b", "x" * 65, "né", "a\n"])
def test_an_id_that_is_none_is_refused(client_id: str) -> None:
    with pytest.raises(Invalid):
        named(client_id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"session": "too-short"},
        {"session": "a session with blanks in it"},
        {"email": "jana"},
        {"email": "jana@example.com\nBcc: all@example.com"},
        {"email": "<script>@example.com"},
        {"name": "Jana\nSubject: x"},
    ],
)
def test_an_opening_that_cannot_be_used_is_refused_by_field(wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refusal:
        Opening(**{"key": "wk_luna_7d41c09e", "session": "a-session-of-a-widget-1", **wrong})
    assert refusal.value.field == next(iter(wrong))


def test_a_name_may_be_written_in_any_script() -> None:
    for name in ("Jana Müller", "علی‌رضا", "山田太郎", "O'Neil 👩‍🚒"):
        assert Opening(key="k", session="a-session-of-a-widget-1", name=name).name == name


@given(st.integers(0, 0xFFFFFF))
def test_text_on_the_clients_colour_can_always_be_read(colour: int) -> None:
    written = f"#{colour:06x}"
    assert _contrast(written, ink_on(written)) >= 4.5  # WCAG AA


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
