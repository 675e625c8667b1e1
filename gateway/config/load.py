"""Reads the files of an installation, and checks that settings and policy fit together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from gateway.classify.checking import check
from gateway.config.channels import BY_AUTHORITY, ChannelSettings, SmtpSettings
from gateway.config.places import overlaps, told_in_outbound
from gateway.config.sections import below, is_loopback
from gateway.config.settings import Paths, Settings
from gateway.decide.load import load
from gateway.decide.parse import FOLDER, hash_of, parse_policy
from gateway.decide.policy import KNOWN_METHODS, Policy, Written
from gateway.errors import Complaint, Invalid, NotFound
from gateway.model.document import LARGEST, Complaints, Document, nearest, read
from gateway.model.validation import validate
from gateway.model.verdict import Network, Owing, named

TOLD_IN_A_FOLDER: Final = "folder"
BY_SETTINGS: Final = "name it under 'paths' in the configuration"
BY_COMMAND: Final = "name a folder that holds a policy set"


def load_settings(path: Path) -> Settings:
    """Return the settings in a file, with every path absolute.

    Relative paths are below `home`, which is below the file's own folder when relative, and the parent of that folder
    when left out. Raises `Invalid` with every complaint, `NotFound` when there is no such file.
    """
    document = read(str(path), _text(path))
    settings = validate(document, Settings)
    resolved = _resolved(settings, path.absolute().parent, has_home="home" in settings.model_fields_set)
    complaints = Complaints()
    complaints.add(*_notice_complaints(document, settings), *_own_domain_complaints(document, settings))
    complaints.add(*_officer_complaints(document, settings))
    complaints.add(*_channel_complaints(document, resolved))
    complaints.add(*_method_complaints(document, settings))
    complaints.add(*overlaps(document, resolved))
    complaints.settle()
    return resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFiles:
    """The texts of a policy folder by their names below it: what decide reads, and what classify reads of it."""

    decide: Mapping[str, str]
    classify: Mapping[str, str]

    @property
    def texts(self) -> Mapping[str, str]:
        """All of them."""
        return {**self.classify, **self.decide}

    @property
    def hash(self) -> str:
        """The hash of the policy that these files make, over all of them."""
        return hash_of(self.texts)

    @property
    def classify_hash(self) -> str:
        """The hash over what classify reads."""
        return hash_of(self.classify)

    def parsed(self) -> Policy:
        """Return the policy, well-formed but not proved; raises `Invalid`."""
        return parse_policy(self.decide, self.classify)


def load_policies(folder: Path) -> Policy:
    """Return the policy set in a folder; raises as `read_set` and `load_set` do."""
    return load_set(read_set(folder))


def read_set(folder: Path, *, hint: str = BY_SETTINGS) -> PolicyFiles:
    """Return the files of a policy set, each read once; raises `Invalid`, `NotFound` with this hint."""
    files = read_policy_files(folder, hint=hint)
    return PolicyFiles(decide=files, classify=_for_classify(folder, files))


def load_set(files: PolicyFiles) -> Policy:
    """Return the policy in these files: parsed, proved, true to its golden cases; raises `Invalid`.

    What classify reads of it is checked too: schemes, labels, lexicons, and the operator's own detectors, whose
    entities the policy must know.
    """
    complaints = Complaints()
    policy = None
    with complaints:
        policy = load(files.decide, files.classify)
    with complaints:
        complaints.add(*check(files.classify, policy.entities if policy else None))
    complaints.settle()
    if policy is None:  # no complaint and yet nothing loaded: our own mistake
        raise AssertionError
    return policy


def load_fitting(settings: Settings, files: PolicyFiles) -> Policy:
    """Return the policy in these files if it fits the settings; raises `Invalid`."""
    policy = load_set(files)
    complaints = Complaints()
    complaints.add(*misfits(settings, policy))
    complaints.settle()
    return policy


def load_observed(settings: Settings) -> Policy | None:
    """Return the policy set that only observes, None where none is set; raises `Invalid`, `NotFound`."""
    folder = settings.paths.observed_policies
    if folder is None:
        return None
    with shown_as(folder):
        return load_fitting(settings, read_set(folder))


@contextmanager
def shown_as(folder: Path) -> Iterator[None]:
    """Let complaints about `policies/…` name this folder: there are two."""
    try:
        yield
    except Invalid as trouble:
        raise Invalid(tuple(_in(folder, complaint) for complaint in trouble.complaints)) from None


def _in(folder: Path, complaint: Complaint) -> Complaint:
    if not complaint.file.startswith(FOLDER):
        return complaint
    return replace(complaint, file=f"{folder.name}/{complaint.file.removeprefix(FOLDER)}")


def load_both(path: Path) -> tuple[Settings, Policy]:
    """Return settings and policy that fit together; raises `Invalid` with the complaints about both."""
    complaints = Complaints()
    settings, policy = None, None
    with complaints:
        settings = load_settings(path)
    if settings is not None:
        with complaints:
            policy = load_policies(settings.paths.policies)
    if settings is not None and policy is not None:
        complaints.add(*misfits(settings, policy))
    complaints.settle()
    if settings is None or policy is None:  # no complaint and yet nothing loaded: our own mistake
        raise AssertionError
    return settings, policy


def read_policy_files(folder: Path, *, hint: str = BY_SETTINGS) -> Mapping[str, str]:
    """Return the texts of a policy folder by their names below it; raises `Invalid`, `NotFound`.

    Hidden files and those that end otherwise than in `.yaml` are not read, but for `.yml`, which is refused: a rule
    must not be left out because of its name.
    """
    if not folder.is_dir():
        raise NotFound(f"there is no policy folder at {folder}", hint=hint)
    complaints = Complaints()
    files: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in path.relative_to(folder).parts) or not path.is_file():
            continue
        if path.suffix.lower() in {".yml", ".yaml"} and path.suffix != ".yaml":
            message = "this file would not be read; let its name end in .yaml"
            complaints.add(Complaint(file=FOLDER + name, line=1, column=1, message=message))
        elif path.suffix == ".yaml":
            with complaints:
                files[name] = _text(path, FOLDER + name)
    complaints.settle()
    return files


def read_classify_files(folder: Path) -> Mapping[str, str]:
    """Return the texts of the policy files that classify reads, by their names below the folder.

    They are what is in `schemes/`, `detectors.yaml`, `labels.yaml`, the lexicons (`lexicons/*.txt`) and the
    tables of the modulus check (`modulus/*.txt`). Raises `Invalid`, `NotFound`.
    """
    return _for_classify(folder, read_policy_files(folder))


def _for_classify(folder: Path, files: Mapping[str, str]) -> Mapping[str, str]:
    yaml = {name: text for name, text in files.items() if _is_for_classify(name)}
    texts = {
        path.relative_to(folder).as_posix(): _text(path, FOLDER + path.relative_to(folder).as_posix())
        for path in text_files(folder)
    }
    return yaml | texts


def text_files(folder: Path) -> list[Path]:
    """Return the lexicons and tables of a policy folder."""
    return sorted([*folder.glob("lexicons/*.txt"), *folder.glob("modulus/*.txt")])


def _is_for_classify(name: str) -> bool:
    return name in {"detectors.yaml", "labels.yaml"} or name.startswith("schemes/")


def misfits(settings: Settings, policy: Policy) -> Iterator[Complaint]:
    """Yield what does not fit: rules that tell a role which no officer has, and routes that nothing can go by.

    Those have no channel, one weaker than the network promises, or a folder that is taken.
    """
    yield from _untold(settings, policy)
    told = told_in_outbound(settings)
    for route in policy.routes.values():
        channel = settings.channels.get(route.channel)
        if channel is None:
            known = nearest(route.channel, settings.channels)
            yield _about(route.written, f"there is no channel '{route.channel}' in the configuration; {known}")
        elif route.network is Network.VERIFIED_TLS and (weak := _weakness(channel)):
            yield _about(route.written, f"the channel '{route.channel}' {weak}")
        if route.id == told:
            message = f"the notices folder is named like the outbound folder of this route, '{told}'"
            yield _about(route.written, f"{message}; name 'notices' otherwise in the configuration")


def _weakness(channel: ChannelSettings) -> str:
    """Return why a channel cannot do what the network verified-tls promises, and what to do; empty where it can."""
    if isinstance(channel, SmtpSettings):
        weak = "does not verify TLS, as the network verified-tls promises; set 'tls: verify' in the configuration"
        return "" if channel.proves else weak
    weak = "is a folder, which proves no TLS, as the network verified-tls promises"
    return "" if channel.trial else f"{weak}; set 'kind: smtp' and 'tls: verify', or 'trial: true' to try it out"


def _untold(settings: Settings, policy: Policy) -> Iterator[Complaint]:
    held = {role for officer in settings.officers for role in officer.roles}
    for rule in policy.rules:
        for role in named(rule.obligations, Owing.TELL):
            if role not in held:
                message = f"'tell:{role}': no officer in the configuration has the role '{role}'"
                yield _about(rule.written, f"{message}; {nearest(role, held)}")


def _about(written: Written, message: str) -> Complaint:
    return Complaint(file=written.file, line=written.line, column=written.column, message=message)


def _notice_complaints(document: Document, settings: Settings) -> Iterator[Complaint]:
    told = settings.notices.channel
    if told == TOLD_IN_A_FOLDER:
        return
    channel = settings.channels.get(told)
    if not isinstance(channel, SmtpSettings):
        by_smtp = [name for name, channel in settings.channels.items() if isinstance(channel, SmtpSettings)]
        known = nearest(told, [TOLD_IN_A_FOLDER, *by_smtp])
        yield document.complaint(("notices", "channel"), f"'{told}' is neither 'folder' nor an smtp channel; {known}")
    elif not channel.proves and not is_loopback(channel.host or ""):
        message = f"'{told}' does not verify TLS, and notices can hold passphrases"
        yield document.complaint(("notices", "channel"), f"{message}; set 'tls: verify' or 'tls: pin' in that channel")
    if settings.notices.from_address is None:
        yield document.complaint(("notices",), "'from' is missing; notices by mail need a sender")


def _own_domain_complaints(document: Document, settings: Settings) -> Iterator[Complaint]:
    """Yield why a domain cannot be the gateway's own: nobody else may live there, and senders must reach it."""
    own, internal = settings.notices.own_domain, settings.organisation.internal_domains
    at = ("notices", "own_domain")
    if own is None:
        return
    if settings.notices.channel == TOLD_IN_A_FOLDER:
        yield document.complaint(at, "answers by mail need notices by mail; set 'channel' to an smtp channel")
    if own in internal:
        message = f"'{own}' is an internal domain, and mail to people there would be taken for answers"
        yield document.complaint(at, f"{message}; give the gateway one of its own, such as gateway.{own}")
    elif not any(own.endswith(f".{each}") for each in internal):
        message = f"'{own}' is below none of the internal domains, so that others may read answers"
        yield document.complaint(at, f"{message}; write for example gateway.{internal[0]}")


