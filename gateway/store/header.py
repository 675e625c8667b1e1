"""The header of an object: its data key, wrapped, and what that is bound to.

    {"alg": ..., "key": id of the master key, "object": id of the object, "v": 1, "wrapped": Base64}    canonical JSON

The stream is bound to {version, object id, algorithm}, the wrapped key to the same and the master key's id: no header
fits another body, and changing the master key writes headers anew without touching a body.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Final

from gateway.errors import Damaged
from gateway.store import codec

if TYPE_CHECKING:
    from gateway.store.keepers import KeyKeeper, Ring

VERSION: Final = 1
ALGORITHM: Final = "AES256_GCM_HKDF_1MB"


def bound(object_id: str) -> bytes:
    """Return what the stream of an object is bound to."""
    return codec.canonical({"v": VERSION, "object": object_id, "alg": ALGORITHM}).encode()


def make(object_id: str, data_key: bytes, keeper: KeyKeeper) -> bytes:
    """Return a header with the data key wrapped by `keeper`; `Unsound`."""
    wrapped = keeper.wrap(data_key, _bound_key(object_id, keeper.id))
    header = {
        "v": VERSION,
        "object": object_id,
        "alg": ALGORITHM,
        "key": keeper.id,
        "wrapped": base64.b64encode(wrapped).decode("ascii"),
    }
    return codec.canonical(header).encode()


def key_of(object_id: str, header: bytes) -> str:
    """Return the id of the master key that a header names; `Damaged`."""
    return _parts(object_id, header)[0]


def data_key_of(object_id: str, header: bytes, ring: Ring) -> bytes:
    """Return the data key; `Damaged` when it does not verify or nobody here has its master key, `Unsound`."""
    key_id, wrapped = _parts(object_id, header)
    return ring.find(key_id).unwrap(wrapped, _bound_key(object_id, key_id))


def _bound_key(object_id: str, key_id: str) -> bytes:
    return codec.canonical({"v": VERSION, "object": object_id, "alg": ALGORITHM, "key": key_id}).encode()


def _parts(object_id: str, header: bytes) -> tuple[str, bytes]:
    try:
        found = json.loads(header)
        key_id, wrapped = str(found["key"]), base64.b64decode(found["wrapped"], validate=True)
        told = (found["v"], found["object"], found["alg"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise Damaged(f"the header of object {object_id} cannot be read") from None
    if told != (VERSION, object_id, ALGORITHM):
        raise Damaged(f"the header of object {object_id} is not its own")
    return key_id, wrapped
