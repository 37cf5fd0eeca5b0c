"""The scorecard's charts, as PNG files in docs/."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

from bench.policy import OURS, mean_of

DOCS = Path(__file__).parents[1] / "docs"


def draw(cards: list[dict[str, Any]]) -> list[Path]:
    """What missions cost in offers, and whether estimated chances come true."""
    size = cards[0]["volunteers"]
    paths = [DOCS / f"policy_cost_{size}.png", DOCS / f"policy_calibration_{size}.png"]
    _draw_cost(cards[0], paths[0])
    _draw_calibration(cards, paths[1])
    return paths


def _draw_cost(card: dict[str, Any], path: Path) -> None:
    figure, (cost, spread) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    for policy, runs in card["policies"].items():
        look = {"marker": "*", "s": 140} if policy == OURS else {"marker": "o", "s": 50}
        cost.scatter(mean_of(runs, "alerts_per_fill"), mean_of(runs, "fill"), label=policy, **look)
        spread.scatter(mean_of(runs, "gini"), mean_of(runs, "monthly"), **look)
    cost.axhline(card["bound"]["fill"], linestyle="--", linewidth=1, color="grey", label="bound")
    cost.set(xscale="log", xlabel="offers for each mission filled", ylabel="missions filled, %")
    spread.set(xlabel="Gini of missions (0: all alike)", ylabel="with a mission a month, %")
    figure.suptitle(f"{card['volunteers']:,} volunteers, {card['per_day']:g} requests a day")
    figure.legend(loc="outside lower center", ncols=4)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _draw_calibration(cards: list[dict[str, Any]], path: Path) -> None:
    figure, axes = plt.subplots(figsize=(5, 4.5), layout="constrained")
    axes.plot([0, 1], [0, 1], linestyle="--", linewidth=1, color="grey")
    for card in cards:
        points = sorted(p for run in card["policies"][OURS] for p in run["calibration"])
        tenths = sorted({min(int(10 * p[0]), 9) for p in points})
        means = [[p for p in points if min(int(10 * p[0]), 9) == k] for k in tenths]
        total = [sum(p[2] for p in group) for group in means]
        axes.plot(
            [sum(p[0] * p[2] for p in g) / n for g, n in zip(means, total, strict=True)],
            [sum(p[1] * p[2] for p in g) / n for g, n in zip(means, total, strict=True)],
            marker="o",
            label=card["setting"],
        )
    axes.set(xlabel="chance of a yes estimated at the first look", ylabel="filled")
    axes.legend()
    figure.savefig(path, dpi=110)
    plt.close(figure)
