"""A connection with one deadline for all of it, however slowly the far side goes on talking."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def closing_within(stream: socket.socket, seconds: float) -> Iterator[None]:
    """Close a connection at the end, and hang up when its time is over.

    Raises `TimeoutError` then, whatever else that looks like: an answer that was cut off may look whole.
    """
    late = threading.Event()
    end = threading.Timer(seconds, _hang_up, (stream, late))
    end.daemon = True
    end.start()
    try:
        yield
    except Exception:
        if not late.is_set():
            raise
    finally:
        end.cancel()
        stream.close()
    if late.is_set():
        raise TimeoutError


def _hang_up(stream: socket.socket, late: threading.Event) -> None:
    """End a connection, and say so; whoever waits on it sees its end.

    Below TLS: `SSLSocket.shutdown` takes TLS away first, and whoever is writing would go on in clear.
    """
    late.set()
    with suppress(OSError):  # it ended by itself
        socket.socket.shutdown(stream, socket.SHUT_RDWR)
