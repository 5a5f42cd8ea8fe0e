"""Filters of natural images, counted: how many are Gabor functions, beside chance and PCA?"""

from hebbovr import Preprocessor, Trainer, load
from hebbovr.evaluation.gabor import fit_gabors
from hebbovr.plots import save_figure
from hebbovr.plots.filters import plot_filters, selectivity_order


def main(picture="natural_images.png", units=256, patches=100_000, epochs=20):
    data = load("patches", n_patches=patches)
    suggested = data.suggested
    preprocessor = Preprocessor(
        suggested["pca"], scale=suggested["scale"], whiten=suggested["whiten"]
    ).fit(data.X_train)
    X = preprocessor.transform(data.X_train)
    trainer = Trainer(
        units,
        overlap_penalty=suggested["lam"],
        weight_scale=suggested["weight_scale"],
        learning_rate=suggested["lr"],
        schedule="cosine",
        epochs=epochs,
        random_state=0,
    )
    trainer.initialize(X.shape[1])
    filters = {"random weights": preprocessor.to_inputs(trainer.weights_, unwhiten=False)}
    filters["OVR"] = preprocessor.to_inputs(trainer.fit(X).weights_, unwhiten=False)
    filters["principal components"] = preprocessor.components_

    shares = {
        name: fit_gabors(W, data.image_shape, n_jobs=-1).share_explained()
        for name, W in filters.items()
    }
    learned = filters["OVR"]
    order = selectivity_order(learned)
    title = f"{shares['OVR']:.0%} of {units} filters are Gabor functions"
    save_figure(plot_filters(learned, data.image_shape, order=order, n=100, title=title), picture)
    return shares


if __name__ == "__main__":
    for name, share in main().items():
        print(f"{name:22}{share:7.1%} with more than half of the variance in one Gabor function")
