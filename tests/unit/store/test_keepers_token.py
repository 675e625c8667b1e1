"""A master key in a token, against SoftHSM2: it wraps, it opens, it never leaves, and a failing token loses nothing."""

from __future__ import annotations

import importlib
import io
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Damaged, Unsound
from gateway.store import rotation
from gateway.store.embedded import KEYS, create_keys, open_store
from gateway.store.keepers import Ring, try_out
from gateway.store.keepers.credential import Secret
from gateway.store.keepers.file import FileKeys
from gateway.store.keepers.token import TokenKeeper, TokenKey
from gateway.system.clock import MachineClock
from gateway.testing.store_values import accept
from tests.unit.store.softhsm import PIN, make_key, make_token, module

pytestmark = pytest.mark.needs("softhsm2-util")
DATA = b"d" * 32


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    before = os.environ.get("SOFTHSM2_CONF")
    folder = tmp_path_factory.mktemp("softhsm")
    make_token(folder, "gateway")
    make_key("gateway", "vault")
    make_key("gateway", "other")
    make_key("gateway", "short", bits=128)
    make_key("gateway", "may leave", may_leave=True)
    yield folder
    os.environ.pop("SOFTHSM2_CONF")
    if before is not None:
        os.environ["SOFTHSM2_CONF"] = before


@pytest.fixture
def chosen(tokens: Path, tmp_path: Path) -> TokenKey:
    del tokens
    pin = tmp_path / "pin"
    pin.write_text(f"{PIN}\n")
    pin.chmod(0o600)
    return TokenKey(module=module(), token="gateway", key="vault", pin=Secret(file=pin))


def other(chosen: TokenKey, **changes: Any) -> TokenKeeper:  # noqa: ANN401 - fields of any type
    return TokenKeeper(TokenKey(**({name: getattr(chosen, name) for name in TokenKey.__slots__} | changes)))


def test_a_wrapped_key_opens_for_its_object_and_under_its_key_only(chosen: TokenKey) -> None:
    keeper = TokenKeeper(chosen)
    wrapped = keeper.wrap(DATA, b"object 1")
    assert len(wrapped) == 12 + 32 + 16
    assert keeper.wrap(DATA, b"object 1") != wrapped
    assert keeper.unwrap(wrapped, b"object 1") == DATA
    assert TokenKeeper(chosen).unwrap(wrapped, b"object 1") == DATA
    for opener, text, bound in (
        (keeper, wrapped, b"object 2"),
        (other(chosen, key="other"), wrapped, b"object 1"),
        (keeper, wrapped[:-1], b"object 1"),
        (keeper, b"", b"object 1"),
        (keeper, wrapped[:-1] + bytes([wrapped[-1] ^ 1]), b"object 1"),
        (keeper, bytes([wrapped[0] ^ 1]) + wrapped[1:], b"object 1"),
    ):
        with pytest.raises(Damaged):
            opener.unwrap(text, bound)
    assert keeper.unwrap(wrapped, b"object 1") == DATA


def test_its_id_names_the_key_and_needs_no_token(chosen: TokenKey) -> None:
    ids = {other(chosen, module=Path("/nowhere")).id, TokenKeeper(chosen).id}
    assert len(ids) == 1
    assert other(chosen, key="other").id not in ids
    assert other(chosen, token="other").id not in ids


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"key": "may leave"}, "may be taken out"),
        ({"key": "short"}, "not AES-256"),
        ({"key": "none"}, "NoSuchKey"),
        ({"token": "none"}, "NoSuchToken"),
        ({"module": Path("/nowhere.so")}, "no PKCS#11 module"),
        ({"module": Path(__file__)}, "does not do its work"),
    ],
)
def test_what_is_no_sound_key_is_refused_with_the_reason(chosen: TokenKey, changes: dict[str, Any], why: str) -> None:
    with pytest.raises(Unsound, match=why):
        other(chosen, **changes).wrap(DATA, b"")


