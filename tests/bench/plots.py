"""`python -m tests.bench.plots [fairness|pooling]`: the pictures of the routing studies, as SVG in tests/bench/plots.

Two runs write the same bytes. The pictures bring paper and ink of their own, and take the dark ones where the reader's
system is dark.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from statistics import fmean

import matplotlib as mpl

from chalicelib.routing.service.study import Study, study
from tests.bench import routing_fair, routing_pool
from tests.bench.routing_cases import (
    OTHERS,
    RULES,
    STORM,
    STORM_DAY,
    STORM_FROM,
    STORM_UNTIL,
    side_by_side,
    storm,
)

mpl.use("svg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

FOLDER = Path(__file__).resolve().parent / "plots"

# Each colour is drawn as in light and becomes a variable: name → (light, dark).
COLOURS = {
    "paper": ("#fdfdfe", "#12161c"),
    "ink": ("#1d2530", "#e4e9f0"),
    "faint": ("#8a94a2", "#7d8896"),
    "grid": ("#e2e6ec", "#2a323d"),
    "rule": ("#0b63c5", "#6cb0ff"),
    "deadlines": ("#c4431c", "#ff9066"),
    "reserve": ("#8a6a00", "#e0b93c"),
    "storm": ("#f4ece1", "#2a231b"),
}
INK, FAINT, GRID = (COLOURS[name][0] for name in ("ink", "faint", "grid"))
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "manyline",
    "font.family": "sans-serif",
    "font.sans-serif": ["Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.titlecolor": INK,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": GRID,
    "figure.facecolor": COLOURS["paper"][0],
}
NAMES = {"rule": "the rule", "deadlines": "deadlines alone", "reserve": "reserve alone"}


def main(*which: str) -> None:
    mpl.rcParams.update(STYLE)
    FOLDER.mkdir(exist_ok=True)
    for name, draw in {"fairness": fairness, "pooling": pooling}.items():
        if not which or name in which:
            (FOLDER / f"{name}.svg").write_text(_svg(draw()))
            print(FOLDER / f"{name}.svg")


def fairness() -> Figure:
    """Service level by ten minutes through the storm of experiment b."""
    with side_by_side() as each:
        found = {name: study(storm("b", terms), routing_fair.DAYS, each) for name, terms in RULES.items()}
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.2, 3.7), sharey=True, layout="constrained")
    figure.get_layout_engine().set(wspace=0.06)
    _through_the_storm(left, found, OTHERS)
    _through_the_storm(right, found, (STORM,))
    left.set_title("the other nineteen clients", loc="left")
    right.set_title("the client with the storm, five times its forecast", loc="left")
    left.set_ylabel("answered within target, of offered")
    handles, labels = left.get_legend_handles_labels()
    right.legend(handles, labels, frameon=False, loc="center left", bbox_to_anchor=(0.28, 0.62))
    return figure


def _through_the_storm(axes: Axes, found: dict[str, Study], clients: tuple[str, ...]) -> None:
    step = next(iter(found.values())).scenario.interval_s
    starts = [number * step for number in range(int(STORM_DAY / step))]
    axes.axvspan(STORM_FROM / 60, STORM_UNTIL / 60, color=COLOURS["storm"][0], linewidth=0)
    for name, days in found.items():
        levels = [
            fmean(days.service_level(client, since=start, until=start + step).mean for client in clients)
            for start in starts
        ]
        middles = [(start + step / 2) / 60 for start in starts]
        axes.plot(middles, levels, color=COLOURS[name][0], linewidth=2.2, label=NAMES[name])
    axes.set(xlim=(0, STORM_DAY / 60), ylim=(-0.02, 1.03), xlabel="minutes; storm from 60 to 180")
    axes.set_xticks(range(0, 241, 60))
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0], ["0", "20 %", "40 %", "60 %", "80 %", "100 %"])
    axes.grid(axis="y")
    axes.set_axisbelow(True)


def pooling() -> Figure:
    """Agents needed by how many clients each of them knows."""
    with side_by_side() as each:
        needed = routing_pool.agents_needed(each)
    exact = routing_pool.exact_agents()
    known = list(needed)
    places = range(len(known))
    every = [needed[one].every for one in known]
    figure, axes = plt.subplots(figsize=(7.2, 3.7), layout="constrained")
    axes.plot(places, every, color=COLOURS["rule"][0], linewidth=2.2, marker="o", markersize=7)
    for place, agents in zip(places, every, strict=True):
        saved = 100 * (1 - agents / every[0])
        label = f"{agents}" if place == 0 else f"{agents}  (−{saved:.0f} %)"
        axes.annotate(label, (place, agents), xytext=(4, 9), textcoords="offset points", fontweight="bold")
    for value, words in ((exact[1], "exact, twenty pools of their own"), (exact[20], "exact, one pool for all")):
        axes.axhline(value, color=FAINT, linestyle=(0, (4, 3)), linewidth=1.2, zorder=0)
        at_right = value == exact[1]
        axes.annotate(
            f"{words}: {value}",
            (1 if at_right else 0, value),
            xycoords=("axes fraction", "data"),
            xytext=(-4 if at_right else 4, -5 if at_right else 5),
            textcoords="offset points",
            ha="right" if at_right else "left",
            va="top" if at_right else "bottom",
            color=INK,
            fontsize=10,
        )
    axes.set(ylim=(170, 252), xlim=(-0.3, len(known) - 0.2), xlabel="clients that each agent knows")
    axes.set_ylabel("agents for 80 % in 20 s")
    axes.set_xticks(list(places), [str(one) if one < 20 else "all 20" for one in known])
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    return figure


def _svg(figure: Figure) -> str:
    """With variables for colours, and without a date."""
    written = io.StringIO()
    figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    text = written.getvalue()
    for name, (light, _) in COLOURS.items():
        text = text.replace(light, f"var(--{name})")
    text = text.replace('<g id="figure_1">', f'{_styles()}\n <g id="figure_1">', 1)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _styles() -> str:
    light, dark = ("".join(f"--{name}:{pair[shade]};" for name, pair in COLOURS.items()) for shade in (0, 1))
    return f"<style>svg{{{light}}}@media(prefers-color-scheme:dark){{svg{{{dark}}}}}</style>"


if __name__ == "__main__":
    main(*sys.argv[1:])
