"""Passkeys: what a browser is asked to sign, and whether it was signed by a person (WebAuthn)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.requests import Request
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from ward.errors import SignedOut

REFUSED = "This passkey was not accepted."
_VERIFIED = UserVerificationRequirement.REQUIRED  # a key that lies about is no person


@dataclass(frozen=True, slots=True)
class Party:
    """The site that asks: passkeys are bound to its host, and signatures to its address."""

    host: str
    origin: str


def party_of(request: Request) -> Party:
    """Name the site as the browser knows it; Host was checked against our own before."""
    url = request.url
    return Party(url.hostname or "", f"{url.scheme}://{url.netloc}")


def to_register(
    party: Party, challenge: bytes, user_id: UUID, names: tuple[str, str], has: Iterable[bytes]
) -> str:
    """Say what a browser is to make: a key for this person, of which it has none yet."""
    username, name = names
    options = generate_registration_options(
        rp_id=party.host,
        rp_name="Ward",
        user_name=username,
        user_id=user_id.bytes,
        user_display_name=name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in has],
    )
    return options_to_json(options)


def to_sign(party: Party, challenge: bytes, keys: Iterable[bytes] = ()) -> str:
    """Say what a browser is to sign; without keys it offers whatever it has for this site."""
    options = generate_authentication_options(
        rp_id=party.host,
        challenge=challenge,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in keys],
        user_verification=_VERIFIED,
    )
    return options_to_json(options)


def registered(party: Party, challenge: bytes, credential: Any) -> VerifiedRegistration:
    """Check a new key: made for this site, by this question, with the person verified."""
    try:
        return verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise SignedOut(REFUSED) from error


def name_of(credential: Any) -> bytes:
    """Read which key a browser says it signed with."""
    try:
        return base64url_to_bytes(str(credential["id"]))
    except (ValueError, TypeError, KeyError) as error:
        raise SignedOut(REFUSED) from error


def signed(
    party: Party, challenge: bytes, credential: Any, public_key: bytes, count: int
) -> VerifiedAuthentication:
    """Check a signature: of this key, for this site and question, with the person verified."""
    try:
        return verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise SignedOut(REFUSED) from error
