"""Asks Presidio, where an interpreter has it, for its findings on texts: one child process for all of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.errors import GatewayError
from gateway.system.programs import run
from gateway.testing.accuracy import Found

CHILD: Final = Path(__file__).with_name("presidio_child.py")
PATIENCE: Final = 7200.0
COUNTS_FROM: Final = 0.35
"""Presidio scores lower than we do: at 0.5 it would lose every postcode, and many phone numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What Presidio found in each text, and the process time it took. `missing` says why it could not be asked."""

    found: tuple[tuple[Found, ...], ...] = ()
    seconds: float = 0.0
    failed: int = 0
    about: str = ""
    missing: str = ""


def ask(python: Path, texts: Sequence[str], mode: str = "all") -> Answers:
    """Return the findings, in order; raises `GatewayError` when the child breaks off."""
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    try:
        ran = run((str(python), str(CHILD), mode), stdin=lines.encode("ascii"), seconds=PATIENCE)
    except (OSError, GatewayError):
        return Answers(missing=f"{python} does not start")
    answers = [json.loads(line) for line in ran.output.splitlines()] if ran.code == 0 else []
    if not answers:
        raise GatewayError("presidio broke off", hint=f"try it: {python} {CHILD} {mode}")
    if "missing" in answers[0]:
        return Answers(missing=f"{answers[0]['missing']} is not installed in {python}")
    read = [
        tuple(
            Found(entity=entity, value=text[start:end], start=start, end=end, score=score)
            for entity, start, end, score in answer["found"]
        )
        for text, answer in zip(texts, answers[1:-1], strict=True)
    ]
    head = answers[0]
    return Answers(
        found=tuple(read),
        seconds=answers[-1]["seconds"],
        failed=sum("failed" in answer for answer in answers[1:-1]),
        about=f"presidio {head['version']}, {head['model']}, {head['detectors']} detectors",
    )
