"""One batch, one unit, one update: what a rule reads, and what it makes of it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbovr.errors import SettingsError
from hebbovr.kernels.threads import kernel_threads
from hebbovr.rules import OVR, Eq4, Rule, inverse_norms, responses
from hebbovr.training.engine import Engine
from hebbovr.training.rule_choice import name_of
from hebbovr.training.trainer import Trainer

Array = NDArray[Any]
DELTA = 1e-6


@dataclass(frozen=True, eq=False)
class UpdateDecomposition:
    """What one batch of B samples does to unit k.

    Attributes
    ----------
    rule : str
    unit : int
    responses : ndarray of shape (B,)
        ``h_ik``.
    overlap : ndarray of shape (B,)
        ``U_i·(S - U_i)``: how much a sample's responses overlap with those to the rest.
    signals : dict of str to ndarray or float
        The shared signals that the rule reads, and nothing else does the unit need.
    coefficients : dict of str to ndarray of shape (B,)
        ``hebbian``, ``push`` and ``mean``; their sum is ``C_ik``.
    decay : float
        ``d_k``.
    parts : dict of str to ndarray of shape (D,)
        The update cut into its ``hebbian``, ``push``, ``mean`` and ``decay`` parts (and
        ``lateral``, what earlier units take); their sum is ``update``.
    update : ndarray of shape (D,)
        ``Cᵀ X - d w_k``, before the optimiser.
    shares : ndarray of shape (B,)
        Each sample's share in ``Cᵀ X``, as a projection on it; they add up to 1.
    cosine_to_eq4 : float
        Cosine between this update of the unit and the one by Eq. 4.
    finite_differences : float or None
        Relative error of the update against central differences of the objective, in float64;
        None where the rule is not the gradient of an objective.
    kernel_error : float
        Largest difference of the compiled coefficients from the NumPy ones, over the largest.
    """

    rule: str
    unit: int
    responses: Array
    overlap: Array
    signals: dict[str, Any]
    coefficients: dict[str, Array]
    decay: float
    parts: dict[str, Array]
    update: Array
    shares: Array
    cosine_to_eq4: float
    finite_differences: float | None
    kernel_error: float

    def as_dict(self) -> dict[str, Any]:
        """Return everything in JSON's types."""
        return {name: _plain(value) for name, value in vars(self).items()}


def decompose_update(trainer: Trainer, X: Array, unit: int) -> UpdateDecomposition:
    """Look at what the batch ``X`` (B, D) would do to one unit; ``trainer`` stays as it is.

    Raises
    ------
    SettingsError
        There is no such unit, or the batch has fewer than two rows.
    """
    if not 0 <= unit < trainer.n_components:
        reason = f"is not there; the layer has units 0 to {trainer.n_components - 1}"
        raise SettingsError(name="unit", value=unit, reason=reason)
    if len(X) < 2:
        raise SettingsError(f"A batch of {len(X)} rows is too small: an overlap needs at least 2")
    rule, activation, layer = trainer.rule, trainer.config.trained_activation, trainer.layer
    X, W, b = (np.asarray(a, np.float64) for a in (X, layer.W, layer.b))
    raised = W if rule.power == 1 else np.sign(W) * np.abs(W) ** rule.power
    H = responses(X, raised, b, activation)
    parts = rule.parts(H, activation, layer.state.copy())
    cut = {"hebbian": parts.hebbian, "push": parts.anti_hebbian, "mean": parts.mean}
    cut = {name: part[:, unit] for name, part in cut.items()}
    C = parts.total[:, unit]
    vectors = {name: c @ X for name, c in cut.items()}
    vectors["decay"] = -parts.decay[unit] * W[unit]
    if rule.lateral_inhibition:
        earlier = (H[:, unit] @ H[:, :unit]) / len(H)
        vectors["lateral"] = -earlier @ W[:unit]
    U = H * inverse_norms(H)
    S = U.sum(axis=0)
    driven = C @ X
    power = float(driven @ driven)
    eq4 = Eq4().parts(H).total[:, unit] @ X
    return UpdateDecomposition(
        rule=name_of(rule),
        unit=unit,
        responses=H[:, unit],
        overlap=U @ S - (U * U).sum(axis=1),
        signals=_signals(rule, H),
        coefficients=cut,
        decay=float(parts.decay[unit]),
        parts=vectors,
        update=np.sum(list(vectors.values()), axis=0),
        shares=C * (X @ driven) / power if power else np.zeros(len(X)),
        cosine_to_eq4=_cosine(np.sum(list(vectors.values()), axis=0), eq4),
        finite_differences=_against_differences(rule, X, W, b, activation, unit, driven),
        kernel_error=_against_kernel(trainer, X),
    )


def _signals(rule: Rule, H: Array) -> dict[str, Any]:
    """Return the shared signals that the rule reads, by name."""
    U = H * inverse_norms(H) if rule.normalises else H
    ordered = -np.sort(-H, axis=1)
    rank = min(max(rule.ranked, 1), H.shape[1])
    known = {
        "mean": float(np.sign(H.mean() - rule.mean_target)),
        "batch": None,
        "norm": np.linalg.norm(H, axis=1),
        "projection": U @ U.sum(axis=0),
        "largest": ordered[:, 0],
        "rival": ordered[:, rank - 1],
        "partition": np.exp(rule.inverse_temperature * (H - ordered[:, :1])).sum(axis=1),
        "earlier": None,
    }
    return {name: known[name] for name in rule.shared_signals}


def _against_differences(
    rule: Rule, X: Array, W: Array, b: Array, activation: str, unit: int, driven: Array
) -> float | None:
    if not isinstance(rule, OVR):
        return None
    changed, slope = W.copy(), np.empty(W.shape[1])
    for d in range(W.shape[1]):
        values = []
        for side in (DELTA, -DELTA):
            changed[unit, d] = W[unit, d] + side
            values.append(rule.objective(responses(X, changed, b, activation)))
        changed[unit, d] = W[unit, d]
        slope[d] = (values[0] - values[1]) / (2 * DELTA)
    size = float(np.linalg.norm(slope))
    return float(np.linalg.norm(driven + slope)) / size if size else 0.0


def _against_kernel(trainer: Trainer, X: Array) -> float:
    """Let the compiled step run on a copy of the layer; compare the coefficients that it leaves."""
    config, state = trainer.config, trainer.state_.copy()
    rule, activation, layer = config.rule, config.trained_activation, state.layer
    X = np.ascontiguousarray(X, layer.W.dtype)
    W, b = layer.W.astype(np.float64), layer.b.astype(np.float64)
    raised = W if rule.power == 1 else np.sign(W) * np.abs(W) ** rule.power
    H = responses(X.astype(np.float64), raised, b, activation)
    expected = rule.parts(H, activation, layer.state.copy()).total
    with kernel_threads(config.n_threads) as threads:
        engine = Engine(config, layer, threads)
        engine.run(X, 0.0, state.step + 1)
        coefficients = engine.workspace(len(X)).H.T
    largest = float(np.abs(expected).max())
    return float(np.abs(coefficients - expected).max()) / largest if largest else 0.0


def _cosine(a: Array, b: Array) -> float:
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size else 0.0


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value


RENAMED = {"examine": "decompose_update", "Examination": "UpdateDecomposition"}


def __getattr__(name: str) -> Any:
    if name not in RENAMED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(f"{name} is now called {RENAMED[name]}", FutureWarning, stacklevel=2)
    return globals()[RENAMED[name]]
