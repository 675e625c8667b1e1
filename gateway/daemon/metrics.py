"""What the gateway counts, for Prometheus: no content, no addresses, and labels whose number the configuration bounds.

Everything is derived from steps that were committed, so that a number is never ahead of the ledger. What waits is asked
of the database when somebody looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.errors import GatewayError
from gateway.model.lifecycle import DeliveryState, TransferState
from gateway.model.transfer import Delivery, Transfer
from gateway.system.log import get_log

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 14_400, 86_400, 432_000)
"""Bounds of the histograms: from a plain mail to one that was tried for five days."""
RESULTS: Final = {
    DeliveryState.DELIVERED: "delivered",
    DeliveryState.UNDELIVERABLE: "failed",
}
PROOF_AT: Final = 3  # words of the evidence (`deliver.tls.describe`) before the one that says how it was proved
PROOFS: Final = {word: word for word in ("dane", "mta-sts", "pinned", "verified")} | {"not": "not-verified"}


class Metrics:
    """The counters of one daemon, and the registry that shows them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()

        def counter(name: str, says: str, *labels: str) -> Counter:
            return Counter(f"gateway_{name}", says, labels, registry=self.registry)

        def histogram(name: str, says: str) -> Histogram:
            return Histogram(f"gateway_{name}_seconds", says, buckets=SECONDS, registry=self.registry)

        self._accepted = counter("transfers_accepted", "Transfers accepted durably, by the door they came by", "door")
        self._bytes = counter("accepted_bytes", "Bytes of content accepted")
        self._repeated = counter("transfers_repeated", "Accepted mail that is probably an earlier one once more")
        self._refused = counter("mail_refused", "Replies of the mail door that were no yes, by their codes", "code")
        self._verdicts = counter("verdicts", "Verdicts, by outcome and the rule named first", "outcome", "rule")
        self._gaps = counter("gaps", "What could not be inspected, by kind", "kind")
        self._deliveries = counter("deliveries", "Ends of attempts at delivery, by route and result", "route", "result")
        self._proofs = counter("tls", "Deliveries by mail, by how the connection was proved", "route", "proof")
        self._inspection = histogram("inspection", "Inspection of one transfer in the hardened child")
        self._delivery = histogram("delivery", "From acceptance to the hand-over of a delivery that nobody held")

    def accepted(self, transfer: Transfer) -> None:
        """Count a transfer that has just become durable."""
        self._accepted.labels(door=transfer.origin.value).inc()
        self._bytes.inc(transfer.size)
        if transfer.repeats:
            self._repeated.inc()

    def refused(self, code: str) -> None:
        """Count a refusal at the mail door."""
        self._refused.labels(code=code).inc()

    def committed(self, before: Transfer, after: Transfer) -> None:
        """Count what one committed step changed."""
        if before.state is TransferState.RECEIVED and after.inspection is not None:
            self._inspection.observe(after.inspection.elapsed_ms / 1000)
            for gap in after.inspection.gaps:
                self._gaps.labels(kind=gap.kind.value).inc()
        for was, is_now in zip(before.deliveries, after.deliveries, strict=True):
            self._changed(was, is_now, after)

    def _changed(self, was: Delivery, is_now: Delivery, transfer: Transfer) -> None:
        verdict = is_now.verdict
        if verdict is not None and verdict != was.verdict:
            self._verdicts.labels(outcome=verdict.outcome.value, rule=verdict.reasons[0].rule).inc()
        if was.state is not DeliveryState.SEALED or verdict is None:
            return
        result = RESULTS.get(is_now.state, "deferred" if was.attempt_open and not is_now.attempt_open else "")
        if is_now.state is DeliveryState.HELD:
            result = "held"
        if result:
            self._deliveries.labels(route=verdict.route, result=result).inc()
        if is_now.receipt is not None and is_now.receipt != was.receipt:
            self._proofs.labels(route=verdict.route, proof=proof_of(is_now.receipt.tls)).inc()
            if not is_now.releases:
                self._delivery.observe((is_now.receipt.at - transfer.received_at).total_seconds())

    def ask_when_looked_at(self, name: str, says: str, label: str, ask: Callable[[], Mapping[str, float]]) -> None:
        """Show a number for each value of one label, asked anew each time; nothing where asking fails."""
        self.registry.register(_Asked(f"gateway_{name}", says, label, ask))


class _Asked(Collector):
    def __init__(self, name: str, says: str, label: str, ask: Callable[[], Mapping[str, float]]) -> None:
        self._name, self._says, self._label, self._ask = name, says, label, ask

    def describe(self) -> Iterator[Metric]:
        """Name it without asking: the registry wants to know when it is registered."""
        yield GaugeMetricFamily(self._name, self._says, labels=[self._label])

    def collect(self) -> Iterator[Metric]:
        """Ask."""
        family = GaugeMetricFamily(self._name, self._says, labels=[self._label])
        try:
            answers = self._ask()
        except GatewayError as error:  # a busy database hides this number, and no other
            get_log().error("metrics:failed", error=error)
            answers = {}
        for value, number in answers.items():
            family.add_metric([value], number)
        yield family


def proof_of(tls: str) -> str:
    """Return in one word how a connection was proved, from the evidence in a receipt."""
    if not tls:
        return "none"
    word = tls.split()[PROOF_AT : PROOF_AT + 1]  # at its place: names of hosts come after it, and hold any word
    return PROOFS.get("".join(word), "other")
