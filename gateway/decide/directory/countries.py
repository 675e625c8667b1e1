"""Where a recipient is, as far as the address or the partner's record tells, and what may be said of the law there.

Sources: S1 Appendix 4 and S4 Appendix 3, principle 8; UK GDPR Article 45; Data Protection Act 2018 Schedule 21.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pydantic import Field

from gateway.decide.shapes import Day
from gateway.errors import Complaint
from gateway.model.document import Complaints, Document, Path
from gateway.model.facts import Abroad
from gateway.model.validation import Strict, Words

ISO_3166: Final = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
    CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
    GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
    KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
    MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
    SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
    UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 - 249 codes read better than 249 lines
)
"""The codes of ISO 3166-1, alpha-2."""
UNION: Final = "EU"
"""Reserved in ISO 3166-1 for the European Union, whose own bodies stand below `.eu`."""


class AdequateShape(Strict):
    """Countries that one regulation covers. With `only` it covers a part, and a partner's record must say so."""

    countries: tuple[Words, ...] = Field(min_length=1)
    from_day: Day = Field(alias="from")
    only: Words = ""
    source: Words
    note: Words = ""


class CountriesFile(Strict):
    """`countries.yaml`. Endings are top-level domains, written without a dot."""

    home: tuple[Words, ...] = Field(min_length=1)
    home_endings: tuple[Words, ...] = ()
    endings: dict[str, Words] = Field(default_factory=dict)
    generic: tuple[Words, ...] = ()
    adequate: tuple[AdequateShape, ...] = ()
    checked: Day
    source: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Countries:
    """What is known of countries. `by_ending` has an entry only where the ending is not the country's code."""

    home: frozenset[str] = frozenset()
    by_ending: Mapping[str, str]
    generic: frozenset[str] = frozenset()
    adequate: frozenset[str] = frozenset()

    def of_domain(self, domain: str) -> str:
        """Return the country whose ending a plain domain has, empty where the ending is no country's."""
        ending = domain.rpartition(".")[2]
        if ending in self.generic:
            return ""
        known = self.by_ending.get(ending)
        if known is not None:
            return known
        code = ending.upper()
        return code if code in ISO_3166 else ""

    def abroad(self, country: str, ground: str = "") -> Abroad:
        """Return what may be said of a country; `ground` is why a partner there is covered all the same."""
        if not country:
            return Abroad.UNKNOWN
        if country in self.home:
            return Abroad.HOME
        return Abroad.ADEQUATE if ground or country in self.adequate else Abroad.NOT_ADEQUATE


NOWHERE: Final = Countries(by_ending={})


def countries_of(document: Document, file: CountriesFile, complaints: Complaints) -> Countries:
    """Return what the file says of countries."""
    complaints.add(*_complaints(document, file))
    by_ending = {**file.endings, **dict.fromkeys(file.home_endings, file.home[0])}
    return Countries(
        home=frozenset(file.home),
        by_ending=MappingProxyType(by_ending),
        generic=frozenset(file.generic),
        adequate=frozenset(country for row in file.adequate if not row.only for country in row.countries),
    )


def _complaints(document: Document, file: CountriesFile) -> Iterator[Complaint]:
    known = ISO_3166 | {UNION}
    yield from _codes(document, ("home",), file.home, known)
    for number, row in enumerate(file.adequate):
        yield from _codes(document, ("adequate", number, "countries"), row.countries, known)
        if row.from_day > file.checked:
            message = (
                f"this begins after the file was checked ({file.checked.isoformat()}); look again, or leave it out"
            )
            yield document.complaint(("adequate", number, "from"), message)
    for ending, country in file.endings.items():
        if country not in known:
            yield document.complaint(("endings", ending), _no_country(country))
    named = [*file.home_endings, *file.endings, *file.generic]
    for kind, endings in (("endings", tuple(file.endings)), ("generic", file.generic)):
        for number, ending in enumerate(endings):
            if named.count(ending) > 1:
                path: Path = (kind, ending) if kind == "endings" else (kind, number)
                yield document.complaint(path, f"'{ending}' stands in two places of this file; keep one", key=True)


def _codes(document: Document, path: Path, codes: Collection[str], known: Collection[str]) -> Iterator[Complaint]:
    for number, code in enumerate(codes):
        if code not in known:
            yield document.complaint((*path, number), _no_country(code))


def _no_country(code: str) -> str:
    return f"'{code}' is no country; write its two capitals of ISO 3166, for example GB"
