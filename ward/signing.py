"""Signing: documents of this installation, in which any change afterwards is found.

A signature inside the PDF (ISO 32000-2, PAdES) that every reader can check, by a certificate that
is this installation's own: its key is drawn from the vault and stands on no disk. It proves where
a document comes from and that nobody touched it since. It is no qualified signature of a person;
`by` is what Ward says of who signed.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import Any

from asn1crypto import cms, core
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.validation import (
    EmbeddedPdfSignature,
    SignatureCoverageLevel,
    async_validate_pdf_signature,
)
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from ward import clock
from ward.node import Node

FIELD = "Signature"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-5, P-256
_SINCE = datetime(2026, 1, 1, tzinfo=UTC)
_FOR_EVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)  # RFC 5280, 4.1.2.5: no end


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a PDF that somebody brought is worth; `why` is a sentence where it is worth nothing."""

    intact: bool
    by: str = ""
    at: datetime | None = None
    why: str = ""


async def sign(node: Node, pdf: bytes, *, by: str = "", reason: str = "") -> bytes:
    """Sign a PDF as this installation; from then on nothing can be added to it or changed.

    `by` (who is responsible for it) and `reason` stand in the signature and are covered by it.
    """
    return await asyncio.to_thread(_signed, _holder(node.vault.signing), pdf, by, reason)


async def verify(node: Node, pdf: bytes) -> Verdict:
    """Tell whether this installation signed exactly these bytes, for whom and when."""
    return await asyncio.to_thread(_verdict, _holder(node.vault.signing), pdf)


# -- the key -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class _Holder:
    """The installation's key and its certificate, which is the same on every node."""

    key: asn1_keys.PrivateKeyInfo
    certificate: asn1_x509.Certificate


@cache
def _holder(secret: bytes) -> _Holder:
    key = _key(secret)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ward documents")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(_expanded(secret, b"ward.signing.serial", 16)) >> 1)
        .not_valid_before(_SINCE)
        .not_valid_after(_FOR_EVER)
        .add_extension(_USAGE, critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return _Holder(
        asn1_keys.PrivateKeyInfo.load(private),
        asn1_x509.Certificate.load(made.public_bytes(Encoding.DER)),
    )


def _key(secret: bytes) -> ec.EllipticCurvePrivateKey:
    """Draw the key: from 64 bits more than it has, so that none is likelier (FIPS 186-5, A.2.1)."""
    number = int.from_bytes(_expanded(secret, b"ward.signing.key", 40))
    return ec.derive_private_key(number % (ORDER - 1) + 1, ec.SECP256R1())


def _expanded(secret: bytes, what: bytes, length: int) -> bytes:
    return HKDFExpand(hashes.SHA256(), length, what).derive(secret)


_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)

# -- signing -------------------------------------------------------------------------


class _Signer(signers.PdfSigner):
    """Signs by Ward's clock, not the machine's."""

    def init_signing_session(
        self,
        pdf_out: Any,
        existing_fields_only: bool = False,  # noqa: FBT001, FBT002 - the library's own signature
    ) -> PdfSigningSession:
        """Begin; the instant stands in the signature."""
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = clock.now()
        return session


def _signed(holder: _Holder, pdf: bytes, by: str, reason: str) -> bytes:
    said = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        name=by or None,
        reason=reason or None,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    chain = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # nobody stands above it
    signer = signers.SimpleSigner(holder.certificate, holder.key, chain)
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    out: BytesIO = asyncio.run(_Signer(said, signer).async_sign_pdf(writer))
    return bytes(out.getvalue())


# -- verifying -----------------------------------------------------------------------


def _verdict(holder: _Holder, pdf: bytes) -> Verdict:
    try:
        found = PdfFileReader(BytesIO(pdf), strict=True).embedded_signatures
        if len(found) != 1:
            return Verdict(intact=False, why="This document is not signed by this hospital.")
        return asyncio.run(_judged(holder, found[0], pdf))
    except Exception:  # noqa: BLE001 - whatever a stranger's file does to a reader: it is not ours
        return Verdict(intact=False, why="This document cannot be read, or it was changed.")


async def _judged(holder: _Holder, signature: EmbeddedPdfSignature, pdf: bytes) -> Verdict:
    if signature.signer_cert.dump() != holder.certificate.dump():
        return Verdict(intact=False, why="This document is not signed by this hospital.")
    trust = ValidationContext(trust_roots=[holder.certificate], allow_fetching=False)
    status = await async_validate_pdf_signature(signature, trust, skip_diff=True)
    whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    if not (
        status.intact
        and status.valid
        and status.trusted
        and whole
        and _as_made(signature, holder, pdf)
    ):
        return Verdict(intact=False, why="This document was changed after it was signed.")
    by = str(signature.sig_object.get("/Name", ""))
    return Verdict(intact=True, by=by, at=signature.self_reported_timestamp)


def _as_made(signature: EmbeddedPdfSignature, holder: _Holder, pdf: bytes) -> bool:
    """Tell whether the signature stands in the file as we write it, to the last byte.

    What a signature covers leaves out the place where it stands itself: padding, the wrapping of
    its values, the way its digits are written.
    """
    before, ahead, after, _ = (int(number) for number in signature.byte_range)
    hole = pdf[before + ahead : after]
    info = signature.signer_info
    wrapped = _wrapped(holder, info["signed_attrs"], info["signature"].native)
    return hole == b"<%b>" % wrapped.hex().upper().encode().ljust(len(hole) - 2, b"0")


def _wrapped(holder: _Holder, attributes: cms.CMSAttributes, signed: bytes) -> bytes:
    """Wrap a signature as we do (RFC 5652): nothing in it but these two values is ever another."""
    digest = {"algorithm": "sha256", "parameters": core.Null()}
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            "issuer_and_serial_number",
            cms.IssuerAndSerialNumber(
                {
                    "issuer": holder.certificate.issuer,
                    "serial_number": holder.certificate.serial_number,
                }
            ),
        ),
        "digest_algorithm": digest,
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": "sha256_ecdsa"},
        "signature": signed,
    }
    content = {
        "version": "v1",
        "digest_algorithms": [digest],
        "encap_content_info": {"content_type": "data"},
        "certificates": [holder.certificate],
        "signer_infos": [signer],
    }
    made = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(content)})
    return bytes(made.dump())
