"""A master key in a transit service, against a strict stand-in: what is not a clear answer damages nothing."""

from __future__ import annotations

import io
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import trustme

from gateway.errors import Damaged, Unsound
from gateway.store import rotation, tables
from gateway.store.embedded import create_keys, open_store
from gateway.store.keepers import Ring, transit, try_out
from gateway.store.keepers.credential import Secret
from gateway.store.keepers.transit import TransitKeeper, TransitKey
from gateway.system.clock import MachineClock
from gateway.testing.store_values import accept
from tests.unit.store.transit_service import KEY, MOUNT, TOKEN, Transit, serving

pytestmark = pytest.mark.network
DATA = b"d" * 32


@pytest.fixture
def service() -> Transit:
    return Transit()


@pytest.fixture
def chosen(service: Transit, tmp_path: Path) -> Iterator[TransitKey]:
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    token.chmod(0o600)
    with serving(service) as address:
        yield TransitKey(address=address, mount=MOUNT, key=KEY, token=Secret(file=token))


def other(chosen: TransitKey, **changes: Any) -> TransitKeeper:  # noqa: ANN401 - fields of any type
    return TransitKeeper(TransitKey(**({name: getattr(chosen, name) for name in TransitKey.__slots__} | changes)))


def test_a_wrapped_key_opens_for_its_object_only(chosen: TransitKey) -> None:
    keeper = TransitKeeper(chosen)
    wrapped = keeper.wrap(DATA, b"object 1")
    assert wrapped.startswith(b"vault:v1:")
    assert keeper.unwrap(wrapped, b"object 1") == DATA
    altered = wrapped[:-8] + (b"AAAA" if wrapped[-8:-4] != b"AAAA" else b"BBBB") + wrapped[-4:]
    for text, bound in (
        (wrapped, b"object 2"),
        (altered, b"object 1"),
        (b"", b""),
        (b"\xff", b""),
        (b"vault:v1:!", b""),
        (b"vault:v1", b""),
        (b"vault:vx:AAAA", b""),
        (b"vault:v1:AAAA", b""),
    ):
        with pytest.raises(Damaged):
            keeper.unwrap(text, bound)
    assert try_out(keeper) == (keeper.id, "")


def test_its_id_is_the_keys_and_not_the_address(chosen: TransitKey) -> None:
    assert other(chosen, address="https://elsewhere:1").id == TransitKeeper(chosen).id
    assert len({other(chosen, key="b").id, other(chosen, mount="b").id, other(chosen, namespace="b").id}) == 3


def test_a_new_version_in_the_service_opens_what_the_old_one_wrapped(service: Transit, chosen: TransitKey) -> None:
    keeper = TransitKeeper(chosen)
    wrapped = keeper.wrap(DATA, b"x")
    service.rotate()
    assert keeper.unwrap(wrapped, b"x") == DATA
    assert keeper.wrap(DATA, b"x").startswith(b"vault:v2:")
    newer = keeper.wrap(DATA, b"y")
    service.versions, restored = {1: service.versions[1]}, service.versions
    with pytest.raises(Unsound, match="answered 400"):  # it was rolled back, or this replica is behind: not damage
        keeper.unwrap(newer, b"y")
    service.versions = restored
    assert keeper.unwrap(newer, b"y") == DATA
    service.oldest = 2
    with pytest.raises(Unsound, match="answered 400"):  # an operator's slip, not damage
        keeper.unwrap(wrapped, b"x")


@pytest.mark.parametrize(
    "trouble",
    [
        {"is_sealed": True},
        {"status": 500},
        {"status": 429},
        {"status": 204, "raw": b""},
        {"raw": b"<html>captive portal</html>"},
        {"raw": b"[]"},
        {"raw": b"null"},
        {"raw": b'{"data": null}'},
        {"raw": b'{"data": {"ciphertext": 1, "plaintext": 1}}'},
        {"raw": b'{"data": {"ciphertext": "", "plaintext": ""}}'},
        {"raw": b'{"data": {"plaintext": "no base 64"}}'},
        {"raw": b"[" * 60_000},
        {"raw": b"{" + b" " * 100_000 + b"}"},
        {"status": 307, "location": "http://127.0.0.1:1/"},
        {"status": 400, "raw": b'{"errors": "cipher: message authentication failed"}'},
        {"status": 400, "raw": b'{"errors": [1]}'},
    ],
    ids=str,
)
def test_what_is_no_clear_answer_means_not_now(service: Transit, chosen: TransitKey, trouble: dict[str, Any]) -> None:
    keeper = TransitKeeper(chosen)
    wrapped = keeper.wrap(DATA, b"x")
    for name, value in trouble.items():
        setattr(service, name, value)
    with pytest.raises(Unsound) as refused:
        keeper.unwrap(wrapped, b"x")
    assert TOKEN not in str(refused.value)
    if b"plaintext" not in (service.raw or b"") or b"ciphertext" in (service.raw or b""):
        with pytest.raises(Unsound):
            keeper.wrap(DATA, b"x")


