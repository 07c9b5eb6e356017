"""Marks: keyed hashes by which a patient is unique and known again, without a number in clear."""

from domain.matching import number_key
from ward.crypto import Vault
from ward.patients.models import Patient
from ward.patients.person import Person


def mrn_mark(vault: Vault, mrn: str) -> bytes:
    """Hash a record number; 0012345 and 12 345 are one."""
    return vault.hash("mrn", number_key(mrn))


def national_mark(vault: Vault, number: str) -> bytes:
    """Hash a national number."""
    return vault.hash("national", number_key(number))


def mark(vault: Vault, patient: Patient, person: Person) -> None:
    """Set the hashes of a patient's numbers."""
    patient.mrn_hash = mrn_mark(vault, person.mrn)
    national = person.national
    patient.national_hash = national_mark(vault, national) if national else None
