"""By what a part is known again in what goes out, and by what it is not."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.errors import NotSealed
from gateway.protect import Envelope, Plain
from gateway.protect.content import Held
from gateway.protect.methods.page.encryptor import PageEncryptor
from gateway.protect.methods.zip_check import own_reader
from gateway.protect.methods.zip_writer import ZipEncryptor
from gateway.protect.opening import Note
from gateway.protect.passphrase import Told
from gateway.protect.samples import SAMPLE, samples, stand_in
from gateway.protect.seal import Protector
from tests.unit.protect.sealing import ORGANISATION, SENDER, Kept, on_desk, seal

MEBIBYTE = 1 << 20
PROSE = b"".join(b"%d Anna Example lives in Reading, and nobody else is to know.\n" % line for line in range(60_000))
NOISE = hashlib.shake_256(b"noise").digest(MEBIBYTE)
RULES = [b"-" * 5000, b"=" * 70 + b"\n", bytes(100_000), b"ab" * 5000, b"\r\n" * 300, b"0 1 0 1 " * 1000, b"short", b""]


@pytest.mark.parametrize("third", range(3))
def test_a_third_of_a_part_is_known_again(third: int) -> None:
    size = len(PROSE) // 3
    leak = NOISE[: MEBIBYTE - 30] + PROSE[third * size : (third + 1) * size]
    assert stand_in(Held(leak), samples(Held(PROSE)))


@pytest.mark.parametrize("content", RULES)
def test_what_could_stand_in_any_file_is_no_sample(content: bytes) -> None:
    assert samples(Held(content)) == set()


@pytest.mark.parametrize("around", RULES)
def test_the_words_among_padding_are_the_sample(around: bytes) -> None:
    """And not the padding, in whichever of the three places they stand."""
    words = b"Anna Example lives in Reading, and nobody else"
    for content in (words + around, around[:2000] + words, around + words + around):
        assert stand_in(Held(b"x" * MEBIBYTE + words + b"y" * SAMPLE), {words})
        assert any(sample in content and len(set(sample)) >= 10 for sample in samples(Held(content)))


def test_a_part_that_is_larger_than_a_piece_has_three_samples() -> None:
    assert len(samples(Held(PROSE))) == 3
    assert all(len(sample) == SAMPLE for sample in samples(Held(PROSE)))


class Leaking:
    """Seals the middle of the content not at all."""

    name = "pgp"
    by_passphrase = False

    def seal(self, parts: Sequence[Plain], recipient: str, name: str, desk: Path, words: str) -> Envelope:
        """Lay noise around it on the desk."""
        del parts, recipient, name, words
        size = len(PROSE)
        return on_desk(desk, NOISE + PROSE[size // 3 : 2 * size // 3] + NOISE)


def test_a_part_of_which_the_middle_is_not_sealed_is_held() -> None:
    with pytest.raises(NotSealed, match="a part unsealed"):
        seal(Protector(ORGANISATION, [Leaking()]), [Plain(name="a", media_type="a/b", content=Held(PROSE))], Kept())


def page(content: bytes) -> bytes:
    kept = Kept()
    protector = Protector(ORGANISATION, [PageEncryptor(ORGANISATION, "help@council.example")], ["html"])
    sealed, _ = seal(protector, [Plain(name="a.txt", media_type="text/plain", content=Held(content))], kept)
    return kept.objects[sealed.parts[0].object_id]


def test_rules_in_a_text_are_not_found_in_the_script_of_a_page() -> None:
    assert page(b"-" * 500)


def test_a_page_that_was_sealed_before_can_be_sealed_again() -> None:
    assert page(page(b"Dear Alice"))


@pytest.mark.parametrize("as_message", [False, True])
def test_a_note_of_ours_that_is_sent_on_is_not_taken_for_a_leak(as_message: bool) -> None:  # noqa: FBT001 - a table
    """The page that says how to open a file comes back as a part: the next one says the same sentences."""
    note = Note(method="zip", name="x.zip", organisation=ORGANISATION, sender=SENDER, reference="t-0", told=Told.SENDER)
    for said in (note.page(), note.text()):
        part = Plain(name="how-to-open.html", media_type="text/html", content=Held(said.encode()))
        protector = Protector(ORGANISATION, [ZipEncryptor(checkers=[own_reader])])
        assert seal(protector, [part], Kept(), as_message=as_message)[0].method == "zip"
