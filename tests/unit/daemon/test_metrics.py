"""Numbers follow committed steps, name no person and no content, and are read by Prometheus' own parser."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from gateway.daemon.metrics import Metrics, proof_of
from gateway.errors import Busy
from gateway.model.inspection import Gap, GapKind, Inspection, MarkingStatus
from gateway.model.lifecycle import DeliveryState, TransferState
from gateway.model.transfer import Delivery, Receipt, Transfer
from gateway.testing.store_values import NOW, make_transfer, make_verdict

D = DeliveryState


def numbers(metrics: Metrics) -> dict[tuple[str, str], float]:
    """Return what Prometheus would read, by name and the values of the labels in the order of their names."""
    text = generate_latest(metrics.registry).decode()
    return {
        (sample.name, "/".join(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def decided(state: DeliveryState, **more: Any) -> Transfer:  # noqa: ANN401 - any field of a delivery
    transfer = make_transfer()
    delivery = replace(transfer.deliveries[0], state=state, verdict=make_verdict("r0@nhs.example"), **more)
    return transfer.with_delivery(delivery)


def changed(before: Transfer, **more: Any) -> Transfer:  # noqa: ANN401 - as above
    delivery: Delivery = before.deliveries[0]
    return before.with_delivery(replace(delivery, **more))


def test_what_comes_in_is_counted_by_door() -> None:
    metrics = Metrics()
    metrics.accepted(make_transfer())
    metrics.accepted(replace(make_transfer(), repeats="t-1"))
    seen = numbers(metrics)
    assert seen["gateway_transfers_accepted_total", "mail"] == 2
    assert seen["gateway_accepted_bytes_total", ""] == 2
    assert seen["gateway_transfers_repeated_total", ""] == 1


def test_inspection_is_timed_and_gaps_are_counted_once() -> None:
    metrics, before = Metrics(), make_transfer()
    gaps = (Gap(part="a", kind=GapKind.ENCRYPTED), Gap(part="b", kind=GapKind.ENCRYPTED))
    inspection = Inspection(
        media_type="",
        marking=None,
        marking_status=MarkingStatus.NONE,
        findings=(),
        people=None,
        gaps=gaps,
        elapsed_ms=20.0,
    )
    after = replace(before, state=TransferState.INSPECTED, inspection=inspection)
    metrics.committed(before, after)
    metrics.committed(after, replace(after, state=TransferState.DECIDED))
    seen = numbers(metrics)
    assert seen["gateway_gaps_total", "encrypted"] == 2
    assert seen["gateway_inspection_seconds_count", ""] == 1
    assert seen["gateway_inspection_seconds_sum", ""] == pytest.approx(0.02)


def test_a_verdict_is_counted_by_outcome_and_first_rule() -> None:
    metrics, before = Metrics(), make_transfer()
    metrics.committed(before, changed(before, state=D.CLEARED, verdict=make_verdict("r0@nhs.example")))
    assert numbers(metrics)["gateway_verdicts_total", "deliver/a-rule"] == 1


@pytest.mark.parametrize(
    ("more", "result"),
    [
        ({"state": D.DELIVERED}, "delivered"),
        ({"state": D.UNDELIVERABLE}, "failed"),
        ({"state": D.HELD}, "held"),
        ({"attempt_open": False}, "deferred"),
    ],
)
def test_an_attempt_is_counted_by_its_end(more: dict[str, Any], result: str) -> None:
    metrics, before = Metrics(), decided(D.SEALED, attempt_open=True)
    metrics.committed(before, changed(before, **more))
    counted = {key: value for key, value in numbers(metrics).items() if key[0] == "gateway_deliveries_total"}
    assert counted == {("gateway_deliveries_total", f"{result}/nhsmail"): 1}


def test_opening_an_attempt_is_no_result() -> None:
    metrics, before = Metrics(), decided(D.SEALED)
    metrics.committed(before, changed(before, attempt_open=True, attempts=1))
    assert not [key for key in numbers(metrics) if key[0] == "gateway_deliveries_total"]


def test_a_hand_over_is_timed_from_acceptance_and_its_proof_counted() -> None:
    metrics, before = Metrics(), decided(D.SEALED, attempt_open=True)
    receipt = Receipt(
        channel="c", at=NOW + timedelta(seconds=3), answer="250 ok", tls="TLSv1.3 AES sha256:ab verified relay.example"
    )
    metrics.committed(before, changed(before, state=D.DELIVERED, receipt=receipt, attempt_open=False))
    seen = numbers(metrics)
    assert seen["gateway_tls_total", "verified/nhsmail"] == 1
    assert seen["gateway_delivery_seconds_sum", ""] == 3


@pytest.mark.parametrize(
    ("proved", "label"),
    [
        ("not verified", "not-verified"),
        ("verified smtp.danemark.example", "verified"),
        ("verified pinned.mta-sts.example", "verified"),
        ("mta-sts id:2026 enforce verified mx.dane.example", "mta-sts"),
        ("pinned key:abc", "pinned"),
        ("dane TLSA _25._tcp.verified.example 3 1 1 ab signed", "dane"),
        ("danemark", "other"),
        ("", "other"),
    ],
)
def test_how_a_connection_was_proved_is_read_at_its_place(proved: str, label: str) -> None:
    """The name of a host once made it another proof."""
    assert proof_of(f"TLSv1.3 TLS_AES_256_GCM_SHA384 sha256:ab {proved}".rstrip()) == label


def test_a_connection_in_clear_was_not_proved() -> None:
    assert proof_of("") == "none"


def test_no_address_and_no_id_is_shown() -> None:
    metrics, before = Metrics(), decided(D.SEALED, attempt_open=True)
    metrics.accepted(before)
    metrics.committed(before, changed(before, state=D.HELD))
    text = generate_latest(metrics.registry).decode()
    assert before.sender not in text
    assert before.deliveries[0].recipient not in text
    assert before.id not in text


def test_a_question_that_fails_hides_no_other_number() -> None:
    def busy() -> dict[str, float]:
        raise Busy("the database is busy")

    metrics = Metrics()
    metrics.ask_when_looked_at("queue", "What waits", "destination", busy)
    metrics.accepted(make_transfer())
    assert numbers(metrics)["gateway_transfers_accepted_total", "mail"] == 1


def test_what_waits_is_asked_each_time() -> None:
    metrics, waiting = Metrics(), {"a": 1.0}
    metrics.ask_when_looked_at("queue", "What waits", "destination", lambda: waiting)
    assert numbers(metrics)["gateway_queue", "a"] == 1
    waiting["a"] = 5
    assert numbers(metrics)["gateway_queue", "a"] == 5
