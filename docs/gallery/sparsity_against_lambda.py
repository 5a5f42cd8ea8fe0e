"""What λ does: the more overlap costs, the fewer units respond, until too few are left."""

import numpy as np

from hebbovr import Preprocessor, Trainer, linear_probe, load, measure_sparsity
from hebbovr.plots import save_figure
from hebbovr.plots.style import COLOURS, new_figure, settled, style_axes


def main(
    picture="sparsity_against_lambda.png",
    units=64,
    epochs=60,
    strengths=(0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 16, 32, 64),
):
    digits = load("digits")
    preprocessor = Preprocessor(40, scale="global").fit(digits.X_train)
    X, unseen = preprocessor.transform(digits.X_train), preprocessor.transform(digits.X_test)
    found = []
    for strength in strengths:
        trainer = Trainer(
            units, overlap_penalty=strength / (2 * 100**2), batch_size=100, epochs=epochs,
            learning_rate=3e-3, schedule="cosine", random_state=0,
        )  # fmt: skip
        H = trainer.fit(X).transform(unseen)
        probe = linear_probe(trainer.transform(X), digits.y_train, H, digits.y_test)
        sparsity = measure_sparsity(H)
        found.append((strength, sparsity.share_active, sparsity.overlap, probe.accuracy))

    columns = np.array(found).T
    fig = new_figure(6.9, 2.2, layout="constrained")
    panels = {"Share active": 1.0, "Mean overlap": 1.0, "Probe accuracy (%)": 100.0}
    for place, (title, factor) in enumerate(panels.items(), start=1):
        axes = fig.add_subplot(1, 3, place)
        axes.plot(columns[0], factor * columns[place], "o-", ms=3, lw=1.2, color=COLOURS["blue"])
        axes.set_xscale("log")
        style_axes(axes, title=title, x="2λB²")
    save_figure(settled(fig), picture)
    return columns


if __name__ == "__main__":
    for strength, active, overlap, accuracy in main().T:
        print(f"{strength:5.2f} {active:7.1%} active {overlap:7.3f} overlap {accuracy:7.1%}")
