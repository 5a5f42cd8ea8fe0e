"""Multinomial logistic regression that reads its features in place.

With ``z`` the features of a row scaled to mean 0 and variance 1, it minimises

    Σ_i r_i · cross-entropy(softmax(W z_i + b), label_i) + alpha / 2 · ‖W‖²,   Σ_i r_i = 1

Features are neither copied nor changed: the scaling is folded into the coefficients, and a row is
left out by giving it weight 0.

L-BFGS runs on ``V = R W`` with ``RᵀR = Cov(z) / n_classes + alpha · I``. That is the Hessian at
``W = 0`` for classes of equal size (Böhning 1992), so the search starts in coordinates in which the
objective is round, and a handful of passes over wide, correlated features is enough. One matrix
product of the features with themselves pays for it.

References
----------
D. Böhning, "Multinomial logistic regression algorithm", Annals of the Institute of Statistical
Mathematics 44 (1992) 197-200.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, get_blas_funcs, solve_triangular
from scipy.optimize import minimize
from scipy.special import log_softmax
from threadpoolctl import ThreadpoolController

Array = NDArray[Any]

ALWAYS_ROUNDED = 2048  # features; wider ones where R and the covariance take less memory than H


class Fit(NamedTuple):
    """Where one fit ended: weights (n_features, n_classes) and intercept of the scaled features."""

    weights: Array
    intercept: Array
    n_iter: int
    converged: bool


class SoftmaxRegression:
    """Fits of one feature matrix and its labels at different L2 penalties and row weights.

    Parameters
    ----------
    H : ndarray of float32 or float64, shape (n_samples, n_features)
        Finite features, possibly memory-mapped.
    codes : ndarray of int, shape (n_samples,)
        Classes 0 to n_classes - 1.
    n_classes : int
        At least 2.
    """

    def __init__(self, H: Array, codes: Array, n_classes: int) -> None:
        self.H = H
        self.codes = codes
        self.n_classes = n_classes
        self._rows = np.arange(len(H))
        self._mean, self._scale = _standardisation(H)
        n_samples, n_features = H.shape
        self._curvature: Array | None = None
        if n_features <= max(ALWAYS_ROUNDED, n_samples // 2):
            self._curvature = self._covariance(1 / n_classes)

    def fit(
        self,
        row_weights: Array,
        alpha: float,
        start: Fit | None = None,
        *,
        tol: float,
        max_iter: int,
    ) -> Fit:
        """Minimise the objective, from the weights of ``start`` or from 0.

        Parameters
        ----------
        row_weights : ndarray of shape (n_samples,)
            Not negative; scaled here to the sum 1.
        alpha : float
            L2 penalty, above 0.
        start : Fit, optional
            A fit at another alpha.
        tol : float
            End when an iteration lowers the objective by less than this (times the objective where
            that is above 1).
        max_iter : int
            End after so many iterations, unconverged.
        """
        shares = (row_weights / row_weights.sum()).astype(self.H.dtype)
        at = np.zeros((self.H.shape[1] + 1, self.n_classes))
        with _blas_of_scipy().limit(limits=1):
            R = self._root(alpha)
            if start is not None:
                at[:-1] = start.weights if R is None else R @ start.weights
                at[-1] = start.intercept
            found = minimize(
                self._objective,
                at.ravel(),
                args=(shares, alpha, R),
                jac=True,
                method="L-BFGS-B",
                options={"maxiter": max_iter, "ftol": tol, "gtol": tol, "maxls": 50},
            )
        at = found.x.reshape(at.shape)
        return Fit(self._weights(at, R), at[-1], int(found.nit), bool(found.success))

    def coefficients(self, fit: Fit) -> tuple[Array, Array]:
        """Return coef (n_classes, n_features) and intercept for features as they were given."""
        coef = (fit.weights * self._scale[:, None]).T
        return coef, (fit.intercept - coef @ self._mean).astype(self.H.dtype)

    def scores(self, fit: Fit) -> Array:
        """Return the scores of all rows, (n_samples, n_classes)."""
        coef, intercept = self.coefficients(fit)
        scores: Array = self.H @ coef.T
        scores += intercept
        return scores

    def _objective(
        self, flat: Array, shares: Array, alpha: float, R: Array | None
    ) -> tuple[float, Array]:
        at = flat.reshape(-1, self.n_classes)
        W = self._weights(at, R)
        log_p = log_softmax(self.scores(Fit(W, at[-1], 0, False)), axis=1)
        fitted = log_p[self._rows, self.codes].astype(np.float64)
        penalty = alpha / 2 * np.square(W, dtype=np.float64).sum()

        residual = np.exp(log_p, out=log_p)
        residual[self._rows, self.codes] -= 1
        residual *= shares[:, None]
        drift = residual.sum(axis=0, dtype=np.float64)
        slope = self.H.T @ residual
        slope -= self._mean[:, None] * drift.astype(slope.dtype)
        slope *= self._scale[:, None]
        slope += alpha * W

        gradient = np.empty_like(at)
        gradient[:-1] = slope if R is None else _solve(R, slope, transposed=True)
        gradient[-1] = drift
        return float(penalty - shares @ fitted), gradient.ravel()

    def _weights(self, at: Array, R: Array | None) -> Array:
        V = at[:-1].astype(self.H.dtype)
        return V if R is None else _solve(R, V)

    def _root(self, alpha: float) -> Array | None:
        """Return R, or None where the features are too wide for it."""
        if self._curvature is None:
            return None
        diagonal = np.einsum("ii->i", self._curvature)
        matrix = self._curvature.copy("F")
        # R need not be exact: rounding must not make a singular covariance indefinite.
        rounding = 4 * np.finfo(self.H.dtype).eps * diagonal.sum()
        np.einsum("ii->i", matrix)[:] += max(alpha, rounding)
        root: Array = cholesky(matrix, overwrite_a=True, check_finite=False)
        return root

    def _covariance(self, factor: float) -> Array:
        """Return ``factor`` times the covariance of scaled features, its upper triangle only."""
        n_features = self.H.shape[1]
        syrk = get_blas_funcs("syrk", (self.H,))
        total = np.zeros((n_features, n_features), dtype=self.H.dtype, order="F")
        for rows in row_blocks(self.H):
            block = self.H[rows] - self._mean
            block *= self._scale
            total = syrk(factor / len(self.H), block.T, beta=1.0, c=total, overwrite_c=True)
        return total


def row_blocks(H: Array) -> Iterator[slice]:
    """Yield slices of rows that hold at most a quarter of the numbers of the covariance of H."""
    step = max(256, H.shape[1] // 4)
    for top in range(0, len(H), step):
        yield slice(top, top + step)


def _standardisation(H: Array) -> tuple[Array, Array]:
    """Return mean and 1 / standard deviation of each feature, the latter 0 for a constant one."""
    mean = H.mean(axis=0, dtype=np.float64)
    squares = sum(np.square(H[rows] - mean).sum(axis=0) for rows in row_blocks(H))
    deviation = np.sqrt(squares / len(H))
    varies = deviation > np.finfo(H.dtype).eps * np.abs(mean)
    scale = np.divide(1, deviation, out=np.zeros_like(deviation), where=varies)
    return mean.astype(H.dtype), scale.astype(H.dtype)


@cache
def _blas_of_scipy() -> ThreadpoolController:
    """Return control of the BLAS that SciPy brings apart from NumPy's, if it does.

    Its waiting threads would take the cores from NumPy's, which do the large products.
    """
    loaded = ThreadpoolController()
    paths = [library.filepath for library in loaded.lib_controllers]
    own = [path for path in paths if "scipy" in "".join(Path(path).parts[-3:-1])]
    return loaded.select(filepath=own)


def _solve(R: Array, B: Array, *, transposed: bool = False) -> Array:
    solution: Array = solve_triangular(R, B, trans=int(transposed), check_finite=False)
    return solution