def _officer_complaints(document: Document, settings: Settings) -> Iterator[Complaint]:
    """Yield officers who share an address: nobody may release their own, and the address is how we know."""
    counts = Counter(officer.address.casefold() for officer in settings.officers)
    for number, officer in enumerate(settings.officers):
        if counts[officer.address.casefold()] > 1:
            message = f"'{officer.address}' is the address of more than one officer; give each their own"
            yield document.complaint(("officers", number, "address"), message)


def _method_complaints(document: Document, settings: Settings) -> Iterator[Complaint]:
    """Yield methods that nobody has, and those that stand there twice."""
    methods, known = settings.protect.methods, {*KNOWN_METHODS, *settings.plugins.encryptors}
    for number, method in enumerate(methods):
        at = ("protect", "methods", number)
        if method not in known:
            yield document.complaint(at, f"'{method}' is no method of sealing; {nearest(method, known)}")
        elif method in methods[:number]:
            yield document.complaint(at, f"'{method}' stands here twice; keep one")


def _channel_complaints(document: Document, resolved: Settings) -> Iterator[Complaint]:
    for name, channel in resolved.channels.items():
        if isinstance(channel, SmtpSettings) and channel.ca_file is not None and channel.tls not in BY_AUTHORITY:
            message = f"'ca_file' has no effect with 'tls: {channel.tls}'; set 'tls: verify' or leave it out"
            yield document.complaint(("channels", name, "ca_file"), message, key=True)
    limits = resolved.inspection.limits
    if limits.part_size > limits.total_size:
        message = "'part_size' is larger than 'total_size'; make it smaller"
        yield document.complaint(("inspection", "limits"), message)


