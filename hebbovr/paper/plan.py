"""What was asked for: the protocol, the scale, the seeds and the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hebbovr.datasets import Dataset
from hebbovr.errors import DataError, SettingsError
from hebbovr.experiments.inputs import HELD_OUT_SHARE, take_rows
from hebbovr.experiments.protocols import PROTOCOLS, SELECTION_SPLIT
from hebbovr.experiments.trials import Trial

# Training and test images at most.
SCALES = {"quick": (10_000, 2_000), "full": (50_000, 10_000)}


@dataclass(frozen=True, eq=False)
class Plan:
    """One run of tables and figures.

    Attributes
    ----------
    protocol : {"honest", "authors"}
    scale : {"quick", "full"}
    seeds : tuple of int
        One run of each final model for each; the first also serves all grids.
    dataset : Dataset or None
        The images, as many as the scale takes; None where only Figure 1 is asked for.
    fingerprint : str
        Of these images; empty without any.
    rows : tuple of str
        Rows of Table 1 to run; all if empty.
    """

    protocol: str
    scale: str
    seeds: tuple[int, ...]
    dataset: Dataset | None
    fingerprint: str
    rows: tuple[str, ...] = ()

    @property
    def data_title(self) -> str:
        """What results call the data."""
        return self.dataset.title if self.dataset else ""

    @property
    def images(self) -> Dataset:
        """The images, where what is run needs them.

        Raises
        ------
        DataError
            There are none.
        """
        if self.dataset is None:
            raise DataError("This table or figure is made from images; give make_plan a data set")
        return self.dataset

    def pick(self, choices: dict[str, Any]) -> Any:
        """Return the entry for this scale."""
        return choices[self.scale]

    def pca(self, count: int) -> int:
        """Return ``count``, or as many principal components as small data can give."""
        n_train = int(self.images.n_train * (1 - HELD_OUT_SHARE))
        return min(count, self.images.n_features, n_train)

    def select(self, **settings: Any) -> Trial:
        """Return a trial that serves to choose settings, on the split the protocol chooses on."""
        return self._trial(SELECTION_SPLIT[self.protocol], self.seeds[0], settings)

    def final(self, seed: int, **settings: Any) -> Trial:
        """Return a trial that trains on all training images and looks at the test images."""
        return self._trial("test", seed, settings)

    def _trial(self, split: str, seed: int, settings: dict[str, Any]) -> Trial:
        shared = {
            "protocol": self.protocol,
            "split": split,
            "seed": seed,
            "data": self.fingerprint,
            "n_train": self.images.n_train,
            "n_test": self.images.n_test,
            "n_features": self.images.n_features,
        }
        return Trial.of(shared | settings)


def make_plan(
    dataset: Dataset | None,
    *,
    protocol: str = "honest",
    scale: str = "quick",
    seeds: int = 3,
    rows: tuple[str, ...] = (),
) -> Plan:
    """Check what was asked for and take as many images as the scale wants.

    Raises
    ------
    SettingsError
        An unknown protocol or scale, or no seed.
    DataError
        The data have no labels or no test rows.
    """
    if protocol not in PROTOCOLS:
        raise SettingsError(f"protocol={protocol!r} is unknown; use one of {', '.join(PROTOCOLS)}")
    if scale not in SCALES:
        raise SettingsError(f"scale={scale!r} is unknown; use one of {', '.join(SCALES)}")
    if seeds < 1:
        raise SettingsError(f"seeds={seeds} leaves nothing to run; give at least 1")
    if dataset is None:
        return Plan(protocol, scale, tuple(range(seeds)), None, "", rows)
    if not dataset.labelled or dataset.n_test == 0:
        raise DataError(
            f"{dataset.title} has no labels or no test rows, and the tables compare test accuracy; "
            "give labelled data with a test part"
        )
    taken = take_rows(dataset, *SCALES[scale])
    return Plan(protocol, scale, tuple(range(seeds)), taken, taken.fingerprint(), rows)
