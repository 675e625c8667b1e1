"""Where a writer signs from says who writes, not whom it is about."""

from __future__ import annotations

import pytest

from gateway.model.inspection import COUNTS_FROM
from tests.unit.classify.classifying import classify

SIGNATURE = (
    "Jane Smith\nWaste Services Officer\nExampleshire Council\nCounty Hall, 12 High Street, Dorchester DT1 1XJ\n"
)


@pytest.mark.parametrize("ending", ["Kind regards,", "Yours sincerely", "> Many thanks", "REGARDS"])
def test_where_the_writer_is_does_not_count(ending: str) -> None:
    text = f"Your bin will be collected on Friday.\n\n{ending}\n\n{SIGNATURE}"
    (found,) = [each for each in classify(text).findings if each.entity == "UK_ADDRESS"]
    assert found.confidence < COUNTS_FROM
    assert "signature" in found.why


@pytest.mark.parametrize(
    "text",
    [
        f"Kind regards are due.\n\n{SIGNATURE}",
        "Regards\nJane\n\nShe was seen at home. She lives at 12 High Street, Dorchester DT1 1XJ.\n",
        "Regards\nJane\n\nAddress: 12 High Street, Dorchester DT1 1XJ\n",
        f"Regards\n{'x ' * 60}\n{SIGNATURE}",
    ],
)
def test_only_the_block_of_a_signature_is_one(text: str) -> None:
    (found,) = [each for each in classify(text).findings if each.entity == "UK_ADDRESS"]
    assert found.confidence >= COUNTS_FROM
