"""Days and hours, countries, and how long records are kept."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decide.directory.countries import ISO_3166
from gateway.decide.directory.retention import Period
from gateway.model.facts import Abroad, Hours
from tests.unit.decide.directories import FILES, SHIPPED, complaints_about, directory

LONDON: Final = ZoneInfo("Europe/London")
SINCE: Final = datetime(1996, 1, 1, tzinfo=UTC)  # the year from which the rule has held
UNTIL: Final = datetime(2037, 12, 31, tzinfo=UTC)


@given(st.datetimes(SINCE.replace(tzinfo=None), UNTIL.replace(tzinfo=None)))
def test_the_legal_rule_is_what_the_tz_database_says(at: datetime) -> None:
    there = at.replace(tzinfo=UTC)
    assert SHIPPED.calendar.local(there) == there.astimezone(LONDON).replace(tzinfo=None)
    assert SHIPPED.day_of(there) == there.astimezone(LONDON).date()


@pytest.mark.parametrize("year", range(1996, 2038))
def test_both_changes_of_every_year_to_the_second(year: int) -> None:
    for month in (3, 10):
        for day in range(24, 32):
            for second in (-1, 0, 1):
                at = datetime(year, month, day, 1, tzinfo=UTC) + timedelta(seconds=second)
                assert SHIPPED.calendar.local(at) == at.astimezone(LONDON).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("at", "hours"),
    [
        ("2026-11-30T07:59:59+00:00", "closed"),  # a Monday in winter
        ("2026-11-30T08:00:00+00:00", "open"),
        ("2026-11-30T17:59:59+00:00", "open"),
        ("2026-11-30T18:00:00+00:00", "closed"),
        ("2026-06-01T07:00:00+00:00", "open"),  # a Monday in summer: eight o'clock
        ("2026-06-01T17:00:00+00:00", "closed"),
        ("2026-06-01T02:00:00-05:00", "open"),
        ("2026-12-04T17:30:00+00:00", "closed"),  # Fridays end earlier
        ("2026-11-28T12:00:00+00:00", "closed"),  # Saturday
        ("2026-11-29T12:00:00+00:00", "closed"),
        ("2026-12-25T12:00:00+00:00", "closed"),
        ("2026-12-28T12:00:00+00:00", "closed"),  # the substitute for Boxing Day
        ("2026-12-29T12:00:00+00:00", "open"),
        ("2026-11-30T12:00:00", "open"),  # without a zone it is taken as UTC
    ],
)
def test_working_hours(at: str, hours: str) -> None:
    assert SHIPPED.hours_at(datetime.fromisoformat(at)) is Hours(hours)


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=12))])))
def test_every_time_has_hours_and_a_day(at: datetime) -> None:
    assert SHIPPED.hours_at(at) in set(Hours)
    assert abs(SHIPPED.day_of(at).toordinal() - at.toordinal()) <= 1


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=12))])
def test_the_first_and_the_last_time_there_is(zone: timezone) -> None:
    assert SHIPPED.day_of(datetime.min.replace(tzinfo=zone)) == date.min
    assert SHIPPED.day_of(datetime.max.replace(tzinfo=zone)) == date.max


def test_without_a_calendar_somebody_is_always_there_and_the_day_is_still_ours() -> None:
    made = directory({})
    assert made.hours_at(datetime(2026, 12, 25, 3, tzinfo=UTC)) is Hours.OPEN
    assert made.day_of(datetime(2026, 6, 1, 23, 30, tzinfo=UTC)) == date(2026, 6, 2)


def easter(year: int) -> date:
    """Return Easter Sunday (the anonymous Gregorian computation)."""
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), (i, k) = divmod(b, 4), divmod(c, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = h + m - 7 * ((a + 11 * h + 22 * m) // 451) + 114
    return date(year, n // 31, n % 31 + 1)


def bank_holidays(year: int) -> set[date]:
    """Return those of England and Wales by their rule; on a weekend the next working day takes the place."""

    def monday(month: int, nth: int) -> date:
        days = [date(year, month, 1) + timedelta(days=n) for n in range(31)]
        return [day for day in days if day.month == month and day.weekday() == 0][nth]

    days = {
        easter(year) - timedelta(days=2),
        easter(year) + timedelta(days=1),
        monday(5, 0),
        monday(5, -1),
        monday(8, -1),
    }
    for fixed in (date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)):
        moved = fixed
        while moved.weekday() > 4 or moved in days:
            moved += timedelta(days=1)
        days.add(moved)
    return days


@pytest.mark.parametrize("year", [2026, 2027, 2028])
def test_the_bank_holidays_are_those_of_the_rule(year: int) -> None:
    assert {day for day in SHIPPED.calendar.closed if day.year == year} == bank_holidays(year)


def test_complaints_about_the_calendar() -> None:
    wrong = """
