"""What the paper compares with. The only room in which an error is propagated back.

The autoencoder and MLP families are written out in NumPy, each gradient in closed form; K-means and
random features need none. Raw logistic regression is `hebbovr.linear_probe` on the inputs.
Nothing of the engine imports this package.
"""

from __future__ import annotations

from hebbovr.baselines.autoencoder import Autoencoder
from hebbovr.baselines.kmeans import KMeansFeatures
from hebbovr.baselines.mlp import MLP
from hebbovr.baselines.random_features import RandomFeatures

__all__ = ["MLP", "Autoencoder", "KMeansFeatures", "RandomFeatures"]
