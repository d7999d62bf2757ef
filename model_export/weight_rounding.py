"""Rounds a matrix to integers so that its products change least, not its values (GPTQ: Frantar et al., 2023).

Weights are rounded row by row, and what rounding a row changes in the products is made up for by the rows that are not
rounded yet, as far as their inputs go together with its input.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_DAMPING = 0.01  # of the mean square of an input, added to each: inputs that calibration saw too little of
_BLOCK = 128  # rows whose changes reach the others together

Floats = npt.NDArray[np.float32]


def rounded(weight: Floats, scales: Floats, moments: Floats, largest: int) -> npt.NDArray[np.int8]:
    """Returns integers by which ``inputs @ (integers * scales)`` approximates ``inputs @ weight``.

    Args:
        weight: [inputs, outputs]
        scales: [outputs]
        moments: mean outer product of the inputs, [inputs, inputs].
        largest: bound of the integers' absolute values.
    """
    order = np.argsort(-np.diag(moments), kind="stable")  # the strongest inputs first, while many rows are left
    compensation = _compensation(moments[np.ix_(order, order)])
    rest = (weight[order] / scales).astype(np.float32)
    integers = np.empty(rest.shape, np.int8)
    for first in range(0, len(rest), _BLOCK):
        block, factors = rest[first : first + _BLOCK], compensation[first : first + _BLOCK, first:]
        errors = np.empty_like(block)
        for row in range(len(block)):
            integers[first + row] = nearest = np.clip(np.rint(block[row]), -largest, largest)
            errors[row] = (block[row] - nearest) / factors[row, row]
            block[row + 1 :] -= np.outer(factors[row, row + 1 : len(block)], errors[row])
        rest[first + len(block) :] -= factors[:, len(block) :].T @ errors
    restored = np.empty_like(integers)
    restored[order] = integers
    return restored


def _compensation(moments: Floats) -> Floats:
    """Returns the upper triangular U with U.T @ U the inverse of the damped moments."""
    damped = moments.astype(np.float64)
    damped[np.diag_indices_from(damped)] += max(_DAMPING * float(np.diag(damped).mean()), 1e-9)
    factor: Floats = np.linalg.cholesky(np.linalg.inv(damped)).T.astype(np.float32)
    return factor
