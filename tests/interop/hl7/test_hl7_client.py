"""Sending, with our own client and with the command that python-hl7 brings."""

import asyncio
import ssl
import sys
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.interop.hl7.corpus import DATA, corpus_file, taken_apart, vector, with_control_id
from tests.interop.hl7.listening import Memory, listening
from ward import clock
from ward.interop.hl7.client import connect, messages
from ward.interop.hl7.mllp import Limits


async def test_messages_are_sent_and_answered_one_after_the_other() -> None:
    memory = Memory()
    async with listening(memory.handle) as to, connect("127.0.0.1", to.port) as sender:
        for key, control_id in (("M01", "A01-0001"), ("M02", "A02-0001")):
            answer = taken_apart(await sender.send(vector(key)))
            assert (answer.code, answer.control_id) == ("AA", control_id)


async def test_an_answer_that_does_not_come_is_not_waited_for_for_ever() -> None:
    async def never(_block: bytes, _peer: str) -> bytes:
        await asyncio.Event().wait()
        return b""

    limits = Limits(drain=0.1)
    async with (
        listening(never, limits) as to,
        connect("127.0.0.1", to.port, patience=0.1) as sender,
    ):
        with pytest.raises(TimeoutError):
            await sender.send(vector("M01"))


async def test_messages_travel_under_tls(tmp_path: Path) -> None:
    server, client = _tls(tmp_path)
    async with listening(Memory().handle, tls=server) as listener:
        async with connect("127.0.0.1", listener.port, tls=client) as sender:
            assert taken_apart(await sender.send(vector("M01"))).code == "AA"
        async with connect("127.0.0.1", listener.port, patience=5) as plain:
            with pytest.raises((OSError, asyncio.IncompleteReadError)):
                await plain.send(vector("M01"))


def _tls(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a listener's context with a certificate of its own, and one that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ward")])
    local = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    since = clock.now() - timedelta(hours=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=1))
        .add_extension(local, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "tls.pem").write_bytes(pem + private)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "tls.pem")
    return server, ssl.create_default_context(cadata=pem.decode())


async def test_mllp_send_reads_our_answers(tmp_path: Path) -> None:
    blocks = [
        with_control_id(corpus_file(f"fhir-converter/ADT-{event}-01.hl7"), f"OWN-{event}")
        for event in ("A01", "A02", "A03")
    ]
    file = tmp_path / "adt.hl7"
    file.write_bytes(b"\n".join(block.replace(b"\r", b"\n") for block in blocks))
    memory = Memory()
    async with listening(memory.handle) as listener:
        command = str(Path(sys.executable).with_name("mllp_send"))
        process = await asyncio.create_subprocess_exec(
            *(command, "--loose", "--file", str(file), "--port", str(listener.port), "127.0.0.1"),
            stdout=asyncio.subprocess.PIPE,
        )
        printed, _ = await process.communicate()
    assert [line for line in printed.replace(b"\r", b"\n").split(b"\n") if b"MSA" in line] == [
        b"MSA|AA|OWN-A01",
        b"MSA|AA|OWN-A02",
        b"MSA|AA|OWN-A03",
    ]
    assert len(memory.kept) == 3


def test_messages_are_found_in_files_framed_or_plain() -> None:
    plain = vector("M01") + vector("M02")
    assert messages(plain) == [vector("M01"), vector("M02")]
    assert messages(plain.replace(b"\r", b"\n")) == [vector("M01"), vector("M02")]
    both = b"".join(b"\x0b" + vector(key) + b"\x1c\r" for key in ("M01", "M02"))
    assert messages(both) == [vector("M01"), vector("M02")]
    assert messages(b"") == []
    assert messages(b"no message") == [b"no message"]


def test_each_corpus_file_holds_one_message() -> None:
    for path in DATA.rglob("*.hl7"):
        found = messages(path.read_bytes())
        assert len(found) == (1 if path.stat().st_size else 0), path.name
