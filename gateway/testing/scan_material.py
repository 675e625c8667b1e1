"""Material to measure classification on: English prose in which little is found, and data in which much is.

Prose is what every machine with Python has: the topics of its help, the docstrings of its library, the licences of
what is installed. Each time round the paragraphs come in another order, under another heading, and every 200 kB hold
one letter. Dense data are letters, tables and logs full of identifiers, made up but with true checksums: about 10,000
finds a megabyte. Both come as documents of 64 kB, the same ones each time on the same machine.
"""

from __future__ import annotations

import ast
import sysconfig
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distributions
from itertools import count
from pathlib import Path
from pydoc_data.topics import topics
from typing import Final

from stdnum import luhn

from gateway.testing.sizeable import WORDS

DOCUMENT: Final = 64_000
LETTER_EVERY: Final = 200_000
PRIME: Final = 15_485_863
MULTIPLIER: Final = 2_654_435_761
FIRST: Final = ("Ann", "Bilal", "Carys", "David", "Esther", "Fergus", "Grace", "Harpreet", "Iona", "Jakub")
LAST: Final = ("Archer", "Bainbridge", "Chowdhury", "Davies", "Ellison", "Forsyth", "Gallagher", "Hussain", "Iqbal")
AREAS: Final = ("LS1 4AP", "M1 1AE", "CF10 3NQ", "EH1 1YZ", "BS8 1TH", "NE1 7RU", "SW1A 2AA", "B33 8TH", "DN55 1PT")
SHORTEST: Final = 80
WEIGHTS: Final = range(10, 1, -1)


def prose(size: int) -> list[str]:
    """Return about `size` characters of prose as documents; every second one is plain ASCII, as mail is."""
    documents = enumerate(_documents(_prose(), size))
    return [text.encode("ascii", "ignore").decode() if number % 2 else text for number, text in documents]


