"""The log's arithmetic against a plain second opinion, and its notes against openssl."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Damaged
from gateway.store import tlog
from gateway.store.tlog import Checkpoint, Tree

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
VERIFIER = tlog.verifier_key("example.org/ledger", KEY)


def plain_root(entries: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word: the largest power of two smaller than n splits the list."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return hashlib.sha256(b"\x01" + plain_root(entries[:k]) + plain_root(entries[k:])).digest()


def grown(entries: list[bytes]) -> tuple[Tree, dict[str, bytes]]:
    tree = Tree()
    files: dict[str, bytes] = {}
    for entry in entries:
        files.update(tree.append(entry))
    return tree, files


@pytest.mark.parametrize(
    ("size", "root"),
    [  # the published vectors of RFC 6962's reference implementation (certificate-transparency, merkletree tests)
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        (6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ],
)
def test_roots_are_those_that_were_published(size: int, root: str) -> None:
    leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    entries = [bytes.fromhex(leaf) for leaf in leaves[:size]]
    assert grown(entries)[0].root().hex() == root
    assert plain_root(entries).hex() == root


@pytest.mark.parametrize("size", [9, 255, 256, 257, 511, 512, 513, 1000, 65_535, 65_536, 65_537, 66_000])
def test_roots_are_those_of_a_plain_second_implementation(size: int) -> None:
    entries = [str(number).encode() for number in range(size)]
    assert grown(entries)[0].root() == plain_root(entries)


def test_tiles_hold_the_hashes_of_their_level() -> None:
    entries = [str(number).encode() for number in range(66_000)]
    tree, files = grown(entries)
    partials = dict(tree.partials())
    assert files["tile/0/100"] == b"".join(tlog.leaf_hash(one) for one in entries[25_600:25_856])
    assert files["tile/1/000"][32 * 7 : 32 * 8] == plain_root(entries[7 * 256 : 8 * 256])
    assert partials["tile/2/000.p/1"] == plain_root(entries[:65_536])
    assert partials["tile/1/001.p/1"] == plain_root(entries[65_536:65_792])
    assert partials["tile/0/257.p/208"] == b"".join(tlog.leaf_hash(one) for one in entries[65_792:])
    assert tlog.unpack(partials["tile/entries/257.p/208"], 208) == entries[65_792:]
    assert {path for _, path, _ in tlog.edge_files(66_000)} == partials.keys()
    assert len(files) == 257 + 257 + 1


@pytest.mark.parametrize(
    ("number", "path"),
    [(0, "000"), (999, "999"), (1000, "x001/000"), (1234067, "x001/x234/067"), (1000000, "x001/x000/000")],
)
def test_tiles_are_named_as_the_standard_says(number: int, path: str) -> None:
    assert tlog.tile_name(number) == path
    assert tlog.tile_path(3, number, 7) == f"tile/3/{path}.p/7"


@given(entries=st.lists(st.binary(max_size=300), max_size=20))
def test_bundles_give_back_their_entries(entries: list[bytes]) -> None:
    assert tlog.unpack(tlog.pack(entries), len(entries)) == entries


@pytest.mark.parametrize(
    ("bundle", "count"), [(b"", 1), (b"\x00", 1), (b"\x00\x02a", 1), (b"\x00\x01a", 2), (b"\x00\x01ab", 1), (b"a", 0)]
)
def test_a_bundle_holds_exactly_its_entries(bundle: bytes, count: int) -> None:
    with pytest.raises(ValueError, match=r"cut short|too long"):
        tlog.unpack(bundle, count)


def test_an_entry_fits_its_length_field() -> None:
    tree = Tree()
    tree.append(b"x" * 65_535)
    with pytest.raises(ValueError, match="65535"):
        tree.append(b"x" * 65_536)
    assert tree.size == 1


def a_note(size: int = 7) -> bytes:
    return tlog.sign(Checkpoint(origin="example.org/ledger", size=size, root=bytes(32)), KEY)


def test_a_checkpoint_reads_as_it_was_written() -> None:
    lines = a_note().decode().split("\n")
    assert lines[:4] == ["example.org/ledger", "7", base64.b64encode(bytes(32)).decode(), ""]
    assert lines[4].startswith("\u2014 example.org/ledger ")
    assert tlog.open_checkpoint(a_note(), VERIFIER) == Checkpoint(origin="example.org/ledger", size=7, root=bytes(32))


def test_the_verifier_key_of_the_specification_is_read() -> None:
    """PeterNeumann's key and note are the example of c2sp.org/signed-note and of Go's x/mod/sumdb/note."""
    key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    name, identity, public = tlog._read_verifier(key)
    assert (name, identity.hex()) == ("PeterNeumann", "c74f20a3")
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert tlog.key_id(name, raw).hex() == "c74f20a3"
    text = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    signature = base64.b64decode(
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    )
    assert signature[:4].hex() == "c74f20a3"
    public.verify(signature[4:], text)
    with pytest.raises(Damaged, match="does not read as one"):
        tlog.open_checkpoint(text + "\n\u2014 PeterNeumann ".encode() + base64.b64encode(signature) + b"\n", key)


def test_a_cosignature_beside_ours_does_no_harm() -> None:
    note = a_note() + "\u2014 witness.example AAAAAAECAwQ=\n".encode()
    assert tlog.open_checkpoint(note, VERIFIER).size == 7


@given(at=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_no_byte_of_a_checkpoint_can_be_changed(at: int, flip: int) -> None:
    note = bytearray(a_note())
    note[at % len(note)] ^= flip
    with pytest.raises(Damaged):
        tlog.open_checkpoint(bytes(note), VERIFIER)


@given(untrusted=st.binary(max_size=200))
def test_whatever_else_is_no_checkpoint(untrusted: bytes) -> None:
    with pytest.raises(Damaged):
        tlog.open_checkpoint(untrusted, VERIFIER)


@pytest.mark.parametrize(
    "verifier",
    [
        "",
        "example.org/ledger",
        VERIFIER[:-4],
        VERIFIER.replace("example", "exumple"),
        VERIFIER.replace("+", " "),
        "a+00000000+" + base64.b64encode(b"\x01" + bytes(32)).decode(),
        "a+00000000+" + base64.b64encode(b"\x02" + bytes(32)).decode(),
    ],
)
def test_what_is_no_verifier_key_verifies_nothing(verifier: str) -> None:
    with pytest.raises(Damaged, match="verifier key"):
        tlog.open_checkpoint(a_note(), verifier)


def test_another_key_verifies_nothing() -> None:
    other = Ed25519PrivateKey.generate()
    with pytest.raises(Damaged, match="not signed by"):
        tlog.open_checkpoint(a_note(), tlog.verifier_key("example.org/ledger", other))


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "a\nb"])
def test_an_origin_that_cannot_be_written_is_a_mistake(origin: str) -> None:
    with pytest.raises(ValueError, match="origin"):
        tlog.verifier_key(origin, KEY)


@pytest.mark.needs("openssl")
def test_openssl_verifies_the_signature(tmp_path: Path) -> None:
    text, _, rest = a_note().rpartition(b"\n\n")
    signature = base64.b64decode(rest.split(b" ")[2])[4:]
    for name, content in (("text", text + b"\n"), ("signature", signature), ("other", text + b" \n")):
        (tmp_path / name).write_bytes(content)
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(pem)
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "key.pem", "-sigfile", "signature", "-in"]
    good = subprocess.run([*command, "text"], cwd=tmp_path, capture_output=True, check=False)
    assert good.returncode == 0, good.stderr
    assert subprocess.run([*command, "other"], cwd=tmp_path, capture_output=True, check=False).returncode != 0
