"""Learning from a stream: pieces of any size come by, and partial_fit goes on and on."""

import numpy as np

from hebbovr import OVREncoder, Preprocessor, load, measure_sparsity
from hebbovr.plots import save_figure
from hebbovr.plots.style import COLOURS, new_figure, settled, style_axes


def main(picture="streaming.png", units=64, pieces=400):
    random = np.random.default_rng(0)
    digits = load("digits")
    preprocessor = Preprocessor(40, scale="global").fit(digits.X_train[:300])
    unseen = preprocessor.transform(digits.X_test)
    encoder = OVREncoder(units, batch_size=100, learning_rate=3e-3, random_state=0)

    steps, overlap, active = [], [], []
    for n in range(pieces):
        rows = random.choice(len(digits.X_train), random.integers(50, 200))
        encoder.partial_fit(preprocessor.transform(digits.X_train[rows]))
        if n % 10 == 0:
            sparsity = measure_sparsity(encoder.transform(unseen))
            steps.append(encoder.trainer_.step_)
            overlap.append(sparsity.overlap)
            active.append(sparsity.share_active)

    fig = new_figure(5.4, 2.3, layout="constrained")
    for place, (title, values) in enumerate({"Overlap": overlap, "Share active": active}.items()):
        axes = fig.add_subplot(1, 2, place + 1)
        axes.plot(steps, values, lw=1.4, color=COLOURS["blue"])
        axes.set_ylim(0)
        style_axes(axes, title=f"{title} of unseen digits", x="batches learned")
    save_figure(settled(fig), picture)
    return overlap


if __name__ == "__main__":
    overlap = main()
    print(f"overlap of unseen digits: {overlap[0]:.3f} at first, {overlap[-1]:.3f} at last")
