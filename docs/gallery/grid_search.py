"""λ chosen by cross-validation: the encoder as one step of a scikit-learn Pipeline."""

from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hebbovr import OVREncoder, Preprocessor
from hebbovr.plots import save_figure
from hebbovr.plots.style import COLOURS, new_figure, settled, style_axes


def main(
    picture="grid_search.png", units=64, epochs=40, strengths=(0.25, 0.5, 1, 1.5, 2, 3), folds=5
):
    X, y = load_digits(return_X_y=True)
    batch = 100
    encoder = OVREncoder(
        units, batch_size=batch, epochs=epochs, learning_rate=3e-3, schedule="cosine",
        random_state=0,
    )  # fmt: skip
    model = make_pipeline(
        Preprocessor(40, scale="global"),
        encoder,
        StandardScaler(),
        LogisticRegression(C=0.3, max_iter=1000),
    )
    # λ acts through 2λB², so that is what one searches over.
    lams = [s / (2 * batch**2) for s in strengths]
    search = GridSearchCV(model, {"ovrencoder__overlap_penalty": lams}, cv=folds).fit(X, y)

    found = search.cv_results_
    fig = new_figure(3.6, 2.5, layout="constrained")
    axes = fig.add_subplot()
    axes.errorbar(
        strengths, 100 * found["mean_test_score"], 100 * found["std_test_score"],
        fmt="o-", ms=4, lw=1.2, capsize=2.5, color=COLOURS["blue"],
    )  # fmt: skip
    style_axes(axes, title=f"Digits, {folds} folds", x="2λB²", y="accuracy (%)")
    save_figure(settled(fig), picture)
    return search


if __name__ == "__main__":
    search = main()
    print(search.best_params_, round(search.best_score_, 4))
