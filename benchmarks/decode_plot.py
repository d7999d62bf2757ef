"""Draws what `benchmarks.decode` measured: milliseconds of a page over its share of errors, a line a contender."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

_SIDE, _HEIGHT, _EDGE, _NAMES = 420, 340, 60, 250  # pixels; the names stand on the right
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
_APART = 15  # pixels between two names

_At = Callable[[float, float], tuple[float, float]]


def drawn(title: str, errors: Sequence[float], milliseconds: Mapping[str, Sequence[float]]) -> str:
    """An SVG with a logarithmic scale of time.

    Args:
        errors: shares of wrong characters, rising.
        milliseconds: of each contender, one for each share.
    """
    times = [time for line in milliseconds.values() for time in line]
    low, high = 10 ** math.floor(math.log10(min(times))), 10 ** math.ceil(math.log10(max(times)))

    def at(error: float, time: float) -> tuple[float, float]:
        up = math.log(time / low) / math.log(high / low)
        return _EDGE + _SIDE * error / max(errors), _EDGE + _HEIGHT * (1 - up)

    marks = [
        base * factor
        for base in (10**power for power in range(round(math.log10(low)), round(math.log10(high))))
        for factor in (1, 2, 5)
    ]
    grid = "".join(
        f'<path d="M{_EDGE} {at(0, mark)[1]:.0f}h{_SIDE}" stroke="#ddd"/>'
        f'<text x="{_EDGE - 6}" y="{at(0, mark)[1] + 4:.0f}" text-anchor="end">{mark}</text>'
        for mark in [*marks, high]
    )
    shares = "".join(
        f'<text x="{at(error, low)[0]:.0f}" y="{_EDGE + _HEIGHT + 18}" text-anchor="middle">{error:.0%}</text>'
        for error in errors
    )
    width, height = _EDGE + _SIDE + _NAMES, _HEIGHT + 2 * _EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
        f'font-size="12"><rect width="{width}" height="{height}" fill="white"/>'
        f'<text x="{_EDGE}" y="24" font-size="14">{title}</text>{grid}{shares}'
        f'<text x="{_EDGE + _SIDE / 2:.0f}" y="{height - 10}" text-anchor="middle">characters misread</text>'
        f"{_lines(errors, milliseconds, at)}</svg>\n"
    )


def _lines(errors: Sequence[float], milliseconds: Mapping[str, Sequence[float]], at: _At) -> str:
    parts, lowest = [], -math.inf
    ranked = sorted(milliseconds.items(), key=lambda entry: -entry[1][-1])
    for number, (name, times) in enumerate(ranked):
        colour = _COLOURS[number % len(_COLOURS)]
        ours = name.startswith("scanproof")
        places = [at(error, time) for error, time in zip(errors, times, strict=True)]
        path = "L".join(f"{x:.0f} {y:.0f}" for x, y in places)
        lowest = max(places[-1][1] + 4, lowest + _APART)  # names that would overlap move down
        parts.append(
            f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="{3 if ours else 1.5}"/>'
            f'<text x="{_EDGE + _SIDE + 8}" y="{lowest:.0f}" fill="{colour}"'
            f' font-weight="{"bold" if ours else "normal"}">{name}</text>'
        )
    return "".join(parts)
