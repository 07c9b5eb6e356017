"""Marks: keyed hashes by which a patient is unique and known again, without a number in clear."""

from typing import Any

from pydantic import TypeAdapter

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


def source_mark(vault: Vault, kind: str, source: str) -> bytes:
    """Hash the key by which another system knows a record."""
    return vault.hash(f"source.{kind}", source)


def seen_mark(vault: Vault, content: Any) -> bytes:
    """Hash what a border sent, to know whether it sends the same again."""
    return vault.hash("seen", TypeAdapter(type(content)).dump_json(content).decode())


def mark(vault: Vault, patient: Patient, person: Person) -> None:
    """Set the hashes of a patient's numbers."""
    patient.mrn_hash = mrn_mark(vault, person.mrn)
    national = person.national
    patient.national_hash = national_mark(vault, national) if national else None
