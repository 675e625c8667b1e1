"""The settings of the scheduler: how much is done at once, so that nobody who is slow delays anybody else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, TypeAlias

from pydantic import Field, StringConstraints, model_validator

from gateway.config.units import Duration, Size
from gateway.model.lane import Limit, Limits
from gateway.model.validation import Strict, Whole

AtOnce: TypeAlias = Annotated[Whole, Field(ge=1, le=1000)]
AMinute: TypeAlias = Annotated[Whole, Field(ge=0, le=1_000_000)]
Destination: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*(/[a-z0-9.-]+)?$", max_length=320)
]


class LimitSettings(Strict):
    """How many deliveries to one destination go at once, and how many are begun a minute; 0 sets no limit."""

    at_once: AtOnce = Limit().at_once
    a_minute: AMinute = Limit().a_minute

    def limit(self) -> Limit:
        """Return the limit as the daemon takes it."""
        return Limit(at_once=self.at_once, a_minute=self.a_minute)


class SchedulerSettings(Strict):
    """What is done at once. A destination is a channel's name, or `channel/domain` where it goes to each domain.

    What is larger than `quick_size`, or was not inspected within `quick`, is inspected among the slow ones, which leave
    one worker to the others; it begins anew there with all of its time.
    """

    deliveries: AtOnce = Limits().deliveries
    each_destination: LimitSettings = LimitSettings()
    destinations: Mapping[Destination, LimitSettings] = Field(default_factory=dict)
    quick: Duration = timedelta(seconds=5)
    quick_size: Size = 10_000_000

    @model_validator(mode="after")
    def _in_order(self) -> SchedulerSettings:
        if self.each_destination.at_once > self.deliveries:
            raise ValueError(
                "'each_destination' may have more deliveries at once than there are in all ('deliveries'); set it lower"
            )
        return self

    def limits(self, workers: int) -> Limits:
        """Return the limits as the daemon takes them, for so many inspection workers."""
        return Limits(
            inspect=workers + 2,  # some are made ready, decided and sealed while others are read
            slow=max(1, workers - 1),
            house=workers,
            deliveries=self.deliveries,
            each=self.each_destination.limit(),
            named={name: given.limit() for name, given in self.destinations.items()},
        )
