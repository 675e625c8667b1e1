"""What is known of single recipients: where a passphrase is told to them, and what they can open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import phonenumbers

from gateway.decide.address import LOWER, parts_of
from gateway.errors import Complaint
from gateway.model.document import Complaints, Document, Path, nearest
from gateway.model.validation import Strict, Words
from gateway.model.verdict import METHODS

WHOLE: Final = phonenumbers.ValidationResult.IS_POSSIBLE
"""Long enough to be dialled from abroad; which ranges are in use changes too often to be asked."""


class RecipientShape(Strict):
    """What is known of one recipient. `phone` is where passphrases are told to them, `opens` what they can open."""

    address: Words
    phone: Words = ""
    opens: tuple[Words, ...] = ()
    note: Words = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One recipient: a telephone number in the form of E.164, empty for none; methods, empty where nobody said."""

    phone: str = ""
    opens: tuple[str, ...] = ()


def key_of(address: str) -> tuple[str, str] | None:
    """Return what a recipient is looked up by; the case of an address is not looked at. None where it is not plain."""
    parts = parts_of(address)
    return (parts[0].translate(LOWER), parts[1]) if parts else None


def recipients_of(
    document: Document, shapes: Sequence[RecipientShape], complaints: Complaints
) -> Mapping[tuple[str, str], Recipient]:
    """Return what is known of recipients, by local part in small letters and domain; each stands there once."""
    found: dict[tuple[str, str], Recipient] = {}
    for number, shape in enumerate(shapes):
        path: Path = ("recipients", number)
        key = key_of(shape.address)
        if key is None:
            message = f"'{shape.address}' is not a plain address; write name@domain"
            complaints.add(document.complaint((*path, "address"), message))
        elif key in found:
            complaints.add(document.complaint((*path, "address"), f"'{shape.address}' stands here twice; keep one"))
        else:
            found[key] = Recipient(phone=shape.phone, opens=shape.opens)
        if shape.phone and not is_e164(shape.phone):
            message = f"'{shape.phone}' is no telephone number; write it as +447700900001, without blanks"
            complaints.add(document.complaint((*path, "phone"), message))
        if not shape.phone and not shape.opens:
            complaints.add(document.complaint(path, "this says nothing; name 'phone', 'opens' or both"))
        complaints.add(*opens_complaints(document, (*path, "opens"), shape.opens))
    return MappingProxyType(found)


def is_e164(given: str) -> bool:
    """Say whether this is a telephone number of some country as ITU-T E.164 writes it: +, country, number, no more."""
    try:
        number = phonenumbers.parse(given)
    except phonenumbers.NumberParseException:
        return False
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written == given and phonenumbers.is_possible_number_with_reason(number) is WHOLE


def opens_complaints(document: Document, path: Path, opens: Sequence[str]) -> Iterator[Complaint]:
    """Yield what is wrong with a list of methods that somebody can open."""
    for number, method in enumerate(opens):
        if method not in METHODS:
            message = f"'{method}' is no method of sealing; {nearest(method, METHODS)}"
            yield document.complaint((*path, number), message)
        elif method in opens[:number]:
            yield document.complaint((*path, number), f"'{method}' stands here twice; keep one")
