"""The capture server: what is cut off in the middle was never taken, as with a real mail server."""

import asyncio

from ward.dev.capture import HOST, Capture

HEAD = b"EHLO me\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nDATA\r\n"


async def _said(capture: Capture, data: bytes) -> None:
    reader, writer = await asyncio.open_connection(HOST, capture.smtp_port)
    writer.write(data)
    writer.write_eof()
    await reader.read()
    writer.close()


async def test_half_a_mail_is_no_mail() -> None:
    async with Capture().serving() as capture:
        await _said(capture, HEAD)
        await _said(capture, HEAD + b"Subject: x\r\nMessage-ID: <1@b>\r\n\r\nHalf")
        assert not capture.caught
        await _said(capture, HEAD + b"Subject: x\r\nMessage-ID: <1@b>\r\n\r\n..Whole\r\n.\r\n")
        (one,) = capture.caught
    assert (one.to, one.key, one.subject, one.text) == ("c@d.org", "1", "x", ".Whole")