zone: uk
source: s
hours:
  monday: {from: "18:00", until: "08:00"}
closed: [{day: 2026-12-25, says: Christmas}, {day: 2026-12-25, says: Again}]
"""
    assert complaints_about({"calendar.yaml": wrong}) == [
        "calendar.yaml:5:34: work ends before it begins; leave out a closed day",
        "calendar.yaml:6:52: 2026-12-25 stands here already (Christmas); keep one",
    ]
    clock = wrong.replace('"18:00"', "25:00").replace("monday", "mondy").replace("zone: uk", "zone: london")
    assert complaints_about({"calendar.yaml": clock}) == [
        "calendar.yaml:2:7: 'london' is not allowed; known: uk, utc",
        "calendar.yaml:5:3: 'mondy' is not a setting here; did you mean 'monday'?",
    ]
    assert complaints_about({"calendar.yaml": wrong.replace('"18:00"', "8am")}) == [
        "calendar.yaml:5:18: '8am' is no time of day; write hours and minutes, for example 08:30"
    ]


# ---------------------------------------------------------------------------------------------------- countries

# written by hand from Data Protection Act 2018 Schedule 21 and the regulations of 2022 and 2023
EEA: Final = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO".split()  # noqa: SIM905 - a list of codes
ALSO: Final = "GI GG IM JE AD AR CH FO IL NZ UY KR".split()  # noqa: SIM905 - the same


@pytest.mark.parametrize("country", [*EEA, *ALSO])
def test_what_regulations_cover_is_adequate(country: str) -> None:
    assert SHIPPED.world.abroad(country) is Abroad.ADEQUATE


@pytest.mark.parametrize("country", ["US", "CA", "JP"])
def test_what_they_cover_in_part_needs_the_partners_record(country: str) -> None:
    assert SHIPPED.world.abroad(country) is Abroad.NOT_ADEQUATE
    assert SHIPPED.world.abroad(country, "certified under the data bridge") is Abroad.ADEQUATE


def test_nothing_else_is_adequate() -> None:
    assert len(EEA) == 30
    others = {"EU", "AX", "GF", "GP", "MF", "MQ", "RE", "YT"}
    assert SHIPPED.world.adequate == {*EEA, *ALSO, *others}
    assert {code for code in ISO_3166 if SHIPPED.world.abroad(code) is Abroad.HOME} == {"GB"}


@pytest.mark.parametrize(
    ("domain", "country", "abroad"),
    [
        ("trust.nhs.uk", "GB", "home"),
        ("gov.scot", "GB", "home"),
        ("gov.wales", "GB", "home"),
        ("llyw.cymru", "GB", "home"),
        ("dept.gov.gg", "GG", "adequate"),
        ("gov.je", "JE", "adequate"),
        ("gov.im", "IM", "adequate"),
        ("hopital.fr", "FR", "adequate"),
        ("ec.europa.eu", "EU", "adequate"),
        ("clinic.com.au", "AU", "not_adequate"),
        ("clinic.us", "US", "not_adequate"),
        ("hospital.cn", "CN", "not_adequate"),
        ("xn--80aswg.xn--p1ai", "RU", "not_adequate"),
        ("old.su", "RU", "not_adequate"),
        ("nhs.net", "", "unknown"),
        ("charity.org", "", "unknown"),
        ("start-up.io", "", "unknown"),
        ("lab.ai", "", "unknown"),
        ("shop.co", "", "unknown"),
        ("proton.me", "", "unknown"),
        ("x.zz", "", "unknown"),  # no country's code
    ],
)
def test_where_a_recipient_is(domain: str, country: str, abroad: str) -> None:
    assert SHIPPED.country_of(f"somebody@{domain}", None) == (country, Abroad(abroad))


def test_a_partners_record_says_more_than_its_address() -> None:
    partners = """
partners:
  - {id: cloud, says: A., kind: processor, country: US, domains: [cloud.fr], adequate: certified}
  - {id: other, says: B., kind: processor, country: US, domains: [other.fr]}
  - {id: uk, says: C., kind: supplier, country: GB, domains: [supplier.com]}