def test_a_service_that_hangs_is_given_up(
    service: Transit, chosen: TransitKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transit, "SECONDS", 0.2)
    service.pause = threading.Event()
    with pytest.raises(Unsound, match="in time"):
        TransitKeeper(chosen).wrap(DATA, b"")
    service.pause.set()


def test_a_service_that_goes_on_talking_is_given_up_too(chosen: TransitKey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each octet comes in time, and the answer never."""
    monkeypatch.setattr(transit, "SECONDS", 0.5)
    done = threading.Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not done.wait(0.05):
                connection.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        talking = threading.Thread(target=drip, args=(listening,))
        talking.start()
        keeper = other(chosen, address=f"http://127.0.0.1:{listening.getsockname()[1]}")
        started = time.monotonic()
        with pytest.raises(Unsound, match="in time"):
            keeper.wrap(DATA, b"")
        assert time.monotonic() - started < 30
        done.set()
        talking.join()


def test_a_service_that_is_away_is_not_now(chosen: TransitKey) -> None:
    with pytest.raises(Unsound, match="does not help"):
        other(chosen, address="http://127.0.0.1:1").wrap(DATA, b"")


def test_the_token_is_read_each_time_and_stands_in_no_message(chosen: TransitKey) -> None:
    keeper, path = TransitKeeper(chosen), chosen.token.file
    assert path is not None
    wrapped = keeper.wrap(DATA, b"x")
    path.write_text("hvs.expired")
    with pytest.raises(Unsound, match="403") as refused:
        keeper.unwrap(wrapped, b"x")
    assert "expired" not in str(refused.value)
    path.write_text(TOKEN)
    assert keeper.unwrap(wrapped, b"x") == DATA
    path.chmod(0o644)
    with pytest.raises(Unsound, match="0644"):
        keeper.wrap(DATA, b"x")
    path.chmod(0o600)
    path.write_text("two\nlines")
    with pytest.raises(Unsound, match="cannot be sent"):
        keeper.wrap(DATA, b"x")


def test_a_namespace_is_said(service: Transit, chosen: TransitKey) -> None:
    service.namespace = "council"
    with pytest.raises(Unsound, match="403"):
        TransitKeeper(chosen).wrap(DATA, b"")
    assert other(chosen, namespace="council").wrap(DATA, b"")


def test_over_tls_only_a_verified_certificate_is_spoken_to(chosen: TransitKey, tmp_path: Path) -> None:
    ours, theirs = trustme.CA(), trustme.CA()
    ours.cert_pem.write_to_path(tmp_path / "ca.pem")
    for authority, name, is_good in (
        (ours, "127.0.0.1", True), (theirs, "127.0.0.1", False), (ours, "elsewhere.example", False),
    ):  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        service = Transit()
        with serving(service, context) as address:
            keeper = other(chosen, address=address, ca_file=tmp_path / "ca.pem")
            if is_good:
                assert keeper.unwrap(keeper.wrap(DATA, b"x"), b"x") == DATA
                continue
            with pytest.raises(Unsound, match="certificate does not verify"):
                keeper.wrap(DATA, b"x")
            assert service.seen == []


def test_a_vault_lives_on_it_and_loses_nothing_while_it_is_away(
    service: Transit, chosen: TransitKey, tmp_path: Path
) -> None:
    create_keys(tmp_path / "state", master=[])
    assert not (tmp_path / "state" / "keys" / "master.key").exists()
    ring = Ring(TransitKeeper(chosen))
    store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock(), ring=ring)
    kept = [store.vault.put(io.BytesIO(content)) for content in (b"small", bytes(400_000))]
    accept(store, objects=kept)
    service.is_sealed = True
    for attempt in (lambda: store.vault.read(kept[0].id), lambda: store.vault.put(io.BytesIO(b"x"))):
        with pytest.raises(Unsound, match="503"):
            attempt()
    service.is_sealed = False
    service.rotate()
    assert rotation.rewrap(store.database, ring, again=True).count == 2
    service.versions.pop(1)
    assert [len(store.vault.read(each.id)) for each in kept] == [5, 400_000]
    with store.database.read() as connection:
        headers = [json.loads(row.header) for row in connection.execute(tables.objects.select())]
    assert {each["key"] for each in headers} == {TransitKeeper(chosen).id}
    store.close()
