"""The same training step in PyTorch: eager, compiled, and with the naive B × B overlap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def available() -> bool:
    """Return whether PyTorch can be imported."""
    try:
        import torch  # noqa: F401
    except ImportError:
        return False
    return True


class TorchLayer:
    """Weights, biases and fused Adam in PyTorch, with the objective of the paper's Eq. 3.

    Parameters
    ----------
    W, b : ndarray, shapes (K, D) and (K,)
        Where it starts; copied.
    overlap_penalty, learning_rate : float
        λ, and Adam's rate.
    naive : bool
        Compute the overlap from the B × B matrix ``U Uᵀ``, as Eq. 1 is written.
    """

    def __init__(
        self,
        W: Array,
        b: Array,
        overlap_penalty: float,
        learning_rate: float,
        *,
        naive: bool = False,
    ) -> None:
        import torch

        self.torch = torch
        self.W = torch.tensor(W, requires_grad=True)
        self.b = torch.tensor(b, requires_grad=True)
        self.overlap_penalty = overlap_penalty
        self.adam = torch.optim.Adam([self.W, self.b], lr=learning_rate, fused=True)
        self.loss: Callable[..., Any] = self.naive_objective if naive else self.objective

    def objective(self, X: Any, W: Any, b: Any) -> Any:
        """Return J with the overlap in O(B·K)."""
        H = self.torch.relu(X @ W.T + b)
        U = H / H.norm(dim=1, keepdim=True).clamp_min(1e-12)
        S = U.sum(0)
        overlap = S @ S - (U * U).sum()
        return (H.mean() - 0.5).abs() + self.overlap_penalty * overlap

    def naive_objective(self, X: Any, W: Any, b: Any) -> Any:
        """Return J with the overlap as the sum over the B × B matrix, its diagonal left out."""
        H = self.torch.relu(X @ W.T + b)
        U = H / H.norm(dim=1, keepdim=True).clamp_min(1e-12)
        products = U @ U.T
        overlap = products.sum() - products.diagonal().sum()
        return (H.mean() - 0.5).abs() + self.overlap_penalty * overlap

    def compile(self) -> TorchLayer:
        """Compile the objective with torch.compile; backward and Adam stay PyTorch's own."""
        self.loss = self.torch.compile(self.loss)
        return self

    def step(self, X: Any) -> float:
        """Learn from one batch (B, D), a torch tensor; return J before the update."""
        self.adam.zero_grad(set_to_none=True)
        loss = self.loss(X, self.W, self.b)
        loss.backward()
        self.adam.step()
        return float(loss.detach())
