"""From the texts of a policy set to a `Policy`, or to every complaint at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel

from gateway.decide import shapes
from gateway.decide.directory import DIRECTORY_FILES, directory_of
from gateway.decide.domains import domains_of, suffixes_of
from gateway.decide.house import HOUSE_FILE, HOUSE_LAWS, LINES_BEFORE
from gateway.decide.policy import KNOWN_ENTITIES, Policy
from gateway.decide.rules import groups_of, laws_of, raises_of, rules_of
from gateway.decide.vocabulary import Vocabulary
from gateway.decide.ways import routes_of
from gateway.errors import Complaint
from gateway.model.document import Complaints, Document, nearest, read
from gateway.model.tier import Tier
from gateway.model.validation import validate

FOLDER: Final = "policies/"
SINGLE: Final[Mapping[str, type[BaseModel]]] = {
    "domains.yaml": shapes.DomainsFile,
    "laws.yaml": shapes.LawsFile,
    "routes.yaml": shapes.RoutesFile,
    "tiers.yaml": shapes.TiersFile,
}
MANY: Final[Mapping[str, type[BaseModel]]] = {
    "cases/": shapes.CasesFile,
    "domains/": shapes.MoreDomainsFile,
    "rules/": shapes.RulesFile,
}
OPTIONAL: Final = frozenset({*DIRECTORY_FILES, "detectors.yaml", "labels.yaml"})
"""Files that a policy set may do without; the last two are other rooms'."""
SCHEMES: Final = "schemes/"
PROFILES: Final = "schemes/profiles.yaml"


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


def parse_policy(files: Mapping[str, str], others: Mapping[str, str] = MappingProxyType({})) -> Policy:
    """Return the policy in these files, by their names below the policy folder; raises `Invalid`.

    Its hash is over these files and the `others`, which only other rooms read: lexicons, tables. The policy is
    well-formed but not proved: `gateway.decide.load` is what a daemon calls.
    """
    complaints = Complaints()
    complaints.add(*_misnamed(files))
    documents: dict[str, Document] = {}
    shaped: dict[str, BaseModel] = {}
    for name, text in sorted(files.items()):
        shape = shape_of(name)
        with complaints:
            if shape is not None or name in DIRECTORY_FILES or name.startswith(SCHEMES):
                documents[name] = read(FOLDER + name, text)
            if shape is not None:
                shaped[name] = validate(documents[name], shape)
    complaints.settle()
    policy = _policy(hash_of({**others, **files}), documents, shaped, complaints)
    complaints.settle()
    return policy


def _misnamed(files: Mapping[str, str]) -> Iterator[Complaint]:
    for name in files:
        if shape_of(name) is None and name not in OPTIONAL and not name.startswith(SCHEMES):
            below = (f"{folder}{name.rpartition('/')[2]}" for folder in (*MANY, SCHEMES))
            known = nearest(name, {*SINGLE, *OPTIONAL, *below})
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
    entities = KNOWN_ENTITIES | frozenset(tiers.entities_of_plugins)
    groups = groups_of(documents["tiers.yaml"], tiers, entities, complaints)
    more = [(documents[name], each) for name, each in shaped.items() if isinstance(each, shapes.MoreDomainsFile)]
    table = domains_of(documents["domains.yaml"], domains, more, complaints)
    suffixes = suffixes_of(documents["domains.yaml"], domains, complaints)
    directory = directory_of(documents, complaints, entities, secure=table.keys(), suffixes=suffixes)
    schemes = [document for name, document in documents.items() if name.startswith(SCHEMES)]
    words = Vocabulary(
        entities=entities | groups.keys(),
        routes=frozenset(each.id for each in routes.routes),
        descriptors=_words_of(schemes, "descriptors"),
        caveats=_words_of(schemes, "caveats"),
        units=directory.units,
        partners=directory.partners,
        partner_kinds=directory.partner_kinds,
        retention_classes=directory.retention_classes,
    )
    rules = [(documents[name], each) for name, each in shaped.items() if isinstance(each, shapes.RulesFile)]
    both = [(house, validate(house, shapes.LawsFile)), (documents["laws.yaml"], laws)]
    read_rules = rules_of(rules, words, complaints)
    return Policy(
        hash=digest,
        rules=tuple(rule for rule in read_rules if not rule.observes),
        observed=tuple(rule for rule in read_rules if rule.observes),
        raises=raises_of(documents["tiers.yaml"], tiers, words, complaints),
        laws=laws_of(both, words, complaints),
        routes=MappingProxyType(routes_of(documents["routes.yaml"], routes, complaints)),
        domains=MappingProxyType(table),
        suffixes=suffixes,
        entities=entities,
        groups=MappingProxyType(groups),
        shown=MappingProxyType(_shown(documents.get(PROFILES))),
        directory=directory,
    )


def _shown(profiles: Document | None) -> dict[Tier, str]:
    """Return what people read for each tier in the profile in use; classify checks the file."""
    value = profiles.value if profiles and isinstance(profiles.value, dict) else {}
    listed = value.get("profiles")
    found = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    words = next((each.get("shown") for each in found if each.get("name") == value.get("use")), None)
    labels = {tier.label: tier for tier in Tier}
    return {labels[key]: str(word) for key, word in words.items() if key in labels} if isinstance(words, dict) else {}


def _words_of(schemes: Iterable[Document], kind: str) -> frozenset[str]:
    """Return the descriptors or caveats that the marking schemes know, without those that hold a name."""
    listed = (document.value.get(kind) for document in schemes if isinstance(document.value, dict))
    words = chain.from_iterable(each for each in listed if isinstance(each, list))
    return frozenset(str(word) for word in words if not {"*", "@"} & set(str(word)))
