"""Outside: signing in through the hospital's identity provider (OpenID Connect)."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from starlette.requests import Request

from ward import clock
from ward.config import Settings
from ward.errors import SignedOut, Unavailable

NAME, BACK = "outside", "/login/outside/back"
REFUSED = "The hospital's sign-in gave no answer that can be trusted. Nobody was signed in."
AWAY = "The hospital's sign-in does not answer. Use your password, or try again in a moment."
OURS = ("RS256", "PS256", "ES256", "ES384", "EdDSA")  # what we take, whatever a provider offers
LEEWAY = 60  # seconds that two clocks may differ
#: RFC 8176, section 2: what somebody knows, and what they have or are.
_KNOWN = frozenset({"pwd", "pin", "kba"})
_HELD = frozenset({"otp", "hwk", "swk", "sms", "tel", "sc", "fpt", "face", "iris", "retina", "vbm"})
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"  # Back-Channel Logout 1.0, 2.4
LOGOUT_AGE = 300  # seconds; engineering default: an older logout token is no news


@dataclass(frozen=True, slots=True)
class Told:
    """Whom a provider vouches for: their subject there, and its session of theirs."""

    issuer: str
    subject: str
    session: str | None
    twice: bool = False  # it says that it asked for a second factor


@dataclass(frozen=True, slots=True)
class Goodbye:
    """Whom, or which session, a provider says has left; `name` is the token's own."""

    issuer: str
    subject: str | None
    session: str | None
    name: str


@cache
def _client(issuer: str, client_id: str, secret: str | None) -> Any:
    oauth = OAuth()
    return oauth.register(
        NAME,
        client_id=client_id,
        client_secret=secret,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid",
            "code_challenge_method": "S256",
            "timeout": 5,
            "follow_redirects": False,
        },
    )


def offered(choice: Settings) -> bool:
    """Say whether this installation has an identity provider."""
    return choice.oidc_issuer is not None


async def _known(choice: Settings) -> tuple[Any, str]:
    """Give the client, after the provider said who it is; one that says another is refused."""
    assert choice.oidc_issuer is not None
    assert choice.oidc_client_id is not None
    secret = choice.oidc_client_secret.get_secret_value() if choice.oidc_client_secret else None
    client = _client(choice.oidc_issuer, choice.oidc_client_id, secret)
    try:
        metadata = await client.load_server_metadata()
    except (httpx2.HTTPError, ValueError) as error:
        raise Unavailable(AWAY) from error
    if metadata.get("issuer") != choice.oidc_issuer:
        raise SignedOut(REFUSED)
    metadata["id_token_signing_alg_values_supported"] = list(OURS)  # the library takes this list
    return client, choice.oidc_issuer


async def away(request: Request, choice: Settings) -> tuple[str, dict[str, Any]]:
    """Give the address to send somebody to, and what must be there when they come back."""
    client, _ = await _known(choice)
    request.scope["session"] = {}
    answer = await client.authorize_redirect(request, _address(request, choice))
    return answer.headers["location"], dict(request.session)


def _address(request: Request, choice: Settings) -> str:
    base = choice.public_url or f"{request.url.scheme}://{request.url.netloc}"
    return f"{base}{BACK}"


async def back(request: Request, choice: Settings, kept: dict[str, Any]) -> Told:
    """Take the provider's answer: from the browser that was sent, for us, signed, and new."""
    client, issuer = await _known(choice)
    if request.query_params.get("iss", issuer) != issuer:  # RFC 9207: another one's answer
        raise SignedOut(REFUSED)
    request.scope["session"] = kept
    needed = {"essential": True}
    try:
        token = await client.authorize_access_token(
            request,
            claims_options={
                "iss": needed | {"value": issuer},
                "aud": needed | {"value": choice.oidc_client_id},
                "sub": needed,
                "exp": needed,
                "iat": needed,
                "nonce": needed,
            },
            leeway=LEEWAY,
        )
    except httpx2.HTTPError as error:
        raise Unavailable(AWAY) from error
    except (OAuthError, JoseError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise SignedOut(REFUSED) from error
    said = token.get("userinfo")  # made of the ID token alone, and missing where that was
    if not token.get("id_token") or not said:
        raise SignedOut(REFUSED)
    session = str(said["sid"]) if said.get("sid") else None
    return Told(issuer, str(said["sub"]), session, twice=_twice(said, choice))


def _twice(said: dict[str, Any], choice: Settings) -> bool:
    """Say whether the provider asked for two factors: by its methods (RFC 8176), or its level.

    `mfa` says so; a password beside something else is two. A level counts where the installation
    names it, since providers mean different things by theirs.
    """
    given = said.get("amr")
    methods = {str(one) for one in given} if isinstance(given, list) else set()
    if "mfa" in methods or (methods & _KNOWN and methods & _HELD):
        return True
    return said.get("acr") in (choice.oidc_acr or "").split()


async def goodbye(choice: Settings, token: str) -> Goodbye:
    """Read a logout token: signed by the provider, for us, new, and of no other kind."""
    client, issuer = await _known(choice)
    try:
        said = await _decoded(client, token)
    except httpx2.HTTPError as error:
        raise Unavailable(AWAY) from error
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise SignedOut(REFUSED) from error
    _refuse_other(said, issuer, str(choice.oidc_client_id))
    subject, session = said.get("sub"), said.get("sid")
    return Goodbye(
        issuer,
        str(subject) if subject else None,
        str(session) if session else None,
        str(said["jti"]),
    )


async def _decoded(client: Any, token: str) -> dict[str, Any]:
    registry = JWSRegistry(algorithms=list(OURS), strict_check_header=False)
    for force in (False, True):  # a key we do not know yet may be a new one
        keys = KeySet.import_key_set(await client.fetch_jwk_set(force=force))
        try:
            return dict(jwt.decode(token, key=keys, registry=registry).claims)
        except JoseError:
            if force:
                raise
    raise AssertionError


def _refuse_other(said: dict[str, Any], issuer: str, client_id: str) -> None:
    """Refuse what is no logout token of this provider for us (Back-Channel Logout 1.0, 2.6)."""
    now, events, audience = clock.now().timestamp(), said.get("events"), said.get("aud")
    fit = (
        said.get("iss") == issuer
        and client_id in (audience if isinstance(audience, list) else [audience])
        and isinstance(said.get("iat"), int | float)
        and abs(now - said["iat"]) <= LOGOUT_AGE
        and said.get("exp", now) > now - LEEWAY
        and isinstance(events, dict)
        and isinstance(events.get(LOGOUT), dict)
        and "nonce" not in said
        and bool(said.get("jti"))
        and bool(said.get("sub") or said.get("sid"))
    )
    if not fit:
        raise SignedOut(REFUSED)