def test_a_wrong_pin_is_said_once_and_a_right_one_is_tried_at_once(
    chosen: TokenKey, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    importlib.import_module("pkcs11").lib(str(module())).reinitialize()  # nobody is logged in
    pin = tmp_path / "pin"
    pin.write_text("000000")
    keeper, said = TokenKeeper(chosen), list[str]()
    read = Secret.read

    def reading(secret: Secret) -> str:
        said.append(read(secret))
        return said[-1]

    monkeypatch.setattr(Secret, "read", reading)
    for _ in range(20):  # SoftHSM does not lock itself, others do after three
        with pytest.raises(Unsound, match="refuses its PIN") as refused:
            keeper.wrap(DATA, b"")
        assert "000000" not in str(refused.value)
    assert keeper._refused_pin == "000000"
    pin.write_text(PIN)
    assert keeper.unwrap(keeper.wrap(DATA, b""), b"") == DATA


def test_it_opens_again_after_its_sessions_are_gone(chosen: TokenKey) -> None:
    keeper = TokenKeeper(chosen)
    wrapped = keeper.wrap(DATA, b"x")
    keeper._session.close()
    assert keeper.unwrap(wrapped, b"x") == DATA
    library: Any = importlib.import_module("pkcs11").lib(str(module()))
    library.reinitialize()  # as when the token was taken out: every handle is void
    assert keeper.unwrap(wrapped, b"x") == DATA
    library.reinitialize()
    assert keeper.unwrap(keeper.wrap(DATA, b"y"), b"y") == DATA


def test_a_token_that_is_away_damages_nothing(chosen: TokenKey, tokens: Path) -> None:
    keeper = TokenKeeper(chosen)
    wrapped = keeper.wrap(DATA, b"x")
    library: Any = importlib.import_module("pkcs11").lib(str(module()))
    (tokens / "tokens").rename(tokens / "away")
    (tokens / "tokens").mkdir()
    try:
        library.reinitialize()
        with pytest.raises(Unsound, match="NoSuchToken"):
            keeper.unwrap(wrapped, b"x")
        with pytest.raises(Unsound, match="NoSuchToken"):
            keeper.wrap(DATA, b"x")
        assert try_out(keeper)[1]
    finally:
        (tokens / "tokens").rmdir()
        (tokens / "away").rename(tokens / "tokens")
        library.reinitialize()
    assert keeper.unwrap(wrapped, b"x") == DATA


def test_a_token_that_was_away_for_a_moment_damages_nothing(chosen: TokenKey, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = TokenKeeper(chosen)
    wrapped, asked, asks = keeper.wrap(DATA, b"x"), keeper._asked, list[object]()

    def away_once(act: Callable[[Any], bytes]) -> bytes:
        asks.append(act)
        if len(asks) == 1:
            raise Unsound("the token does not do its work (DeviceError)")
        return asked(act)

    monkeypatch.setattr(keeper, "_asked", away_once)
    assert keeper.unwrap(wrapped, b"x") == DATA
    with pytest.raises(Damaged):
        keeper.unwrap(wrapped, b"y")


def test_many_threads_share_it(chosen: TokenKey) -> None:
    keepers = [TokenKeeper(chosen), other(chosen, key="other")]

    def work(number: int) -> bool:
        keeper, bound = keepers[number % 2], str(number).encode()
        return keeper.unwrap(keeper.wrap(DATA, bound), bound) == DATA

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(work, range(400)))


def test_without_the_library_it_says_how_to_get_it(chosen: TokenKey, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(Unsound, match="python-pkcs11 is not installed") as refused:
        TokenKeeper(chosen).wrap(DATA, b"")
    assert "[pkcs11]" in refused.value.hint


def test_a_vault_moves_from_a_file_into_the_token(chosen: TokenKey, tmp_path: Path) -> None:
    create_keys(tmp_path / "state")
    files = FileKeys(tmp_path / "state" / KEYS / "master.key")
    places = {"state": tmp_path / "state", "vault": tmp_path / "vault", "clock": MachineClock()}
    store = open_store(**places)  # type: ignore[arg-type]  # three of one kind
    stored = store.vault.put(io.BytesIO(bytes(400_000)))
    accept(store, objects=[stored])
    store.close()
    moving = open_store(**places, ring=Ring(TokenKeeper(chosen), files))  # type: ignore[arg-type]  # the same
    assert moving.vault.read(stored.id) == bytes(400_000)
    assert rotation.rewrap(moving.database, moving.vault.ring).count == 1
    moving.close()
    files.path.unlink()
    moved = open_store(**places, ring=Ring(TokenKeeper(chosen)))  # type: ignore[arg-type]  # the same
    assert moved.vault.read(stored.id) == bytes(400_000)
    moved.close()
