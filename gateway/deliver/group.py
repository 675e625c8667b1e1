"""The recipients of one domain on their way through one transaction after the other."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.deliver import Consignment, Result
from gateway.deliver.answers import is_crowded


class Group:
    """Some of `consignments`, by their `numbers`; what comes of each is filled into `results` under its number."""

    def __init__(self, consignments: Sequence[Consignment], numbers: Sequence[int], results: list[Result]) -> None:
        self._consignments = consignments
        self._results = results
        self._left = list(numbers)
        self._asked: list[int] = []

    @property
    def first(self) -> Consignment:
        """One of those that are left: their form and their message are the same."""
        return self._consignments[self._left[0]]

    def next(self, most: int) -> Sequence[Consignment]:
        """Return those of the next transaction, none where all had their answer."""
        self._asked = self._left[:most]
        return [self._consignments[number] for number in self._asked]

    def answered(self, results: Sequence[Result]) -> None:
        """Take what came of the transaction; who was one too many, where others were taken, is asked again next."""
        went_through = any(result.receipt for result in results)
        again = []
        for number, result in zip(self._asked, results, strict=True):
            self._results[number] = result
            if went_through and result.reply and not result.receipt and is_crowded(result.reply):
                again.append(number)
        self._left = [*again, *self._left[len(self._asked) :]]

    def end(self, result: Result) -> None:
        """Say of all that are left what came of them; who was asked before keeps the answer."""
        for number in self._left:
            if self._results[number].reply is None:
                self._results[number] = result
        self._left = []
