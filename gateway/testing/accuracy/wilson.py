"""The score interval of Wilson (1927) for a proportion, at 95 %.

Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
Statistical Association 22 (1927) 209-212; recommended for small samples by Brown, Cai and DasGupta, "Interval
estimation for a binomial proportion", Statistical Science 16 (2001) 101-133.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

Z: Final = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A share and its interval. `of` may be a half number (F1)."""

    part: float
    of: float

    @property
    def value(self) -> float | None:
        """The share, None of nothing."""
        return self.part / self.of if self.of else None

    def interval(self) -> tuple[float, float]:
        """Return the interval; of nothing, from 0 to 1."""
        if not self.of:
            return 0.0, 1.0
        share, square = self.part / self.of, Z * Z
        centre = (share + square / (2 * self.of)) / (1 + square / self.of)
        spread = share * (1 - share) / self.of + square / (4 * self.of * self.of)
        reach = Z * math.sqrt(spread) / (1 + square / self.of)
        # exact at the ends, where rounding would leave a trace
        low = 0.0 if not self.part else max(0.0, centre - reach)
        high = 1.0 if self.part == self.of else min(1.0, centre + reach)
        return low, high

    def __str__(self) -> str:
        """Return `0.980 (0.961-0.990)`, or `-` of nothing."""
        if self.value is None:
            return "-"
        low, high = self.interval()
        return f"{self.value:.3f} ({low:.3f}-{high:.3f})"

    def as_json(self) -> dict[str, object]:
        """Return value, interval and size."""
        low, high = self.interval()
        value = None if self.value is None else round(self.value, 4)
        return {"value": value, "low": round(low, 4), "high": round(high, 4), "of": self.of}
