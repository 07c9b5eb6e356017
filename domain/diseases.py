"""Diseases: which recorded conditions change what a rule of prescribing says.

A code of ICD-10 decides where there is one; otherwise the words do. What is neither is nothing:
a rule stays as careful as it is for somebody of whom nothing is known.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from domain.prescribing import Condition

#: Categories of ICD-10 (WHO): heart failure I50, I11.0, I13.0, I13.2; acute kidney failure N17;
#: diseases of the liver K70 to K77; malnutrition E40 to E46; palliative care Z51.5.
_CODES: Mapping[Condition, re.Pattern[str]] = MappingProxyType(
    {
        Condition.HEART_FAILURE: re.compile(r"I50|I11\.?0|I13\.?[02]"),
        Condition.KIDNEY_INJURY: re.compile(r"N17"),
        Condition.LIVER_DISEASE: re.compile(r"K7[0-7]"),
        Condition.MALNUTRITION: re.compile(r"E4[0-6]"),
        Condition.PALLIATIVE: re.compile(r"Z51\.?5"),
    }
)
_WORDS: Mapping[Condition, re.Pattern[str]] = MappingProxyType(
    {
        Condition.HEART_FAILURE: re.compile(r"heart failure|cardiac failure", re.IGNORECASE),
        Condition.KIDNEY_INJURY: re.compile(
            r"acute (?:kidney injury|kidney failure|renal failure)", re.IGNORECASE
        ),
        Condition.LIVER_DISEASE: re.compile(
            r"cirrhosis|hepatitis|(?:liver|hepatic) (?:disease|failure|impairment)", re.IGNORECASE
        ),
        Condition.MALNUTRITION: re.compile(r"malnutrition|malnourish", re.IGNORECASE),
        Condition.PALLIATIVE: re.compile(r"palliative|end of life", re.IGNORECASE),
    }
)


def read(code: str, text: str) -> frozenset[Condition]:
    """Tell what a recorded condition means for the rules."""
    written = code.strip().upper()
    by_code = {one for one, form in _CODES.items() if form.match(written)}
    return frozenset(by_code or {one for one, form in _WORDS.items() if form.search(text)})


def of(conditions: Iterable[tuple[str, str]]) -> frozenset[Condition]:
    """Gather what several recorded conditions, each a code and its words, mean for the rules."""
    return frozenset[Condition]().union(*(read(code, text) for code, text in conditions))


#: ICD-10 (WHO): pregnant state Z33, supervision of pregnancy Z34 and Z35; or these words alone.
#: "Ectopic pregnancy" and "pregnancy test" say something else: nothing is read out of them.
_PREGNANT_CODE = re.compile(r"Z3[345]")
_PREGNANT = re.compile(
    r"(?:currently )?(?:pregnant|(?:intrauterine )?pregnancy)(?: state)?(?:,? incidental)?"
    r"(?:,? \d{1,2} weeks?)?",
    re.IGNORECASE,
)


def pregnant(conditions: Iterable[tuple[str, str]]) -> bool:
    """Tell whether a pregnancy is recorded; that none is says nothing."""
    return any(
        _PREGNANT_CODE.match(code.strip().upper()) if code.strip() else _PREGNANT.fullmatch(text)
        for code, text in ((code, text.strip()) for code, text in conditions)
    )
