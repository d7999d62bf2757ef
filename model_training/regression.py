"""Logistic regression with weights shared by all groups and each group's own deviations, by Newton's method.

A group with few examples stays near what holds for all: the deviations are drawn towards zero harder than the shared
weights (a fixed-effects stand-in for a hierarchical model; Gelman and Hill 2007, chapter 12).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

_SHARED_RIDGE, _OWN_RIDGE = 1.0, 8.0
_STEPS, _CLOSE_ENOUGH = 40, 1e-6

Numbers = npt.NDArray[np.float64]


def fit(rows: Numbers, right: Numbers, worth: Numbers, groups: Sequence[str]) -> Mapping[str, Numbers]:
    """Weights by group.

    Args:
        rows: (examples, inputs).
        right: (examples,), 1.0 or 0.0.
        worth: (examples,), how much each counts.
        groups: the group of each example.
    """
    names = sorted(set(groups))
    width = rows.shape[1]
    design = np.zeros((len(rows), width * (len(names) + 1)))
    design[:, :width] = rows
    for number, group in enumerate(names, start=1):
        members = np.array([name == group for name in groups])
        design[members, width * number : width * (number + 1)] = rows[members]
    ridge = np.repeat([_SHARED_RIDGE] + [_OWN_RIDGE] * len(names), width)
    solution = _newton(design, right, worth, ridge)
    shared = solution[:width]
    return {name: shared + solution[width * n : width * (n + 1)] for n, name in enumerate(names, start=1)}


def _newton(design: Numbers, right: Numbers, worth: Numbers, ridge: Numbers) -> Numbers:
    solution = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        probability = 1 / (1 + np.exp(-np.clip(design @ solution, -30, 30)))
        slope = design.T @ (worth * (right - probability)) - ridge * solution
        curvature = (design * (worth * probability * (1 - probability))[:, None]).T @ design + np.diag(ridge)
        step = np.linalg.solve(curvature, slope)
        solution = solution + step
        if float(np.abs(step).max()) < _CLOSE_ENOUGH:
            break
    return solution
