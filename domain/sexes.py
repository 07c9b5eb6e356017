"""Sexes: administrative sex in words, in FHIR and in HL7."""

from enum import StrEnum


class Sex(StrEnum):
    """FHIR R4 AdministrativeGender."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"

    @property
    def word(self) -> str:
        """Write it in full: Female, never F."""
        return self.value.capitalize()


# PID-8, HL7 table 0001 (F M O U A N); A "ambiguous" and N "not applicable" are "other" in
# HL7's own map: http://hl7.org/fhir/uv/v2mappings/ConceptMap/table-hl70001-to-administrative-gender
_OF_0001 = {
    "F": Sex.FEMALE,
    "M": Sex.MALE,
    "O": Sex.OTHER,
    "U": Sex.UNKNOWN,
    "A": Sex.OTHER,
    "N": Sex.OTHER,
}
_TO_0001 = {Sex.FEMALE: "F", Sex.MALE: "M", Sex.OTHER: "O", Sex.UNKNOWN: "U"}


def from_hl7(code: str) -> Sex | None:
    """Translate PID-8; None when the code is not in the table."""
    return _OF_0001.get(code.strip().upper())


def to_hl7(sex: Sex) -> str:
    """Translate for PID-8."""
    return _TO_0001[sex]
