from __future__ import annotations

import pytest

from gateway.model.subject import asks_for_encryption


@pytest.mark.parametrize(
    "subject",
    [
        "Encrypt",
        "encrypt: results",
        "ENCRYPT your results",
        "Your results - Encrypt",
        "your results encrypt.",
        "Re: Encrypt results",
        "RE: Fwd: encrypt results",
        "[ENCRYPT] results",
        "results [encrypt]",
        "your [Secure] results",
        "(encrypt) results",
        "[ secure ] results",
        "\uff25ncrypt results",
    ],
)
def test_the_subject_asks_for_encryption(subject: str) -> None:
    assert asks_for_encryption(subject)


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "Encryption project plan",
        "encrypted files",
        "how we encrypt our backups",
        "encrypt-then-mac review",
        "pre-encrypt",
        "Secure",
        "secure storage",
        "the doors are secure",
        "[insecure] site",
    ],
)
def test_the_subject_does_not_ask(subject: str) -> None:
    assert not asks_for_encryption(subject)
