"""Codes: what scanners read, drawn as SVG for paper."""

from collections.abc import Sequence
from io import BytesIO

import segno
import zxingcpp

from domain import gs1
from domain.gs1 import Element


def data_matrix(elements: Sequence[Element]) -> str:
    """Draw GS1 elements as a Data Matrix, with FNC1 first and where a value may end early."""
    return _matrix(_checked(elements), gs1=True)


def code_128(elements: Sequence[Element]) -> str:
    """Draw GS1 elements as GS1-128, for scanners that read lines alone."""
    return _drawn(_checked(elements), zxingcpp.BarcodeFormat.Code128, gs1=True)


def plain_matrix(text: str) -> str:
    """Draw a text as it is as a Data Matrix: a record number where no GS1 prefix is set."""
    return _matrix(text)


def qr(address: str) -> str:
    """Draw an address as a QR code (never a Micro QR, which telephones do not read)."""
    drawn = BytesIO()
    segno.make_qr(address, error="m").save(drawn, kind="svg", omitsize=True)
    return drawn.getvalue().decode()


def _checked(elements: Sequence[Element]) -> str:
    gs1.encode(elements)  # refuses what could not be read again
    return gs1.readable(elements)


def _matrix(text: str, **options: bool) -> str:
    return _drawn(text, zxingcpp.BarcodeFormat.DataMatrix, force_square=True, **options)


def _drawn(text: str, kind: zxingcpp.BarcodeFormat, **options: bool) -> str:
    return zxingcpp.write_barcode_to_svg(zxingcpp.create_barcode(text, kind, **options))
