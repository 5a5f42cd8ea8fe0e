"""The linear probe: how much a linear classifier reads out of a representation.

The probe is multinomial logistic regression on responses scaled to mean 0 and variance 1 over the
training rows: it minimises mean cross-entropy + alpha / 2 · ‖W‖². The L2 penalty alpha is the one
with the best accuracy on held-out training rows; the probe is then fitted again on all training
rows, and the test rows are looked at once. The representation is neither copied nor changed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_softmax
from sklearn.metrics import confusion_matrix
from threadpoolctl import threadpool_limits

from hebbovr.errors import DataError, SettingsError
from hebbovr.evaluation.softmax_regression import Fit, SoftmaxRegression, row_blocks

Array = NDArray[Any]
Pair = tuple[ArrayLike, ArrayLike]

ALPHAS = tuple(float(f"{digit}e{power}") for power in range(-7, 3) for digit in (1, 2, 5))
FIRST_ALPHA = 0.05
PATIENCE = 2
SEARCH_TOLERANCE = 10.0
# NumPy and SciPy may each bring a BLAS; below this size their threads fight more than they help.
SINGLE_THREAD_NUMBERS = 2**24


@dataclass(frozen=True, eq=False)
class ProbeResult:
    """What the probe found.

    Attributes
    ----------
    accuracy, train_accuracy : float
        Shares of test and training rows classified correctly, after the fit on all training rows.
    validation_accuracy : float
        The same of the held-out training rows, fitted on the others, at the chosen alpha.
    alpha : float
        The chosen L2 penalty, the factor of ``‖W‖² / 2`` beside the mean cross-entropy.
    confusion : ndarray of int, shape (n_classes, n_classes)
        Test rows by true class (rows) and predicted class (columns).
    classes : ndarray, shape (n_classes,)
        Sorted labels of the training and test rows. Those not seen in training are never predicted.
    validation_path : tuple of (alpha, validation accuracy)
        All alphas tried, the smallest first.
    n_iter : int
        L-BFGS iterations of the last fit.
    converged : bool
        Whether the last fit reached `tol` within `max_iter`.
    note : str
        Says so if the best alpha is the smallest or largest tried or the last fit did not
        converge; else empty.
    coef, intercept : ndarray, shapes (n_train_classes, n_features) and (n_train_classes,)
        ``H @ coef.T + intercept`` are the scores of the training classes, for ``H`` as given.
    """

    accuracy: float
    train_accuracy: float
    validation_accuracy: float
    alpha: float
    confusion: Array
    classes: Array
    validation_path: tuple[tuple[float, float], ...]
    n_iter: int
    converged: bool
    note: str
    coef: Array = field(repr=False)
    intercept: Array = field(repr=False)

    @property
    def strength(self) -> float:
        """``alpha`` under its name of before."""
        _warn_renamed("ProbeResult.strength", "alpha")
        return self.alpha

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the coefficients as JSON-ready lists, numbers and strings.

        ``strength`` is ``alpha`` under its name of before.
        """
        shown = {part.name: getattr(self, part.name) for part in fields(self) if part.repr}
        shown["strength"] = self.alpha
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in shown.items()
        }


