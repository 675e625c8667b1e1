"""The child process: prepares, then is forked into hardened workers. Started by `Inspector`, never by a person."""

from __future__ import annotations

from gateway.system.zygote import serve
from gateway.worker.child import prepare

if __name__ == "__main__":
    serve(prepare)
