"""`manyline call` and `manyline answer`: a customer's telephone on the command line."""

from __future__ import annotations

import signal
import time
from typing import Any

import click

from infra.cli.on_the_line import KEYS, Printer, interactive, stay
from infra.cli.telephone import Door, Line, Unreachable
from infra.cli.texts import Texts

_WAIT_S = 15
_MOST = 100  # calls at once; so many the exchange has lines
_LOOK_S = 0.2


def _keys(_: click.Context, __: click.Parameter, pressed: str) -> str:
    strange = "".join(dict.fromkeys(key for key in pressed if key not in KEYS))
    if strange:
        raise click.BadParameter(f"a telephone has no key for {strange!r}; use 0 to 9, * and #; a comma waits a second")
    return pressed


@click.command()
@click.argument("number")
@click.option(
    "--press", default="", callback=_keys, metavar="KEYS", help="Keys to press, like 1; a comma waits a second: 1,,2."
)
@click.option("--from", "caller", default="+15550123456", show_default=True, help="Your number; empty withholds it.")
@click.option(
    "--say",
    "sayings",
    multiple=True,
    help="What to say once an agent is there or a message is recorded; may be repeated.",
)
@click.option("--times", type=click.IntRange(1, _MOST), default=1, metavar="N", help="So many calls at once.")
@click.option("--hangup-after", "limit_s", type=float, metavar="S", help="Hang up after so many seconds.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line, and a summary at the end.")
@click.option("--url", help="Where the local stack is; found by itself if left out.")
def call(
    number: str,
    press: str,
    caller: str,
    sayings: tuple[str, ...],
    times: int,
    limit_s: float | None,
    as_json: bool,
    url: str | None,
) -> None:
    """Call NUMBER on the local stack and stay on the line until somebody hangs up (Ctrl-C is you).

    On a terminal, type and press Enter: digits are pressed, words are spoken, /hangup hangs up, /line 2 goes to line 2.
    """
    _hang_up_however_this_ends()
    door = Door(url)
    begun: list[tuple[Line, dict[str, Any]]] = []
    try:
        for n in range(1, times + 1):
            view = door.dial(number, caller, press)
            begun.append((Line(door=door, n=n, call=view["call"]), view))
        printer = Printer(as_json=as_json, many=times > 1)
        stay(begun, printer, sayings=sayings, limit_s=limit_s, typed=interactive(as_json))
    except (Unreachable, KeyboardInterrupt) as error:
        _leave(begun)
        raise click.ClickException(str(error) or "interrupted") from error


@click.command()
@click.argument("number", required=False)
@click.option("--within", "within_s", type=float, default=60, show_default=True, metavar="S", help="Wait so long.")
@click.option("--refuse", is_flag=True, help="Refuse instead of answering.")
@click.option("--press", default="", callback=_keys, metavar="KEYS", help="Keys to press; a comma waits a second.")
@click.option(
    "--say",
    "sayings",
    multiple=True,
    help="What to say once an agent is there or a message is recorded; may be repeated.",
)
@click.option("--hangup-after", "limit_s", type=float, metavar="S", help="Hang up after so many seconds.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line, and a summary at the end.")
@click.option("--url", help="Where the local stack is; found by itself if left out.")
def answer(
    number: str | None,
    within_s: float,
    refuse: bool,
    press: str,
    sayings: tuple[str, ...],
    limit_s: float | None,
    as_json: bool,
    url: str | None,
) -> None:
    """Pick up when the centre calls NUMBER (or any number): a callback, a call of an agent's, a transfer to outside, a
    call that nobody dials. Texts that it sends there are printed, too.
    """
    _hang_up_however_this_ends()
    door = Door(url)
    try:
        with Texts(door, number, as_json=as_json):
            ring = _await_ring(door, number, within_s)
            if refuse:
                door.refuse(ring["ring"])
                click.echo(f"{ring['number']} rang and was refused")
                return
            view = door.answer(ring["ring"])
            line = Line(door=door, n=1, call=view["call"])
            if press:
                line.press(press)
            stay([(line, view)], Printer(as_json=as_json), sayings=sayings, limit_s=limit_s, typed=interactive(as_json))
    except Unreachable as error:
        raise click.ClickException(str(error)) from error


def _await_ring(door: Door, number: str | None, within_s: float) -> dict[str, Any]:
    until = time.monotonic() + within_s
    while (left := until - time.monotonic()) > 0:
        rings = [ring for ring in door.ringing(min(_WAIT_S, int(left) + 1)) if number in (None, ring["number"])]
        if rings:
            return rings[0]
        time.sleep(min(_LOOK_S, max(left, 0)))  # another number may ring all the while
    raise Unreachable(f"{f'{number} did not ring' if number else 'no telephone rang'} within {within_s:g} s")


def _leave(begun: list[tuple[Line, dict[str, Any]]]) -> None:
    for line, _ in begun:
        try:
            line.hang_up()
        except Unreachable:
            return  # there is nobody to hang up on


def _hang_up_however_this_ends() -> None:
    """The call must not stay on the line: also when this runs in the background of a script."""
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)
