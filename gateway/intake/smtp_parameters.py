"""The arguments of MAIL, RCPT and XFORWARD, read strictly: what could be read in two ways is refused.

RFC 5321 section 4.1.2, with the parameters of SIZE (1870), 8BITMIME (6152), SMTPUTF8 (6531), DSN (3461), AUTH (4954).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Final

from gateway.errors import NotAccepted
from gateway.intake.address import normalised, normalised_sender
from gateway.intake.smtp_replies import Refusal

PATH: Final = re.compile(r" *<(?:@[A-Za-z0-9.,@\-]+:)?(?P<address>[^<>\s]*)>(?P<rest>(?: .*)?)")
KEYWORD: Final = re.compile(r"[A-Z0-9][A-Z0-9-]*")
SIZE: Final = re.compile(r"[0-9]{1,20}")
XCHAR: Final = r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})"  # RFC 3461 section 4
XTEXT: Final = re.compile(f"{XCHAR}*")
ENVID: Final = re.compile(f"{XCHAR}{{1,100}}")  # RFC 3461 section 4.4
ORCPT: Final = re.compile(rf"[A-Za-z0-9-]{{1,64}};(?:{XCHAR}|[\u0080-\U0010ffff]){{1,500}}")  # and RFC 6533 section 3
NOTIFY: Final = frozenset({"SUCCESS", "FAILURE", "DELAY"})
HOST: Final = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")
FORWARDED: Final = ("NAME", "ADDR", "PROTO", "HELO", "SOURCE", "PORT", "IDENT")
UNKNOWN: Final = frozenset({"[UNAVAILABLE]", "[TEMPUNAVAIL]"})

SYNTAX: Final = "501 5.5.4 the argument is not understood"
NOT_IMPLEMENTED: Final = "555 5.5.4 a parameter is not implemented"
NOT_INTERNATIONAL: Final = "553 5.6.7 an address that is not ASCII needs SMTPUTF8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What MAIL says. `size` is 0 where nothing was declared; `dsn` has RET and ENVID as they were given."""

    address: str
    size: int = 0
    utf8: bool = False
    dsn: dict[str, str] = field(default_factory=dict)


def read_mail(argument: str | None) -> Sender:
    """Return what MAIL says; `Refusal`."""
    address, given = _split(argument, "FROM:", ("SIZE", "BODY", "SMTPUTF8", "RET", "ENVID", "AUTH"))
    utf8 = _flag(given, "SMTPUTF8")
    _one_of(given, "BODY", {"7BIT", "8BITMIME"})
    _one_of(given, "RET", {"FULL", "HDRS"})
    if not SIZE.fullmatch(given.get("SIZE", "0")) or not XTEXT.fullmatch(given.get("AUTH", "")):
        raise Refusal(SYNTAX)
    if not ENVID.fullmatch(given.get("ENVID", "-")):
        raise Refusal("501 5.5.4 ENVID is malformed")
    _international(address, utf8=utf8)
    try:
        normal = normalised_sender(address)
    except NotAccepted:
        raise Refusal("553 5.1.7 malformed address") from None
    return Sender(address=normal, size=int(given.get("SIZE", "0")), utf8=utf8, dsn=_kept(given, "RET", "ENVID"))


def read_recipient(argument: str | None, *, utf8: bool) -> tuple[str, dict[str, str]]:
    """Return the address in RCPT as it was given, with NOTIFY and ORCPT; `Refusal`."""
    address, given = _split(argument, "TO:", ("NOTIFY", "ORCPT"))
    wanted = given.get("NOTIFY", "NEVER").upper().split(",")
    if wanted != ["NEVER"] and (not NOTIFY.issuperset(wanted) or len(set(wanted)) < len(wanted)):
        raise Refusal("501 5.5.4 NOTIFY is malformed")
    if not ORCPT.fullmatch(given.get("ORCPT", "rfc822;-")):
        raise Refusal("501 5.5.4 ORCPT is malformed")
    _international(address + given.get("ORCPT", ""), utf8=utf8)
    try:
        normalised(address)
    except NotAccepted:
        raise Refusal("553 5.1.3 malformed address") from None
    return address, _kept(given, "NOTIFY", "ORCPT")


def read_xforward(argument: str | None) -> dict[str, str]:
    """Return what XFORWARD says; `Refusal`.

    An attribute that the peer does not know is the empty string, and so is a HELO that is no name of a host.
    """
    said: dict[str, str] = {}
    for word in (argument or "").split():
        name, equals, value = word.partition("=")
        name = name.upper()
        if name not in FORWARDED or not equals or not XTEXT.fullmatch(value):
            raise Refusal(SYNTAX)
        plain = "" if value.upper() in UNKNOWN else xtext(value)
        if name == "HELO" and not HOST.fullmatch(plain):  # clients say anything there, and their mail is to come all
            plain = ""
        if name == "ADDR" and plain:
            plain = _address(plain)
        if not plain.isprintable():
            raise Refusal(SYNTAX)
        said[name] = plain
    if not said:
        raise Refusal(SYNTAX)
    return said


def xtext(untrusted: str) -> str:
    """Decode the xtext of RFC 3461 section 4: `+2B` stands for `+`."""
    return re.sub(r"\+([0-9A-F]{2})", lambda match: chr(int(match[1], 16)), untrusted)


def _address(plain: str) -> str:
    try:
        return str(ipaddress.ip_address(plain.removeprefix("IPV6:").removeprefix("IPv6:")))
    except ValueError:
        raise Refusal(SYNTAX) from None


def _split(argument: str | None, keyword: str, known: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """Return the address and the parameters by their names; each once, and none that nobody knows."""
    if argument is None or argument[: len(keyword)].upper() != keyword:
        raise Refusal(SYNTAX)
    found = PATH.fullmatch(argument[len(keyword) :])
    if found is None:
        raise Refusal("553 5.1.3 malformed address")
    given: dict[str, str] = {}
    for word in found["rest"].split():
        name, _, value = word.partition("=")
        name = name.upper()
        if not KEYWORD.fullmatch(name) or name in given:
            raise Refusal(SYNTAX)
        if name not in known:
            raise Refusal(NOT_IMPLEMENTED)
        if word.endswith("=") or ("=" not in word and name != "SMTPUTF8"):
            raise Refusal(SYNTAX)
        given[name] = value
    return found["address"], given


def _flag(given: dict[str, str], name: str) -> bool:
    if given.get(name):
        raise Refusal(SYNTAX)
    return name in given


def _one_of(given: dict[str, str], name: str, values: set[str]) -> None:
    if name in given and given[name].upper() not in values:
        raise Refusal(SYNTAX)


def _international(text: str, *, utf8: bool) -> None:
    """RFC 6531 section 3.5: an address that is not ASCII is for a transaction with SMTPUTF8."""
    if not utf8 and not text.isascii():
        raise Refusal(NOT_INTERNATIONAL)


def _kept(given: dict[str, str], *names: str) -> dict[str, str]:
    return {name: given[name] for name in names if name in given}
