"""Your own rule, written in one screen and watched at once beside two that are there.

It is Grossberg's instar (1976): where a unit responds, its weights move towards the input.
"""

from dataclasses import dataclass
from typing import ClassVar

from hebbovr.lab.plane import plane_data, watch
from hebbovr.plots import plot_plane, save_figure
from hebbovr.rules import Rule, signed_parts


def instar_coefficients(H, first, active, sums, S, shared, decay, state, batch, parameters):
    """Write ``C_ik = h_ik / B`` and ``d_k = mean_i h_ik``."""
    size = H.dtype.type(H.shape[1])
    for k in range(H.shape[0]):
        decay[k] = sums[k] / size
        for i in range(H.shape[1]):
            H[k, i] /= size
    return active


@dataclass(frozen=True)
class Instar(Rule):
    """``Δw_k = mean_i h_ik (x_i - w_k)``."""

    source: ClassVar = "Grossberg 1976, Biological Cybernetics 23, 121-134"
    coefficients: ClassVar = staticmethod(instar_coefficients)
    trains_with: ClassVar = "relu"

    def objective_of(self, statistics, batch):
        return -0.5 * statistics.squares / batch

    def parts(self, H, activation="relu", state=None):
        return signed_parts(H / len(H), H.mean(axis=0))


def main(picture="own_rule.png", epochs=60):
    X = plane_data("clusters")
    watched = [watch(rule, X, epochs=epochs) for rule in (Instar(), "kmeans", "ovr")]
    save_figure(plot_plane(watched, X), picture)
    return watched


if __name__ == "__main__":
    print(main()[0].W[-1])