def _resolved(settings: Settings, folder: Path, *, has_home: bool) -> Settings:
    """Return the settings with absolute paths."""
    home = (folder / settings.home).resolve() if has_home else folder.parent
    said = {name: getattr(settings.paths, name) for name in Paths.model_fields}
    paths = Paths.model_construct(**{name: path and home / path for name, path in said.items()})
    channels = {name: below(channel, home) for name, channel in settings.channels.items()}
    rest: dict[str, object] = {
        "console": below(settings.console, home),
        "keys": below(settings.keys, home),
        "mail": below(settings.mail, home),
        "vault": below(settings.vault, home),
        "passphrases": below(settings.passphrases, home),
    }
    rest["siem"] = {name: below(each, home) for name, each in settings.siem.items()}
    rest |= {"smime": below(settings.smime, home)} if settings.smime else {}
    return settings.model_copy(update={"home": home, "paths": paths, "channels": channels, **rest})


def _text(path: Path, shown: str = "") -> str:
    """Return a file's text; `NotFound` when it cannot be opened, `Invalid` when it is not a small UTF-8 text."""
    shown = shown or str(path)
    try:
        with path.open("rb") as source:
            raw = source.read(LARGEST + 1)
    except OSError as error:
        raise NotFound(
            f"{shown} cannot be read ({type(error).__name__})", hint="check the name and the rights"
        ) from None
    if len(raw) > LARGEST:
        message = f"the file has more than {LARGEST} bytes; split it"
        raise Invalid((Complaint(file=shown, line=1, column=1, message=message),))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        complaint = Complaint(file=shown, line=line, column=column, message="this is not UTF-8 text; save it as UTF-8")
        raise Invalid((complaint,)) from None
