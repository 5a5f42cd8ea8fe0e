"""Standardise features, rotate them to principal components, and soften their variances.

Rows are read in blocks, so that X may be a memory map larger than memory.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted, validate_data

from hebbovr.errors import DataError, SettingsError
from hebbovr.preprocessing.arrays import COMPONENTS, FITTED, Stored, broken, pack, unpack
from hebbovr.preprocessing.row_blocks import all_finite, finite_blocks, row_slices
from hebbovr.preprocessing.settings import check_settings

Array = NDArray[Any]
# Root mean square lengths of rows, largest and smallest, whose squares float32 holds.
FLOAT32_SCALES = (1e18, 1e-18)


class Preprocessor(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Scale every feature, then optionally project on principal components and whiten these.

    Parameters
    ----------
    n_components : int, float or None
        Number of principal components; a float between 0 and 1 keeps the fewest that hold more
        than this share of the variance; None leaves out PCA.
    scale : {"feature", "global", "none"}
        Divide each feature by its own standard deviation, all by one (the root of their mean
        variance, which keeps their proportions), or none. All are centred.
    whiten : float or None
        Whitening floor ε as a share of the first principal variance: component c is multiplied by
        ``1 / sqrt(variance_c + ε variance_1)``. A small share such as 0.002 whitens softly, 0
        whitens fully (components without variance become 0), None leaves the variances as they are.
    max_fit_rows : int
        At most this many rows, drawn at random, are gathered as floats to find the components.
        Means and scales always come from all rows.
    random_state : int, Generator, RandomState or None
        Draws these rows; without effect where X has no more than ``max_fit_rows``.

    Attributes
    ----------
    mean_, scale_ : ndarray of shape (n_features,)
        Mean of each feature and what it is divided by (1 for a constant feature or without
        scaling), float64.
    constant_ : ndarray of bool, shape (n_features,)
        Features constant in the fitted rows; in all later rows they count as 0, whatever they are.
    components_ : ndarray of shape (n_components_, n_features) or None
        Orthonormal principal directions of the scaled features, None without PCA.
    variances_ : ndarray of shape (n_components_,)
        Variance of each output before whitening.
    whitening_ : ndarray of shape (n_components_,)
        Multiplier of each output, ones where ``whiten`` is None.
    explained_variance_ratio_ : ndarray of shape (n_components_,)
        ``variances_`` as shares of the variance of all scaled features.
    n_components_, n_features_in_ : int
        Number of outputs and of inputs.
    """

    def __init__(
        self,
        n_components: float | None = None,
        *,
        scale: str = "feature",
        whiten: float | None = None,
        max_fit_rows: int = 100_000,
        random_state: int | np.random.Generator | np.random.RandomState | None = None,
    ) -> None:
        self.n_components = n_components
        self.scale = scale
        self.whiten = whiten
        self.max_fit_rows = max_fit_rows
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: object = None) -> Preprocessor:
        """Find means, scales and principal components of the rows of ``X``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Real numbers of any dtype; a memory map is read in blocks of rows.
        y : object
            Ignored.

        Raises
        ------
        SettingsError
            A parameter is out of range, or asks for more components than X can give.
        DataError
            A number is not finite or too large, or PCA finds only constant features.
        """
        data: Array = validate_data(self, X, ensure_all_finite=False)
        if len(data) < 2:
            raise DataError("X holds 1 sample, and a variance needs a minimum of 2; give more rows")
        check_settings(**self.get_params())
        self._check_count(*data.shape)
        scaler = _fit_scaler(data)
        self.mean_ = scaler.mean_
        self.constant_ = scaler.scale_ != np.sqrt(scaler.var_)
        self.scale_ = self._scales(scaler)
        self._check_range(data, scaler)
        self.components_: Array | None = None
        if self.n_components is None:
            self.variances_ = np.where(self.constant_, 0.0, scaler.var_ / self.scale_**2)
            self.explained_variance_ratio_ = self.variances_ / (self.variances_.sum() or 1.0)
        else:
            self._fit_components(data)
        self.whitening_ = self._multipliers()
        return self._finish()

    def transform(self, X: ArrayLike) -> Array:
        """Return the rows of ``X`` scaled, projected and whitened.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            A memory map is read in blocks of rows.

        Returns
        -------
        ndarray of shape (n_samples, n_components_)
            C-contiguous; float64 where X is, else float32.

        Raises
        ------
        DataError
            A number in X is not finite.
        """
        check_is_fitted(self)
        data: Array = validate_data(self, X, ensure_all_finite=False, reset=False)
        dtype = _output_dtype(data)
        out = np.empty((len(data), self.n_components_), dtype)
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused
            if self.components_ is None:
                gain = self._gain.astype(dtype)
                for rows, block in finite_blocks(data):
                    np.multiply(self._center(block, out[rows]), gain, out=out[rows])
            else:
                projection = self._projections[dtype]
                for rows, block in finite_blocks(data):
                    np.matmul(self._center(block), projection, out=out[rows])
        if not all_finite(out):
            raise DataError(
                f"X leaves the range of {dtype} once it is scaled; check that it has the scale of "
                "the rows fitted on"
            )
        return out

    def to_inputs(self, weights: ArrayLike, *, unwhiten: bool = True) -> Array:
        """Map weight vectors over outputs back to the patterns in input space that they stand for.

        Whitening, projection and scaling are undone in turn and the mean is not added, so a weight
        vector shows as the deviation from the mean input whose output it is.

        Parameters
        ----------
        weights : array-like of shape (n_vectors, n_components_)
        unwhiten : bool
            False leaves the whitening as it is: the pattern that a unit looks for in whitened
            inputs, in which fine structure is not drowned by the large variances.

        Returns
        -------
        ndarray of shape (n_vectors, n_features)
            Float64; 0 in constant features.

        Raises
        ------
        DataError
            The weights are not as wide as the output of this preprocessor.
        """
        undone = self._check_weights(weights)
        if unwhiten:
            undone = undone * _reciprocal(self.whitening_)
        if self.components_ is not None:
            undone = undone @ self.components_
        return np.asarray(undone * np.where(self.constant_, 0.0, self.scale_))

    def to_filters(self, weights: ArrayLike) -> Array:
        """Return the linear filters that act on raw inputs.

        ``(X - mean_) @ filters.T`` equals ``transform(X) @ weights.T`` for the fitted rows X.

        Parameters
        ----------
        weights : array-like of shape (n_vectors, n_components_)

        Returns
        -------
        ndarray of shape (n_vectors, n_features)
            Float64; 0 in constant features.

        Raises
        ------
        DataError
            The weights are not as wide as the output of this preprocessor.
        """
        W = self._check_weights(weights)
        if self.components_ is None:
            return W * self._gain
        return np.asarray(W @ self._projections[np.dtype(np.float64)].T)

    def to_arrays(self) -> dict[str, Array]:
        """Return parameters and fitted state as plain arrays: numbers, and one JSON text.

        A ``random_state`` that is no seed is left out.
        """
        check_is_fitted(self)
        names = getattr(self, "feature_names_in_", None)
        fitted = {name: getattr(self, name) for name in (*FITTED, COMPONENTS)}
        return pack(Stored(self.get_params(), fitted, names))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Preprocessor:
        """Rebuild a preprocessor from what :meth:`to_arrays` gave.

        Raises
        ------
        ModelFileError
            An array is missing, or of a shape that contradicts the others.
        """
        stored, self = unpack(arrays), cls()
        try:
            self.set_params(**stored.parameters)
            check_settings(**self.get_params())
        except (TypeError, ValueError) as error:
            raise broken(error) from error
        for name, array in stored.fitted.items():
            setattr(self, name, array)
        self.n_features_in_ = self.mean_.size
        if stored.feature_names is not None:
            self.feature_names_in_ = np.array(stored.feature_names, dtype=object)
        return self._finish()

    def _finish(self) -> Preprocessor:
        """Fold scaling, projection and whitening into one matrix for each output dtype."""
        self.n_components_ = self.whitening_.size
        if self.components_ is not None:
            with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused
                W = self.components_ * self.whitening_[:, np.newaxis] * self._gain
                self._projections = {
                    np.dtype(dtype): np.ascontiguousarray(W.T, dtype)
                    for dtype in (np.float32, np.float64)
                }
        return self

    def _scales(self, scaler: StandardScaler) -> Array:
        if self.scale == "feature":
            return np.asarray(scaler.scale_)
        common = np.sqrt(scaler.var_.mean()) if self.scale == "global" else 1.0
        return np.full_like(scaler.scale_, common or 1.0)

    def _check_range(self, X: Array, scaler: StandardScaler) -> None:
        """Raise SettingsError where squares of what float32 is to hold would leave its range."""
        variance = float(np.where(self.constant_, 0.0, scaler.var_ / self.scale_**2).sum())
        largest, smallest = FLOAT32_SCALES
        if _output_dtype(X) != np.float32 or variance == 0:
            return
        if not smallest**2 <= variance <= largest**2:
            raise SettingsError(
                f"scale={self.scale!r} leaves X at a scale of {math.sqrt(variance):.0e}, and its "
                "squares leave the range of float32; use global or feature, which make inputs of "
                "unit scale, or give X as float64"
            )

    def _fit_components(self, X: Array) -> None:
        if self.constant_.all():
            raise DataError(
                "Every feature of X is constant, so there is no variance for PCA to keep; "
                "check the data, or leave out PCA with n_components=None"
            )
        sample = self._scaled_sample(X)
        # Fewer rows than features leave a covariance of low rank: the rows themselves are smaller.
        solver = "covariance_eigh" if len(sample) >= sample.shape[1] else "full"
        pca = PCA(self.n_components, svd_solver=solver, copy=False).fit(sample)
        self.components_ = pca.components_
        self.variances_ = pca.explained_variance_.astype(np.float64)
        self.explained_variance_ratio_ = pca.explained_variance_ratio_.astype(np.float64)

    def _scaled_sample(self, X: Array) -> Array:
        """Gather at most ``max_fit_rows`` rows, centred and scaled."""
        n_rows = min(len(X), int(self.max_fit_rows))
        picked = None
        if n_rows < len(X):
            random = _generator(self.random_state)
            picked = np.sort(random.choice(len(X), n_rows, replace=False, shuffle=False))
        sample = np.empty((n_rows, X.shape[1]), _output_dtype(X))
        gain = self._gain.astype(sample.dtype)
        for rows in row_slices(sample):
            block = X[rows] if picked is None else X[picked[rows]]
            np.multiply(self._center(block, sample[rows]), gain, out=sample[rows])
        return sample

    def _center(self, block: Array, out: Array | None = None) -> Array:
        """Subtract the mean before any product: float32 would lose small deviations after it."""
        dtype = _output_dtype(block)
        # float32 would lose them in large whole numbers before it, too.
        large = block.dtype.kind in "iu" and block.dtype.itemsize >= 4
        wide = np.dtype(np.float64) if large else dtype
        mean = self.mean_.astype(wide, copy=False)
        centred: Array = np.subtract(block, mean, out=out, dtype=wide, casting="same_kind")
        return centred.astype(dtype, copy=False)

    def _multipliers(self) -> Array:
        if self.whiten is None or self.components_ is None:
            return np.ones_like(self.variances_)
        first = self.variances_[0]
        variances = self.variances_ + self.whiten * first
        rounding = 10 * np.finfo(self.components_.dtype).eps * first
        return _reciprocal(np.sqrt(np.where(variances > rounding, variances, 0.0)))

    def _check_count(self, n_samples: int, n_features: int) -> None:
        """Raise SettingsError where more components are asked for than X can give."""
        count = self.n_components
        if count is None or count < 1:
            return
        most, limit = min(
            (n_features, f"n_features = {n_features} of X"),
            (n_samples, f"n_samples = {n_samples} of X"),
            (self.max_fit_rows, f"max_fit_rows = {self.max_fit_rows}"),
        )
        if count > most:
            reason = f"is more than {limit}; ask for at most {most}"
            raise SettingsError(name="n_components", value=count, reason=reason)

    def _check_weights(self, weights: ArrayLike) -> Array:
        check_is_fitted(self)
        W = np.asarray(weights, np.float64)
        if W.ndim != 2 or W.shape[1] != self.n_components_:
            raise DataError(
                f"weights have shape {W.shape}, but this preprocessor gives {self.n_components_} "
                f"outputs; pass an array of shape (n_vectors, {self.n_components_})"
            )
        return W

    @property
    def _gain(self) -> Array:
        return np.where(self.constant_, 0.0, 1.0 / self.scale_)

    @property
    def _n_features_out(self) -> int:
        return self.n_components_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _fit_scaler(X: Array) -> StandardScaler:
    scaler = StandardScaler()
    with np.errstate(over="ignore", invalid="ignore"):
        for _, block in finite_blocks(X):
            scaler.partial_fit(block)
    if not np.isfinite(scaler.var_).all():
        feature = int(np.argmin(np.isfinite(scaler.var_)))
        raise DataError(
            f"Feature {feature} of X holds numbers too large for a variance; divide it by a "
            "constant"
        )
    return scaler


def _output_dtype(X: Array) -> np.dtype[Any]:
    return np.dtype(np.float64 if X.dtype.kind == "f" and X.dtype.itemsize >= 8 else np.float32)


def _reciprocal(values: Array) -> Array:
    """Return 1 / values, with 0 where a value is 0."""
    return np.divide(1.0, values, out=np.zeros_like(values), where=values != 0)


def _generator(
    random_state: int | np.random.Generator | np.random.RandomState | None,
) -> np.random.Generator:
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31))
    return np.random.default_rng(random_state)
