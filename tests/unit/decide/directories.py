"""Directories for the tests of `gateway.decide.directory`, from a few lines of a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from gateway.config.load import read_policy_files
from gateway.decide.directory import Directory, directory_of
from gateway.decide.parse import parse_policy
from gateway.decide.policy import KNOWN_ENTITIES
from gateway.errors import Invalid
from gateway.model.document import Complaints, read

FILES: Final = read_policy_files(Path(__file__).parents[3] / "policies")
SHIPPED: Final = parse_policy(FILES).directory
SUFFIXES: Final = ("gov.uk", "nhs.uk", "police.uk", "co.uk", "org.uk", "sch.uk", "*.sch.uk")


def directory(files: Mapping[str, str], secure: tuple[str, ...] = ()) -> Directory:
    """Return the directory in some files; raises `Invalid`."""
    complaints = Complaints()
    documents = {name: read(name, text) for name, text in files.items()}
    made = directory_of(documents, complaints, KNOWN_ENTITIES, secure=secure, suffixes=SUFFIXES)
    complaints.settle()
    return made


def complaints_about(files: Mapping[str, str]) -> list[str]:
    """Return every complaint about some files, each with its place."""
    with pytest.raises(Invalid) as trouble:
        directory(files)
    return [str(each) for each in trouble.value.complaints]