"""
    made = directory({"partners.yaml": partners, "countries.yaml": FILES["countries.yaml"]})
    for domain, expected in {
        "cloud.fr": ("US", Abroad.ADEQUATE),
        "other.fr": ("US", Abroad.NOT_ADEQUATE),
        "supplier.com": ("GB", Abroad.HOME),
    }.items():
        assert made.country_of(f"x@{domain}", made.partner_of(f"x@{domain}")) == expected


@given(st.text(max_size=40))
def test_every_recipient_is_somewhere_or_nowhere(recipient: str) -> None:
    country, abroad = SHIPPED.country_of(recipient, None)
    assert country == "" or country in ISO_3166 | {"EU"}
    assert (abroad is Abroad.UNKNOWN) is (country == "")


def test_without_the_file_a_country_is_a_country_and_nothing_is_adequate() -> None:
    assert directory({}).country_of("x@clinic.fr", None) == ("FR", Abroad.NOT_ADEQUATE)


def test_complaints_about_countries() -> None:
    wrong = """
source: s
checked: 2026-01-01
home: [UK]
home_endings: [uk]
endings: {uk: GB, su: XX}
generic: [su, io, io]
adequate:
  - {countries: [FR, EL], from: 2026-06-01, source: s}
"""
    assert complaints_about({"countries.yaml": wrong}) == [
        f"countries.yaml:{each}"
        for each in (
            "4:8: 'UK' is no country; write its two capitals of ISO 3166, for example GB",
            "6:11: 'uk' stands in two places of this file; keep one",
            "6:19: 'su' stands in two places of this file; keep one",
            "6:23: 'XX' is no country; write its two capitals of ISO 3166, for example GB",
            "7:11: 'su' stands in two places of this file; keep one",
            "7:15: 'io' stands in two places of this file; keep one",
            "7:19: 'io' stands in two places of this file; keep one",
            "9:22: 'EL' is no country; write its two capitals of ISO 3166, for example GB",
            "9:33: this begins after the file was checked (2026-01-01); look again, or leave it out",
        )
    ]


# ---------------------------------------------------------------------------------------------------- retention


@pytest.mark.parametrize("name", ["serious-case-review", "management-review", "multi-agency-file-audit"])
def test_reviews_are_kept_for_a_hundred_years(name: str) -> None:
    """S4 Appendix 2C."""
    kept = SHIPPED.retention[name]
    assert kept.keep == Period(years=100)
    assert kept.source == "S4 Appendix 2C"


def test_board_records_are_kept_for_good_and_looked_at() -> None:
    """S4 Appendix 2C: "Permanent - review 70 years", electronic records "every 10 years"."""
    paper, electronic = SHIPPED.retention["board-records"], SHIPPED.retention["board-records-electronic"]
    assert (paper.keep, paper.review) == (None, Period(years=70))
    assert (electronic.keep, electronic.review) == (None, Period(years=10))


def test_every_class_has_a_name_that_an_obligation_can_carry() -> None:
    assert SHIPPED.retention_classes
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", name) for name in SHIPPED.retention_classes)


@pytest.mark.parametrize(
    ("period", "begins", "ends"),
    [
        (Period(years=1), date(2026, 3, 1), date(2027, 3, 1)),
        (Period(years=1), date(2028, 2, 29), date(2029, 3, 1)),
        (Period(years=4), date(2028, 2, 29), date(2032, 2, 29)),
        (Period(days=90), date(2026, 12, 31), date(2027, 3, 31)),
        (Period(years=100), date(9950, 1, 1), date.max),
        (Period(days=10), date(9999, 12, 30), date.max),
    ],
)
def test_how_long_a_period_is(period: Period, begins: date, ends: date) -> None:
    assert period.after(begins) == ends


@given(st.dates(), st.integers(0, 36_500), st.integers(0, 36_500))
def test_a_longer_period_never_ends_earlier(day: date, one: int, more: int) -> None:
    assert day <= Period(days=one).after(day) <= Period(days=one + more).after(day)
    assert day <= Period(years=one).after(day) <= Period(years=one + more).after(day)


def test_complaints_about_retention() -> None:
    wrong = """
classes:
  - {id: a, says: A., keep: {days: 3, years: 1}, begins: b, source: s}
  - {id: a, says: B., keep: {}, begins: b, source: s}
"""
    assert complaints_about({"retention.yaml": wrong}) == [
        "retention.yaml:3:29: write one of these: 'days', 'years', or 'permanent: true'",
        "retention.yaml:4:10: the id 'a' is taken; choose another",
        "retention.yaml:4:29: write one of these: 'days', 'years', or 'permanent: true'",
    ]


def test_spans_of_the_calendar_are_whole_days_of_the_week() -> None:
    assert len(SHIPPED.calendar.spans) == 7
    assert SHIPPED.calendar.spans[0] == (time(8), time(18))
    assert SHIPPED.calendar.spans[5:] == (None, None)
