"""The shape of UK postcodes and the areas that exist.

Source: Cabinet Office, Government Data Standards Catalogue (shape); Royal Mail's postcode areas with those of the
Crown dependencies.
"""

from __future__ import annotations

from typing import Final

SCAN: Final = (r"\d[a-z\d]? ?\d[abd-hjlnp-uw-z]{2}\b", r"gir ?0aa\b")
"""What a matching engine looks for: digits are rarer than letters."""
POSTCODE: Final = r"(?:[a-z]{1,2}\d[a-z\d]? ?\d[abd-hjlnp-uw-z]{2}|gir ?0aa)"
"""As a regular expression, case ignored; which areas exist is not in it."""
_AREAS_TEXT: Final = (
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX "
    "FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N "
    "NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF "
    "TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE GIR "
)
_AREAS: Final = frozenset(_AREAS_TEXT.split())
_INWARD: Final = 3


def is_postcode(value: str) -> bool:
    """Say whether `value`, which has the shape, lies in an area that exists."""
    head = value[:2].upper()
    area = head if head.isalpha() else head[:1]
    return area in _AREAS or value[:3].upper() == "GIR"


def canonical(value: str) -> str:
    """Return the postcode in capitals with its one blank."""
    plain = value.replace(" ", "").upper()
    return f"{plain[:-_INWARD]} {plain[-_INWARD:]}"