def linear_probe(
    H_train: ArrayLike,
    y_train: ArrayLike,
    H_test: ArrayLike,
    y_test: ArrayLike,
    *,
    alphas: Sequence[float] | None = None,
    validation_fraction: float = 0.2,
    max_iter: int = 200,
    tol: float = 1e-5,
    random_state: int | np.random.Generator | None = None,
    strengths: Sequence[float] | None = None,
) -> ProbeResult:
    """Fit the linear probe on training rows and measure it on test rows.

    Parameters
    ----------
    H_train, H_test : array-like, shapes (n_train, n_features) and (n_test, n_features)
        Responses, possibly memory-mapped. float32 and float64 are used in place, other types are
        converted to float32.
    y_train, y_test : array-like, shapes (n_train,) and (n_test,)
        Labels, numbers or strings. Test rows of a class without training rows count as wrong.
    alphas : sequence of float, optional
        L2 penalties; all of these are tried. By default a walk over 1, 2, 5 · 10^k, from 0.05 to
        either side until two in a row are no better than the best so far.
    validation_fraction : float
        Share of each class's training rows that is held out to choose alpha.
    max_iter : int
        L-BFGS iterations of each fit.
    tol : float
        The last fit ends when an iteration lowers the objective by less than this; those of the
        search end at ten times this.
    random_state : int, Generator or None
        Draws the held-out rows.
    strengths : sequence of float, optional
        ``alphas`` under its name of before; it goes with the next release.

    Raises
    ------
    DataError
        Responses that are NaN or infinite, shapes that do not match, a single class, too few rows.
    SettingsError
        An alpha, fraction, count or tolerance out of range, or alphas under both names.
    """
    if strengths is not None:
        if alphas is not None:
            raise SettingsError("strengths is alphas under its name of before; give alphas alone")
        _warn_renamed("strengths", "alphas")
        alphas = strengths
    _check_settings(alphas, validation_fraction, max_iter, tol)
    H_train, y_train = _check_rows(H_train, y_train, "training")
    H_test, y_test = _check_rows(H_test, y_test, "test")
    if H_train.shape[1] != H_test.shape[1]:
        raise DataError(
            f"The training responses have {H_train.shape[1]} features and the test responses "
            f"{H_test.shape[1]}; take both from the same encoder"
        )
    known, codes = np.unique(y_train, return_inverse=True)
    if len(known) < 2:
        raise DataError(f"All training labels are {known[0]}; the probe needs two classes or more")
    held_out = _hold_out(codes, validation_fraction, random_state)

    few = H_train.size < SINGLE_THREAD_NUMBERS
    with threadpool_limits(1 if few else None, user_api="blas"):
        regression = SoftmaxRegression(H_train, codes, len(known))
        search = _Search(regression, held_out, SEARCH_TOLERANCE * tol, max_iter)
        alpha = search.run(alphas)
        start, every_row = search.fits[alpha], np.ones(len(codes))
        fit = regression.fit(every_row, alpha, start, tol=tol, max_iter=max_iter)
        coef, intercept = regression.coefficients(fit)
        train_accuracy = (regression.scores(fit).argmax(axis=1) == codes).mean()
        predicted = known[(H_test @ coef.T + intercept).argmax(axis=1)]

    classes = np.union1d(known, y_test)
    confusion = confusion_matrix(
        np.searchsorted(classes, y_test),
        np.searchsorted(classes, predicted),
        labels=np.arange(len(classes)),
    )
    return ProbeResult(
        accuracy=float(np.trace(confusion) / len(y_test)),
        train_accuracy=float(train_accuracy),
        validation_accuracy=search.quality[alpha][0],
        alpha=alpha,
        confusion=confusion,
        classes=classes,
        validation_path=tuple((tried, search.quality[tried][0]) for tried in sorted(search.fits)),
        n_iter=fit.n_iter,
        converged=fit.converged,
        note=_note(fit, alpha, search.fits),
        coef=coef,
        intercept=intercept,
    )


def compare_representations(
    representations: Mapping[str, Pair | Callable[[], Pair]],
    y_train: ArrayLike,
    y_test: ArrayLike,
    **options: Any,
) -> dict[str, ProbeResult]:
    """Probe several representations of the same rows.

    Parameters
    ----------
    representations : mapping of name to (H_train, H_test) or to a function that returns them
        A function is called when its turn comes and what it returned is let go before the next,
        so that one wide representation at a time is in memory.
    y_train, y_test : array-like
        Labels, as for `linear_probe`.
    **options
        Passed to `linear_probe`. With an integer ``random_state`` all hold out the same rows.
    """

    def probe(source: Pair | Callable[[], Pair]) -> ProbeResult:
        H_train, H_test = source() if callable(source) else source
        return linear_probe(H_train, y_train, H_test, y_test, **options)

    return {name: probe(source) for name, source in representations.items()}


