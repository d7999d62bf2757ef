"""Plots the results of `benchmarks.decode`: milliseconds per page over the error rate, one line per decoder."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

_WIDTH, _HEIGHT, _MARGIN, _LEGEND = 420, 340, 60, 250  # pixels; the legend is on the right
_COLOURS = (
    "#c1121f",
    "#e07a5f",
    "#2a6f97",
    "#61a5c2",
    "#386641",
    "#81b29a",
    "#6d597a",
    "#b56576",
    "#8d6b00",
    "#555555",
)
_LABEL_DISTANCE = 15  # pixels between two labels

_Scale = Callable[[float, float], tuple[float, float]]


def draw(title: str, errors: Sequence[float], milliseconds: Mapping[str, Sequence[float]]) -> str:
    """Returns an SVG with a logarithmic time axis.

    Args:
        errors: error rates, ascending.
        milliseconds: times of each decoder, one per error rate.
    """
    times = [time for line in milliseconds.values() for time in line]
    low, high = 10 ** math.floor(math.log10(min(times))), 10 ** math.ceil(math.log10(max(times)))

    def at(error: float, time: float) -> tuple[float, float]:
        height = math.log(time / low) / math.log(high / low)
        return _MARGIN + _WIDTH * error / max(errors), _MARGIN + _HEIGHT * (1 - height)

    marks = [
        base * factor
        for base in (10**power for power in range(round(math.log10(low)), round(math.log10(high))))
        for factor in (1, 2, 5)
    ]
    grid = "".join(
        f'<path d="M{_MARGIN} {at(0, mark)[1]:.0f}h{_WIDTH}" stroke="#ddd"/>'
        f'<text x="{_MARGIN - 6}" y="{at(0, mark)[1] + 4:.0f}" text-anchor="end">{mark}</text>'
        for mark in [*marks, high]
    )
    error_labels = "".join(
        f'<text x="{at(error, low)[0]:.0f}" y="{_MARGIN + _HEIGHT + 18}" text-anchor="middle">{error:.0%}</text>'
        for error in errors
    )
    width, height = _MARGIN + _WIDTH + _LEGEND, _HEIGHT + 2 * _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
        f'font-size="12"><rect width="{width}" height="{height}" fill="white"/>'
        f'<text x="{_MARGIN}" y="24" font-size="14">{title}</text>{grid}{error_labels}'
        f'<text x="{_MARGIN + _WIDTH / 2:.0f}" y="{height - 10}" text-anchor="middle">characters misread</text>'
        f"{_lines(errors, milliseconds, at)}</svg>\n"
    )


def _lines(errors: Sequence[float], milliseconds: Mapping[str, Sequence[float]], at: _Scale) -> str:
    parts, label = [], -math.inf
    ranked = sorted(milliseconds.items(), key=lambda entry: -entry[1][-1])
    for number, (name, times) in enumerate(ranked):
        colour = _COLOURS[number % len(_COLOURS)]
        own = name.startswith("scanproof")
        points = [at(error, time) for error, time in zip(errors, times, strict=True)]
        path = "L".join(f"{x:.0f} {y:.0f}" for x, y in points)
        label = max(points[-1][1] + 4, label + _LABEL_DISTANCE)  # labels that would overlap move down
        parts.append(
            f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="{3 if own else 1.5}"/>'
            f'<text x="{_MARGIN + _WIDTH + 8}" y="{label:.0f}" fill="{colour}"'
            f' font-weight="{"bold" if own else "normal"}">{name}</text>'
        )
    return "".join(parts)
