"""The autoencoder grid that Figures 2 and 4 and Table 4 share."""

from __future__ import annotations

from typing import Any

from hebbovr.experiments.trials import Trial
from hebbovr.paper.curves import Curve, Panel
from hebbovr.paper.plan import Plan

PCA: dict[str, Any] = {"pca": 781, "scale": "feature", "whiten": None}
UNITS = {"full": (2048, 4096, 8192), "quick": (256, 1024)}
PENALTIES = {
    "full": (1e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 1e-2),
    "quick": (1e-6, 1e-5, 1e-4, 1e-3, 1e-2),
}
CORRUPTIONS = {"full": (0.2, 0.3, 0.4, 0.5), "quick": (0.2, 0.3, 0.4, 0.5)}
EPOCHS = {"full": 35, "quick": 15}
TRAIN = {"learning_rate": 1e-3, "schedule": "plateau", "batch_size": 128}
WHAT = (
    "Autoencoders with one hidden layer, tied weights and a linear decoder, trained by Adam at "
    "1e-3 with the plateau schedule on principal components without whitening; the epoch with the "
    "lowest objective on the images measured on is kept. A linear probe reads the hidden layer."
)


def inputs(plan: Plan) -> dict[str, Any]:
    """Return the preprocessing of the inputs."""
    return PCA | {"pca": plan.pca(PCA["pca"])}


def settings(plan: Plan, units: int, **train: Any) -> dict[str, Any]:
    """Return the settings of one autoencoder."""
    return {
        "task": "features",
        "model": "autoencoder",
        "inputs": inputs(plan),
        "units": units,
        "train": TRAIN | {"epochs": plan.pick(EPOCHS)} | train,
    }


def penalised(plan: Plan, units: int, activation: str) -> tuple[tuple[float, Trial], ...]:
    """Return the trials of one curve over λ."""
    return tuple(
        (
            lam,
            plan.select(**settings(plan, units, activation=activation, overlap_penalty=lam)),
        )
        for lam in plan.pick(PENALTIES)
    )


def denoising(plan: Plan, units: int) -> tuple[tuple[float, Trial], ...]:
    """Return the trials of one curve over the share of inputs set to zero."""
    return tuple(
        (share, plan.select(**settings(plan, units, activation="sigmoid", corruption=share)))
        for share in plan.pick(CORRUPTIONS)
    )


def relu_panel(plan: Plan) -> Panel:
    """Return Figure 2: ReLU and the OVR-loss, a curve for each number of hidden units."""
    curves = tuple(Curve(str(units), penalised(plan, units, "relu")) for units in plan.pick(UNITS))
    return Panel("OVR autoencoder, ReLU", "λ", curves, log=True)


def all_panels(plan: Plan) -> list[Panel]:
    """Return Figure 4: the denoising autoencoder, then the OVR-loss with both activations."""
    dims = inputs(plan)["pca"]
    noise = tuple(Curve(f"{dims}-{units}", denoising(plan, units)) for units in plan.pick(UNITS))
    penalty = tuple(
        Curve(f"{dims}-{units} {name}", penalised(plan, units, activation), dashed)
        for activation, name, dashed in (("relu", "ReLU", False), ("sigmoid", "sigmoid", True))
        for units in plan.pick(UNITS)
    )
    return [
        Panel("DAE, sigmoid", "input noise", noise, log=False),
        Panel("OVR autoencoder", "λ", penalty, log=True),
    ]