def dense(size: int) -> list[str]:
    """Return about `size` characters of dense data as documents, one kind after the other."""
    kinds = (_letters(), _table(), _log())
    return [next(_documents(kinds[number % 3], DOCUMENT)) for number in range(max(1, size // DOCUMENT))]


def letter(number: int) -> str:
    """Return a letter about one made-up person, another for each number."""
    name = f"{FIRST[number % len(FIRST)]} {LAST[number // 7 % len(LAST)]}"
    born = f"{1 + number % 28:02}/{1 + number % 12:02}/{1930 + number % 80}"
    return (
        f"Dear {name},\n\nYour appointment of 14 May \u2013 please bring this letter with you.\n"
        f"NHS number: {nhs_number(number)}\nDate of birth: {born}\nNational Insurance number: {nino(number)}\n"
        f"Address: {1 + number % 99} High Street, {postcode(number)}\nTelephone: 0113 496 {number % 10_000:04}\n"
        f"Sort code {sort_code(number)} account number {10_000_000 + number % 89_999_999}\n"
        f"Card: {card(number)}\nE-mail: {name.lower().replace(' ', '.')}@post{number % 97}.example.com\n"
        f"{_talk(number, 50)}\n{_talk(number + 1, 60)}\n\n"
    )


def _talk(number: int, words: int) -> str:
    """Return a line of plain words, another for each number."""
    return " ".join(WORDS[_mixed(number * words + word) % len(WORDS)] for word in range(words))


def _mixed(number: int) -> int:
    """Return a number far from those of its neighbours."""
    return number * MULTIPLIER % (1 << 32)


def nhs_number(number: int) -> str:
    """Return a made-up NHS number with a true check digit, in groups."""
    for body in count(400_000_000 + _mixed(number) % 299_000_000):
        digits = str(body)
        check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) % 11
        if check != 10:  # noqa: PLR2004 - such numbers are not issued
            whole = f"{digits}{check % 11}"
            return f"{whole[:3]} {whole[3:6]} {whole[6:]}"
    raise AssertionError


def nino(number: int) -> str:
    """Return a made-up National Insurance number with a prefix in use."""
    mixed = _mixed(number)
    return (
        f"{'ABCEHJKLMPRSTWX'[mixed % 15]}{'ABCEHJKLMPRSTWX'[mixed // 15 % 15]}{mixed % 1_000_000:06}{'ABCD'[mixed % 4]}"
    )


def postcode(number: int) -> str:
    """Return a postcode in use."""
    return AREAS[number % len(AREAS)]


def sort_code(number: int) -> str:
    """Return the digits of a sort code with hyphens."""
    digits = f"{_mixed(number) % 1_000_000:06}"
    return f"{digits[:2]}-{digits[2:4]}-{digits[4:]}"


def card(number: int) -> str:
    """Return a made-up card number that the Luhn check passes, in groups."""
    body = f"4{_mixed(number) % 10**9:09}{number % 100_000:05}"
    whole = body + luhn.calc_check_digit(body)
    return " ".join(whole[at : at + 4] for at in range(0, 16, 4))


def _documents(texts: Iterator[str], size: int) -> Iterator[str]:
    """Yield documents of 64 kB until `size` is reached."""
    held, length, made = [], 0, 0
    for text in texts:
        held.append(text)
        length += len(text)
        if length >= DOCUMENT:
            yield "".join(held)[:DOCUMENT]
            held, length, made = [], 0, made + DOCUMENT
            if made >= size:
                return


def _prose() -> Iterator[str]:
    """Yield paragraphs for ever."""
    paragraphs = _paragraphs()
    written, letters = 0, 0
    for number in count(1):
        text = paragraphs[number * PRIME % len(paragraphs)]
        heading = " ".join(text.split()[number // len(paragraphs) % 5 :][:4])
        yield f"{heading}\n\n{text}\n\n"
        written += len(text)
        if written // LETTER_EVERY > letters:
            letters += 1
            yield letter(letters)


@cache
def _paragraphs() -> list[str]:
    """Return every paragraph of the prose that this machine has, once."""
    texts = [*topics.values(), *_docstrings(), *_licences()]
    paragraphs = (paragraph.strip() for text in texts for paragraph in text.split("\n\n"))
    return list(dict.fromkeys(paragraph for paragraph in paragraphs if len(paragraph) >= SHORTEST))


def _docstrings() -> Iterator[str]:
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError, OSError):
            continue
        kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
        yield from (ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, kinds))


def _licences() -> Iterator[str]:
    for distribution in sorted(distributions(), key=lambda each: each.name):
        for path in distribution.files or ():
            if path.name.upper().startswith(("LICEN", "COPYING")):
                try:
                    yield path.read_text("utf-8")
                except (OSError, UnicodeDecodeError):
                    continue


def _letters() -> Iterator[str]:
    return (letter(number) for number in count(1))


def _table() -> Iterator[str]:
    yield "surname,first name,NHS number,remarks,NI number,postcode,history,sort code,account number,e-mail\n"
    for number in count(1):
        first, last = FIRST[number % len(FIRST)], LAST[number // 7 % len(LAST)]
        cells = (
            last, first, nhs_number(number), _talk(number, 60), nino(number), postcode(number), _talk(-number, 60),
            sort_code(number), str(10_000_000 + number), f"{first}.{last}{number}@example.org".lower(),
        )  # fmt: skip
        yield ",".join(cells) + "\n"


def _log() -> Iterator[str]:
    for number in count(1):
        address = f"10.{number % 256}.{number // 256 % 256}.{number % 251}"
        yield (
            f"2026-05-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:07Z host{number % 9} portal[{number}]: "
            f"{address} user {FIRST[number % len(FIRST)].lower()}{number}@nhs.example opened record "
            f"{nhs_number(number).replace(' ', '')} {_talk(number, 60)} postcode={postcode(number)} ni={nino(number)}\n"
        )