class _Search:
    """Fits without the held-out rows, and the quality of each alpha on these rows.

    The quality is the accuracy and, between equals, the mean log probability of the true class to
    three places, so that penalties too weak to matter do not lead the walk on.
    """

    def __init__(
        self, regression: SoftmaxRegression, held_out: Array, tol: float, max_iter: int
    ) -> None:
        self.regression = regression
        self.held_out = held_out
        self.tol = tol
        self.max_iter = max_iter
        self.fits: dict[float, Fit] = {}
        self.quality: dict[float, tuple[float, float]] = {}

    def run(self, alphas: Sequence[float] | None) -> float:
        """Try all ``alphas``, or walk over the default ones; return the best."""
        if alphas is None:
            first = ALPHAS.index(FIRST_ALPHA)
            self._try(FIRST_ALPHA)
            self._walk(ALPHAS[:first][::-1])
            self._walk(ALPHAS[first + 1 :])
        else:
            for alpha in sorted(map(float, alphas), reverse=True):
                self._try(alpha)
        return self._best()

    def _walk(self, alphas: Sequence[float]) -> None:
        since_best = 0
        for alpha in alphas:
            self._try(alpha)
            since_best = 0 if self._best() == alpha else since_best + 1
            if since_best == PATIENCE:
                break

    def _best(self) -> float:
        return max(self.quality, key=lambda tried: self.quality[tried])

    def _try(self, alpha: float) -> None:
        nearest = min(self.fits, key=lambda tried: abs(np.log(tried / alpha)), default=None)
        start = None if nearest is None else self.fits[nearest]
        fit = self.regression.fit(
            ~self.held_out, alpha, start, tol=self.tol, max_iter=self.max_iter
        )
        truth = self.regression.codes[self.held_out]
        log_p = log_softmax(self.regression.scores(fit)[self.held_out], axis=1)
        accuracy = float((log_p.argmax(axis=1) == truth).mean())
        self.fits[alpha] = fit
        fitted = float(log_p[np.arange(len(truth)), truth].mean())
        self.quality[alpha] = accuracy, round(fitted, 3)


def _hold_out(
    codes: Array, fraction: float, random_state: int | np.random.Generator | None
) -> Array:
    """Return a mask with ``fraction`` of each class, but not the only row of a class."""
    order = np.random.default_rng(random_state).permutation(len(codes))
    held_out = np.zeros(len(codes), dtype=bool)
    for code, count in enumerate(np.bincount(codes)):
        if count > 1:
            n_held_out = min(max(round(fraction * count), 1), count - 1)
            held_out[order[codes[order] == code][:n_held_out]] = True
    if not held_out.any():
        raise DataError(
            "Every training class has a single row; choosing alpha holds rows out, "
            "so give two rows or more of each class"
        )
    return held_out


def _check_rows(H: ArrayLike, y: ArrayLike, part: str) -> tuple[Array, Array]:
    H, y = np.asarray(H), np.asarray(y)
    if H.ndim != 2 or 0 in H.shape or H.dtype.kind not in "biuf":
        raise DataError(
            f"The {part} responses are an array of {H.dtype} of shape {H.shape}; the probe needs "
            "a table of numbers, samples by features"
        )
    if y.shape != (len(H),):
        raise DataError(
            f"The {part} labels have shape {y.shape} for {len(H)} responses; "
            "give one label for each row"
        )
    if y.dtype.kind == "f" and np.isnan(y).any():
        raise DataError(
            f"Row {int(np.isnan(y).argmax())} of the {part} labels is NaN; leave it out"
        )
    if H.dtype not in (np.float32, np.float64):
        H = H.astype(np.float32)
    for rows in row_blocks(H):
        finite = np.isfinite(H[rows]).all(axis=1)
        if not finite.all():
            raise DataError(
                f"Row {rows.start + int(finite.argmin())} of the {part} responses holds NaN or "
                "infinity; remove such rows"
            )
    return H, y


def _check_settings(
    alphas: Sequence[float] | None, validation_fraction: float, max_iter: int, tol: float
) -> None:
    if alphas is not None and not (len(alphas) and all(0 < s < np.inf for s in alphas)):
        raise SettingsError(f"alphas={alphas!r} must be one or more numbers above 0")
    if not 0 < validation_fraction < 1:
        raise SettingsError(f"validation_fraction={validation_fraction!r} must be between 0 and 1")
    if max_iter < 1:
        raise SettingsError(f"max_iter={max_iter!r} must be 1 or more")
    if not tol > 0:
        raise SettingsError(f"tol={tol!r} must be above 0")


def _warn_renamed(old: str, new: str) -> None:
    warnings.warn(
        f"{old} is now {new}, and its old name goes with the next release",
        FutureWarning,
        stacklevel=3,
    )


def _note(fit: Fit, alpha: float, tried: Collection[float]) -> str:
    notes = []
    if len(tried) > 1 and alpha in (min(tried), max(tried)):
        side = "smallest" if alpha == min(tried) else "largest"
        notes.append(f"The best alpha, {alpha:g}, is the {side} tried; try beyond it.")
    if not fit.converged:
        notes.append(f"The last fit had not converged after {fit.n_iter} iterations.")
    return " ".join(notes)
