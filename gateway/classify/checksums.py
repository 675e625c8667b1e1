"""Check digits by name, for detectors that operators declare in `policies/detectors.yaml`.

Sources: ISO/IEC 7812-1 (Luhn), ISO/IEC 7064 (mod 11-2, 11-10, 37-2, 37-36, 97-10), Verhoeff 1969, Damm 2004, all by
python-stdnum; NHS Data Dictionary (mod 11 with weights 10 to 2) by nhs-number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nhs_number import validate as nhs
from stdnum import damm, luhn, verhoeff
from stdnum.iso7064 import mod_11_2, mod_11_10, mod_37_2, mod_37_36, mod_97_10

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NHS_DIGITS: Final = 10


def _mod_11_nhs(plain: str) -> bool:
    if len(plain) != _NHS_DIGITS or not plain.isdigit():
        return False
    return bool(nhs.calculate_checksum(plain[:9]) == int(plain[9]))


CHECKSUMS: Final[Mapping[str, Callable[[str], bool]]] = {
    "damm": damm.is_valid,
    "luhn": luhn.is_valid,
    "mod-11-2": mod_11_2.is_valid,
    "mod-11-10": mod_11_10.is_valid,
    "mod-11-nhs": _mod_11_nhs,
    "mod-37-2": mod_37_2.is_valid,
    "mod-37-36": mod_37_36.is_valid,
    "mod-97-10": mod_97_10.is_valid,
    "verhoeff": verhoeff.is_valid,
}
"""Each takes letters and digits alone, in capitals, and says whether the check digits are right; none raises."""
