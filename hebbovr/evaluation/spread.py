"""What several runs say together: a mean with its spread, and paired differences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, stdev


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation over runs.

    Attributes
    ----------
    mean : float
        NaN if a run has no value.
    sd : float or None
        With n - 1 in the denominator; None of a single run.
    """

    mean: float
    sd: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Return that of ``values``, one a run."""
        if not all(map(math.isfinite, values)):
            return cls(math.nan, None)
        return cls(fmean(values), stdev(values) if len(values) > 1 else None)

    def as_dict(self) -> dict[str, float | None]:
        """Return both, None standing for NaN."""
        return {n: None if v is None or math.isnan(v) else v for n, v in asdict(self).items()}


@dataclass(frozen=True)
class Difference:
    """Mean difference of pairs, and how far chance alone would move it.

    Attributes
    ----------
    mean : float
    se : float or None
        Standard error of the mean, from the spread of the differences; None of a single pair.
    """

    mean: float
    se: float | None

    @classmethod
    def of(cls, values: Sequence[float], others: Sequence[float]) -> Difference:
        """Return ``values`` minus ``others``, which are of the same runs in the same order."""
        spread = Spread.of([a - b for a, b in zip(values, others, strict=True)])
        se = None if spread.sd is None else spread.sd / math.sqrt(len(values))
        return cls(spread.mean, se)

    @property
    def clear(self) -> bool:
        """Whether the mean is above 0 by more than two standard errors."""
        return self.se is not None and self.mean > 2 * self.se

    def as_dict(self) -> dict[str, float | None]:
        """Return both."""
        return asdict(self)
