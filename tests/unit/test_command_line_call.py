"""`manyline call` and `manyline answer`: one line or many, against a door that says what an exchange would say."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from infra.cli import main
from infra.cli.on_the_line import Keyboard
from infra.cli.telephone import Door, Line
from infra.cli.texts import Texts
from tests.fakes.front_door import Asked, FrontDoor, Reply, front_door

SHOP = "+15550100200"


class Exchange:
    """Calls end when somebody hangs up; whoever says "bye" is hung up on."""

    def __init__(self) -> None:
        self.calls: dict[str, dict[str, Any]] = {}
        self.deeds: list[tuple[str, str, Any]] = []
        self.rings: list[dict[str, Any]] = []
        self.busy_after = 100
        self.ends_at_once = True
        self.state, self.recorded = "connected", False
        self.interrupts = False  # Ctrl-C while we listen
        self.texts: list[dict[str, str]] | None = None
        self.last_words = ""  # are heard after the view says that the call is over

    def __call__(self, asked: Asked) -> Reply:
        match asked.path.removeprefix("/try/api/").split("/"):
            case ["calls"]:
                return self._dial(asked.body)
            case ["calls", call]:
                return 200, self._listened(call, int(asked.query["after"]))
            case ["calls", call, deed]:
                return self._act(call, deed, asked.body)
            case ["ringing"]:
                return 200, self.rings
            case ["texts"] if self.texts is not None:
                return 200, self.texts
            case ["ringing", ring, deed]:
                self.deeds.append((ring, deed, asked.body))
                self.rings = []
                return 200, self._begin("answered", SHOP, "+15550123456")
            case _:
                return 404, {"detail": asked.path}

    def _listened(self, call: str, after: int) -> dict[str, Any]:
        view = self._told(self.calls[call], after)
        if self.interrupts:
            self.interrupts = False
            os.kill(os.getpid(), signal.SIGINT)
        if view["state"] == "over" and self.last_words:
            self._heard(call, "note", self.last_words)
            self.last_words = ""
        return view

    def _dial(self, wish: dict[str, str]) -> Reply:
        if len(self.calls) >= self.busy_after:
            return 429, {"detail": "all lines are busy"}
        call = f"call-{len(self.calls) + 1}"
        self.deeds.append((call, "dial", wish))
        return 201, self._begin(call, wish["to"], wish["from"])

    def _begin(self, call: str, to: str, caller: str) -> dict[str, Any]:
        self.calls[call] = {
            "call": call,
            "state": self.state,
            "recorded": self.recorded,
            "direction": "inbound",
            "to": to,
            "from": caller,
            "tenant": "shop",
            "tenant_name": "Luna Shop",
            "contact_id": f"voice-{call}",
            "began_at": "2026-11-23T15:00:00.000Z",
            "ended_at": None,
            "lines": [],
        }
        self._heard(call, "system", "Hello and welcome.")
        view = self._told(self.calls[call], 0)
        if self.ends_at_once:
            self._over(call)
        return view

    def _act(self, call: str, deed: str, wish: dict[str, str]) -> Reply:
        self.deeds.append((call, deed, wish))
        if deed == "hangup" or wish.get("text") == "bye":
            self._over(call)
        return 200, self.calls[call]

    def _over(self, call: str) -> None:
        if self.calls[call]["state"] != "over":
            self._heard(call, "note", "The call is over")
            self.calls[call] |= {"state": "over", "ended_at": "2026-11-23T15:00:12.500Z"}

    def _heard(self, call: str, who: str, text: str) -> None:
        lines = self.calls[call]["lines"]
        lines.append({"n": len(lines) + 1, "at": "2026-11-23T15:00:03.400Z", "who": who, "text": text, "block": ""})

    @staticmethod
    def _told(view: dict[str, Any], after: int) -> dict[str, Any]:
        return {**view, "lines": [line for line in view["lines"] if line["n"] > after]}


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


@pytest.fixture
def door(exchange: Exchange) -> Iterator[FrontDoor]:
    before = {ending: signal.getsignal(ending) for ending in (signal.SIGINT, signal.SIGTERM)}
    with front_door(exchange, public=True) as opened:
        yield opened
    for ending, handler in before.items():
        signal.signal(ending, handler)


def run(door: FrontDoor, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--url", door.url])


def test_a_call_is_read_line_by_line_and_summed_up(door: FrontDoor, exchange: Exchange) -> None:
    done = run(door, "call", SHOP, "--press", "1,,2")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "        * Luna Shop (shop), contact voice-call-1",
        "00:03.4 Hello and welcome.",
        "00:03.4 * The call is over",
        "12.5 s on the line with Luna Shop",
    ]
    assert exchange.deeds == [("call-1", "dial", {"to": SHOP, "from": "+15550123456", "press": "1,,2"})]


def test_one_call_as_json_is_its_lines_and_one_summary(door: FrontDoor) -> None:
    *lines, summary = map(json.loads, run(door, "call", SHOP, "--json").output.splitlines())
    assert [(line["who"], line["text"]) for line in lines] == [
        ("system", "Hello and welcome."),
        ("note", "The call is over"),
    ]
    assert summary == {
        "call": "call-1",
        "contact_id": "voice-call-1",
        "tenant": "shop",
        "tenant_name": "Luna Shop",
        "to": SHOP,
        "from": "+15550123456",
        "state": "over",
        "seconds": 12.5,
    }


def test_many_calls_at_once_are_told_apart_by_their_number(door: FrontDoor, exchange: Exchange) -> None:
    done = run(door, "call", SHOP, "--times", "3")
    assert len(exchange.calls) == 3
    told = done.output.splitlines()
    for n in (1, 2, 3):
        assert [line for line in told if line.startswith(f"[{n}] ")] == [
            f"[{n}]         * Luna Shop (shop), contact voice-call-{n}",
            f"[{n}] 00:03.4 Hello and welcome.",
            f"[{n}] 00:03.4 * The call is over",
            f"[{n}] 12.5 s on the line with Luna Shop",
        ]


def test_many_calls_as_json_are_objects_with_their_line_and_one_summary(door: FrontDoor) -> None:
    *lines, summary = map(json.loads, run(door, "call", SHOP, "--times", "2", "--json").output.splitlines())
    assert sorted((line["line"], line["text"]) for line in lines) == [
        (1, "Hello and welcome."),
        (1, "The call is over"),
        (2, "Hello and welcome."),
        (2, "The call is over"),
    ]
    assert (summary["times"], summary["seconds"]) == (2, 12.5)
    assert [call["contact_id"] for call in summary["calls"]] == ["voice-call-1", "voice-call-2"]


def test_when_one_of_many_is_refused_none_stays_on_the_line(door: FrontDoor, exchange: Exchange) -> None:
    exchange.busy_after, exchange.ends_at_once = 2, False
    done = run(door, "call", SHOP, "--times", "3")
    assert (done.exit_code, done.stderr) == (1, "Error: all lines are busy\n")
    assert {call["state"] for call in exchange.calls.values()} == {"over"}


def test_who_has_said_enough_hangs_up_by_himself(door: FrontDoor, exchange: Exchange) -> None:
    exchange.ends_at_once = False
    assert run(door, "call", SHOP, "--hangup-after", "0").exit_code == 0
    assert exchange.deeds[1:] == [("call-1", "hangup", {})]


def test_ctrl_c_hangs_up_and_the_end_is_still_heard(door: FrontDoor, exchange: Exchange) -> None:
    exchange.ends_at_once, exchange.interrupts = False, True
    done = run(door, "call", SHOP, "--times", "2")
    assert done.exit_code == 0, done.output
    assert {call["state"] for call in exchange.calls.values()} == {"over"}
    assert {f"[{n}] 12.5 s on the line with Luna Shop" for n in (1, 2)} <= set(done.output.splitlines())


def test_the_last_words_may_come_after_the_end(door: FrontDoor, exchange: Exchange) -> None:
    exchange.last_words = "The caller is gone"
    assert "* The caller is gone" in run(door, "call", SHOP).output


def test_what_there_is_to_say_is_said_once_somebody_is_there(door: FrontDoor, exchange: Exchange) -> None:
    exchange.ends_at_once = False
    assert run(door, "call", SHOP, "--say", "hello", "--say", "bye").exit_code == 0
    assert exchange.deeds[1:] == [("call-1", "say", {"text": "hello"}), ("call-1", "say", {"text": "bye"})]


def test_what_there_is_to_say_is_said_to_a_machine_that_records_it(door: FrontDoor, exchange: Exchange) -> None:
    exchange.ends_at_once, exchange.state, exchange.recorded = False, "menu", True
    assert run(door, "call", SHOP, "--say", "Please call me", "--say", "bye").exit_code == 0
    assert [deed[2] for deed in exchange.deeds[1:]] == [{"text": "Please call me"}, {"text": "bye"}]


def test_nothing_is_said_to_a_menu(door: FrontDoor, exchange: Exchange) -> None:
    exchange.ends_at_once, exchange.state = False, "menu"
    assert run(door, "call", SHOP, "--say", "hello", "--hangup-after", "0").exit_code == 0
    assert [deed[1] for deed in exchange.deeds[1:]] == ["hangup"]


@pytest.mark.parametrize("command", [["call", SHOP], ["answer"]])
def test_a_key_that_no_telephone_has_is_refused_before_anything_is_dialled(
    door: FrontDoor, exchange: Exchange, command: list[str]
) -> None:
    done = run(door, *command, "--press", "1,A?A")
    assert done.exit_code == 2
    assert "a telephone has no key for 'A?'; use 0 to 9, * and #" in done.stderr
    assert not exchange.deeds


def test_without_a_stack_the_caller_is_told_how_to_get_one() -> None:
    done = CliRunner().invoke(main, ["call", SHOP, "--url", "http://127.0.0.1:9"])
    assert (done.exit_code, "start it with `make run`" in done.stderr) == (1, True)


@pytest.fixture
def keyboard(door: FrontDoor, exchange: Exchange) -> Keyboard:
    exchange.ends_at_once = False
    lines = []
    for n in (1, 2):
        view = Door(door.url).dial(SHOP, "", "")
        lines.append(Line(door=Door(door.url), n=n, call=view["call"]))
    exchange.deeds.clear()
    return Keyboard(lines)


def test_what_is_typed_is_pressed_or_said_on_the_line_one_is_on(keyboard: Keyboard, exchange: Exchange) -> None:
    keyboard.read(["1\n", "12,,#\n", "\n", "Where is my lamp?\n", "/line 2\n", "3\n", "/hangup\n"])
    assert exchange.deeds == [
        ("call-1", "keys", {"keys": "1"}),
        ("call-1", "keys", {"keys": "12,,#"}),
        ("call-1", "say", {"text": "Where is my lamp?"}),
        ("call-2", "keys", {"keys": "3"}),
        ("call-2", "hangup", {}),
    ]


@pytest.mark.parametrize(
    ("typed", "told"),
    [("/line 3", "there is no line '3', but 1, 2"), ("/line", "there is no line ''"), ("/help", "/hangup to hang up")],
)
def test_what_cannot_be_typed_is_said_and_not_sent(
    keyboard: Keyboard, exchange: Exchange, capsys: pytest.CaptureFixture[str], typed: str, told: str
) -> None:
    keyboard.read([typed])
    assert told in capsys.readouterr().err
    assert not exchange.deeds


def test_a_telephone_that_rings_is_picked_up(door: FrontDoor, exchange: Exchange) -> None:
    exchange.rings = [{"ring": "r1", "number": "+15557770001"}, {"ring": "r2", "number": SHOP}]
    exchange.ends_at_once = False
    done = run(door, "answer", SHOP, "--say", "Hello?", "--say", "bye", "--press", "1")
    assert done.exit_code == 0, done.output
    assert exchange.deeds == [
        ("r2", "answer", {}),
        ("answered", "keys", {"keys": "1"}),
        ("answered", "say", {"text": "Hello?"}),
        ("answered", "say", {"text": "bye"}),
    ]
    assert "00:03.4 Hello and welcome." in done.output


def test_a_telephone_that_rings_may_be_refused(door: FrontDoor, exchange: Exchange) -> None:
    exchange.rings = [{"ring": "r1", "number": SHOP}]
    done = run(door, "answer", "--refuse")
    assert (done.exit_code, done.output) == (0, f"{SHOP} rang and was refused\n")
    assert exchange.deeds == [("r1", "refuse", {})]


def test_when_no_telephone_rings_nobody_waits_for_ever(door: FrontDoor) -> None:
    done = run(door, "answer", SHOP, "--within", "0")
    assert (done.exit_code, done.stderr) == (1, f"Error: {SHOP} did not ring within 0 s\n")
    assert run(door, "answer", "--within", "0").stderr == "Error: no telephone rang within 0 s\n"


def text(id: str, number: str, words: str) -> dict[str, str]:
    return {"id": id, "number": number, "text": words}


@pytest.mark.parametrize("as_json", [False, True])
def test_the_newest_text_of_whoever_answers_is_printed_once_and_not_among_what_a_program_reads(
    door: FrontDoor, exchange: Exchange, as_json: bool
) -> None:
    link = "Burst pipe. Acknowledge: http://127.0.0.1:8080/ack/1"
    exchange.texts = [text("t1", SHOP, "old"), text("t2", SHOP, link), text("t3", "+15550109999", "somebody else's")]
    exchange.rings = [{"ring": "r1", "number": SHOP}]
    done = run(door, "answer", SHOP, *(["--json"] if as_json else []))
    printed, other = (done.stderr, done.stdout) if as_json else (done.stdout, done.stderr)
    assert printed.count(f"a text for {SHOP}: {link}") == 1
    assert "a text for" not in other
    assert "old" not in printed
    assert "somebody else's" not in printed


def test_a_text_that_arrives_while_he_waits_is_printed_once(
    door: FrontDoor, exchange: Exchange, capsys: pytest.CaptureFixture[str]
) -> None:
    exchange.texts = [text("t0", SHOP, "old"), text("t1", SHOP, "the newest")]
    with Texts(Door(door.url), SHOP, as_json=False) as reader:
        exchange.texts.append(text("t2", SHOP, "new"))
        reader.look()
        reader.look()
    told = [line.rpartition(": ")[2] for line in capsys.readouterr().out.splitlines()]
    assert told == ["the newest", "new"]
