"""Read: files and folders in, single resources out.

Nothing in a file can make this fail: what is not readable comes out as refused, with the reason.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from ward.interop.fhir.bundles import opened
from ward.interop.fhir.files import documents, files
from ward.interop.fhir.outcomes import Found, Refused, Skipped, refuse
from ward.interop.fhir.pick import kind_of


def read(paths: Iterable[Path]) -> Iterator[Found | Refused | Skipped]:
    """Give every resource in files, folders and Bundles, in a fixed order."""
    for file in files(paths):
        yield from read_file(file)


def read_file(file: Path) -> Iterator[Found | Refused | Skipped]:
    """Give every resource of one file."""
    for document in documents(file):
        if isinstance(document, Refused):
            yield document
        elif "resourceType" not in document.body:
            yield refuse(document.where, "file", "resourceType", "is required: this is not FHIR")
        elif kind_of(document.body) == "Bundle":
            yield from opened(document)
        else:
            yield Found(document.where, kind_of(document.body), document.body)
