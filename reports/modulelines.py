"""Lines of many modules on one pair of axes: a few named in colours of their own, the rest grey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's palette without its yellow, each colour with a marker of its own.
STYLES = (
    ("#0072B2", "o"),
    ("#D55E00", "s"),
    ("#009E73", "^"),
    ("#CC79A7", "D"),
    ("#56B4E9", "v"),
    ("#E69F00", "P"),
    ("#000000", "X"),
    ("#7F7F7F", "*"),
)
OTHERS = "#B8C0C8"


def columns(table: object) -> NDArray[np.float64]:
    """Values as they come from JSON: one row a point, one column a module; None is NaN.

    Raises ``ValueError`` for anything else.
    """
    values = np.array(table, dtype=np.float64)
    if values.ndim != 2:
        raise ValueError("values by point and module are due")
    return values


def draw_module_lines(
    axes: Axes,
    lines: Mapping[int, tuple[Sequence[float] | NDArray[np.float64], NDArray[np.float64]]],
    *,
    named: Sequence[int],
    marked: bool = False,
    dashed: bool = False,
) -> None:
    """One line a module, x and y by its position; ``dashed`` ones have no entry in the legend."""
    for position, (xs, ys) in lines.items():
        is_named = position in named
        colour, marker = STYLES[named.index(position)] if is_named else (OTHERS, "o")
        axes.plot(
            xs,
            ys,
            color=colour,
            marker=marker if marked and is_named else "",
            linestyle="--" if dashed else "-",
            zorder=2 if is_named else 1,
            label=str(position) if is_named and not dashed else None,
        )


def named_of(positions: Sequence[int], *, foremost: Mapping[int, float] | None = None) -> list[int]:
    """The modules with a colour of their own: all, or of many the foremost."""
    if len(positions) <= len(STYLES) or foremost is None:
        return sorted(positions)[: len(STYLES)]
    by_weight = sorted(positions, key=lambda position: (-foremost.get(position, 0.0), position))
    return sorted(by_weight[: len(STYLES)])


def draw_module_legend(axes: Axes, *, named: Sequence[int], everyone: int) -> None:
    """Below the axes, who has which colour."""
    if named:
        axes.legend(
            title="Module" if len(named) == everyone else "Module (others grey)",
            title_fontsize=8,
            loc="upper center",
            bbox_to_anchor=(0.5, -0.18),
            ncols=min(len(named), len(STYLES)),
            handletextpad=0.2,
            columnspacing=1.0,
        )
