"""Printed: what stands in a PDF, by a renderer and a reader that did not write it."""

import pypdfium2
import zxingcpp


def words(pdf: bytes) -> str:
    """All text, in reading order, spaces as one."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [document[at].get_textpage().get_text_range() for at in range(len(document))]
    finally:
        document.close()
    return " ".join(" ".join(pages).split())


def scanned(pdf: bytes, *, prefix: bool = True) -> list[str]:
    """Every code of every page as a scanner sends it: symbology first, 0x1D between elements."""
    found = []
    document = pypdfium2.PdfDocument(pdf)
    try:
        for at in range(len(document)):
            drawn = document[at].render(scale=3, grayscale=True)
            picture = memoryview(bytes(drawn.buffer)).cast("B", (drawn.height, drawn.stride))
            read = zxingcpp.read_barcodes(picture, text_mode=zxingcpp.TextMode.Plain)
            found += [(code.symbology_identifier if prefix else "") + code.text for code in read]
    finally:
        document.close()
    return found
