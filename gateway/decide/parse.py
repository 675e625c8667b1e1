"""From the texts of a policy set to a `Policy`, or to every complaint at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from itertools import chain
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel

from gateway.decide import shapes
from gateway.decide.house import HOUSE_FILE, HOUSE_LAWS, LINES_BEFORE
from gateway.decide.policy import KNOWN_ENTITIES, Policy
from gateway.decide.rules import laws_of, raises_of, rules_of
from gateway.decide.terms import Vocabulary
from gateway.decide.ways import domains_of, routes_of, suffixes_of
from gateway.errors import Complaint
from gateway.model.document import Complaints, Document, nearest, read
from gateway.model.validation import validate

FOLDER: Final = "policies/"
SINGLE: Final[Mapping[str, type[BaseModel]]] = {
    "domains.yaml": shapes.DomainsFile,
    "laws.yaml": shapes.LawsFile,
    "routes.yaml": shapes.RoutesFile,
    "tiers.yaml": shapes.TiersFile,
}
MANY: Final[Mapping[str, type[BaseModel]]] = {"cases/": shapes.CasesFile, "rules/": shapes.RulesFile}
OF_OTHER_ROOMS: Final = frozenset({"agreements.yaml", "detectors.yaml", "labels.yaml", "retention.yaml"})
SCHEMES: Final = "schemes/"


def hash_of(files: Mapping[str, str]) -> str:
    """Return the SHA-256 over sorted names and texts, each with its length before it."""
    digest = hashlib.sha256()
    for each in chain.from_iterable(sorted(files.items())):
        raw = each.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()


def shape_of(name: str) -> type[BaseModel] | None:
    """Return the shape of a file by its name below the policy folder; None for the files of other rooms."""
    return SINGLE.get(name) or MANY.get(name[: name.find("/") + 1])


def parse_policy(files: Mapping[str, str]) -> Policy:
    """Return the policy in these files, by their names below the policy folder; raises `Invalid`.

    The policy is well-formed but not proved: `gateway.decide.load` is what a daemon calls.
    """
    complaints = Complaints()
    complaints.add(*_misnamed(files))
    documents: dict[str, Document] = {}
    shaped: dict[str, BaseModel] = {}
    for name, text in sorted(files.items()):
        shape = shape_of(name)
        if shape is not None:
            with complaints:
                documents[name] = read(FOLDER + name, text)
                shaped[name] = validate(documents[name], shape)
    complaints.settle()
    policy = _policy(hash_of(files), documents, shaped, complaints)
    complaints.settle()
    return policy


def _misnamed(files: Mapping[str, str]) -> Iterator[Complaint]:
    for name in files:
        if shape_of(name) is None and name not in OF_OTHER_ROOMS and not name.startswith(SCHEMES):
            below = (f"{folder}{name.rpartition('/')[2]}" for folder in (*MANY, SCHEMES))
            known = nearest(name, {*SINGLE, *OF_OTHER_ROOMS, *below})
            yield Complaint(file=FOLDER + name, line=1, column=1, message=f"no room reads a file of this name; {known}")
    for name in sorted({*SINGLE} - {*files}):
        yield Complaint(file=FOLDER + name, line=1, column=1, message="this file is missing; every policy set has one")


def _policy(
    digest: str, documents: Mapping[str, Document], shaped: Mapping[str, BaseModel], complaints: Complaints
) -> Policy:
    routes = shapes.RoutesFile.model_validate(shaped["routes.yaml"])
    domains = shapes.DomainsFile.model_validate(shaped["domains.yaml"])
    tiers = shapes.TiersFile.model_validate(shaped["tiers.yaml"])
    laws = shapes.LawsFile.model_validate(shaped["laws.yaml"])
    house = read(HOUSE_FILE, "\n" * LINES_BEFORE + HOUSE_LAWS)
    words = Vocabulary(
        entities=KNOWN_ENTITIES | frozenset(tiers.entities_of_plugins),
        routes=frozenset(each.id for each in routes.routes),
    )
    rules = [(documents[name], each) for name, each in shaped.items() if isinstance(each, shapes.RulesFile)]
    both = [(house, validate(house, shapes.LawsFile)), (documents["laws.yaml"], laws)]
    return Policy(
        hash=digest,
        rules=rules_of(rules, words, complaints),
        raises=raises_of(documents["tiers.yaml"], tiers, words, complaints),
        laws=laws_of(both, words, complaints),
        routes=MappingProxyType(routes_of(documents["routes.yaml"], routes, complaints)),
        domains=MappingProxyType(domains_of(documents["domains.yaml"], domains, complaints)),
        suffixes=suffixes_of(documents["domains.yaml"], domains, complaints),
        entities=words.entities,
    )
