"""Settings: what an installation may choose, read once from the environment."""

import base64
import difflib
import os
import re
import socket
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from domain.wristbands import DEMONSTRATION

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: templates, static files and documents are found below it."""

PREFIX = "WARD_"
DEMO_KEYS_MARK = "DEMO"
"""A key folder that the demo made holds a file of this name; production refuses such keys."""

_ASYNCPG = "postgresql+asyncpg://"
_FASTEST = 60
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class SettingsError(ValueError):
    """The environment asks for something Ward cannot do; the text is for the person who set it."""


class Env(StrEnum):
    """What this installation is for."""

    DEMO = "demo"
    TRAINING = "training"
    TEST = "test"
    PRODUCTION = "production"


def _simulator(text: object) -> object:
    """Read off, on or a speed: 0 is off, 1 is the pace of a real hospital."""
    return {"off": 0, "on": 1}.get(str(text).strip().lower(), text)


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _database(text: object) -> object:
    """Accept the address forms that other tools print, and name the driver Ward uses."""
    return re.sub(r"^postgres(ql)?://", _ASYNCPG, _plain(text))


def _with_a_port(text: object) -> object:
    """Refuse an address whose port is no number; a slash in a password looks like that too."""
    try:
        urlsplit(_plain(text)).port  # noqa: B018 - reading it is the check
    except ValueError:
        told = "should name its port as a number; in a password, write / as %2F and @ as %40"
        raise ValueError(told) from None
    return text


def _private_key(text: object) -> object:
    """Refuse a number that is no private key on the curve of Web Push (FIPS 186-5, P-256)."""
    try:
        number = int.from_bytes(base64.urlsafe_b64decode(f"{_plain(text)}="))
    except ValueError:
        number = 0
    if not 0 < number < _P256_ORDER:
        raise ValueError("should be a key that `ward push key` printed")
    return text


def _like(pattern: str, sentence: str) -> BeforeValidator:
    """Require a form, and say it in words when it is missed."""

    def check(text: object) -> object:
        if not re.fullmatch(pattern, _plain(text)):
            raise ValueError(sentence)
        return text

    return BeforeValidator(check)


DatabaseUrl = Annotated[
    SecretStr,
    BeforeValidator(_with_a_port),
    _like(r"postgresql\+asyncpg://.+", "should look like postgresql://user:password@host/name"),
    BeforeValidator(_database),
]
RedisUrl = Annotated[
    SecretStr,
    BeforeValidator(_with_a_port),
    _like(r"(rediss?|unix)://.+", "should look like redis://:password@host:6379/0"),
]
Keys = Annotated[
    str,
    _like(
        r"file:.*|env|vault:[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)+",
        "should be file:FOLDER, env or vault:MOUNT/KEY, such as vault:transit/ward",
    ),
]
VaultUrl = Annotated[
    str,
    BeforeValidator(_with_a_port),
    _like(r"https?://[^\s/?#@]+/?", "should look like https://vault.example.org:8200"),
]
PublicUrl = Annotated[
    str,
    BeforeValidator(_with_a_port),
    _like(r"https?://[^\s/?#@]+", "should look like https://ward.example.org, without a path"),
]
Node = Annotated[
    str, _like(r"[A-Za-z0-9._-]{1,63}", "should be 1 to 63 letters, digits, dots and hyphens")
]
RootKey = Annotated[SecretStr, _like(r"[0-9A-Fa-f]{64}", "should be 64 hexadecimal digits")]
PushKey = Annotated[
    SecretStr,
    BeforeValidator(_private_key),
    _like(r"[A-Za-z0-9_-]{43}", "should be a key that `ward push key` printed"),
]
PushContact = Annotated[
    str,
    _like(
        r"mailto:[^@\s]+@[^@\s]+|https://[^\s/?#]+\S*",
        "should look like mailto:it@ward.example.org or https://ward.example.org",
    ),
]
Gs1Prefix = Annotated[
    str, _like(r"[0-9]{4,12}", "should be the 4 to 12 digits that GS1 gave this hospital")
]
Issuer = Annotated[
    str, _like(r"https?://[^\s?#]+", "should look like https://sign-in.example.org/realm")
]
SmtpUrl = Annotated[
    SecretStr,
    BeforeValidator(_with_a_port),
    _like(
        r"smtps?://([^@/\s]+@)?[^@/\s]+", "should look like smtps://user:password@mail.example.org"
    ),
]
MailFrom = Annotated[
    str,
    _like(
        r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}",
        "should be one address, appointments@ward.example.org",
    ),
]
SmsUrl = Annotated[
    str,
    BeforeValidator(_with_a_port),
    _like(
        r"https://[^\s@#]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/[^\s@#]*)?",
        "should look like https://gateway.example.org/messages",
    ),
]
Phone = Annotated[
    str, _like(r"\+?[0-9 ()./-]{3,30}", "should be a telephone number, such as +44 20 7946 0100")
]
Port = Annotated[int, Field(ge=1, le=65535)]
_AT = r"=(\[[0-9A-Fa-f:]+\]|[^\s:=,/]+):\d{1,5}"
_KINDS = r"/(ADT|A08|A28|RAS|OML)(\+(ADT|A08|A28|RAS|OML))*"
_RECEIVER = rf"((pharmacy|laboratory|pas){_AT}({_KINDS})?|[a-z][a-z0-9_-]*{_AT}{_KINDS})"
_EXAMPLE = "pharmacy=host:2576, or name=host:2576/ADT+A08 with any of ADT A08 A28 RAS OML"
Hl7Receivers = Annotated[
    str, _like(rf"({_RECEIVER}(,\s*{_RECEIVER})*)?", f"should look like {_EXAMPLE}")
]


class Settings(BaseSettings):
    """Every choice an installation has; docs/operate/settings.md explains each."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    env: Env = Env.DEMO
    home: Path = ROOT / ".ward"
    database_url: DatabaseUrl | None = None
    database_owner_url: DatabaseUrl | None = None
    redis_url: RedisUrl | None = None
    keys: Keys = "file:"
    root_key: RootKey | None = None
    vault_url: VaultUrl | None = None
    vault_token: SecretStr | None = None
    vault_namespace: str | None = None
    vault_ca: Path | None = None
    host: str = "127.0.0.1"
    port: Port = 8000
    hl7_host: str = "127.0.0.1"
    hl7_port: Port = 2575
    hl7_receivers: Hl7Receivers = ""
    public_url: PublicUrl | None = None
    simulator: Annotated[int, BeforeValidator(_simulator), Field(ge=0, le=_FASTEST)] = 0
    node: Node = Field(default_factory=socket.gethostname)
    push_key: PushKey | None = None
    push_contact: PushContact | None = None
    gs1_prefix: Gs1Prefix | None = None
    oidc_issuer: Issuer | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_acr: str | None = None  # levels of the provider that mean two factors, by spaces
    oidc_name: str = "hospital account"
    audit_anchor: Path | None = None
    smtp_url: SmtpUrl | None = None
    mail_from: MailFrom | None = None
    sms_url: SmsUrl | None = None
    sms_key: SecretStr | None = None
    phone: Phone | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from `read` alone, so that no other file or variable has a say."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @model_validator(mode="after")
    def _with_a_key(self) -> Self:
        """Refuse to look for a root key that nobody gave."""
        if self.keys == "env" and self.root_key is None:
            raise ValueError("WARD_KEYS=env needs WARD_ROOT_KEY or WARD_ROOT_KEY_FILE.")
        if self.transit_key is None:
            return self
        if self.vault_url is None or self.vault_token is None:
            raise ValueError("WARD_KEYS=vault:… needs WARD_VAULT_URL and WARD_VAULT_TOKEN_FILE.")
        if self.env is Env.PRODUCTION and urlsplit(self.vault_url).scheme != "https":
            raise ValueError("WARD_ENV=production needs WARD_VAULT_URL with https.")
        return self

    @model_validator(mode="after")
    def _with_a_contact(self) -> Self:
        """Refuse to wake phones through services that could not tell anybody what is wrong."""
        if self.push_key is not None and self.push_contact is None:
            raise ValueError("WARD_PUSH_KEY needs WARD_PUSH_CONTACT, mailto:… or https://….")
        return self

    @model_validator(mode="after")
    def _with_a_client(self) -> Self:
        """Refuse a sign-in provider that does not know us, or whom anybody on the way can play."""
        if self.oidc_issuer is None:
            return self
        if self.oidc_client_id is None:
            raise ValueError("WARD_OIDC_ISSUER needs WARD_OIDC_CLIENT_ID.")
        if self.env is Env.PRODUCTION and urlsplit(self.oidc_issuer).scheme != "https":
            raise ValueError("WARD_ENV=production needs WARD_OIDC_ISSUER with https.")
        return self

    @model_validator(mode="after")
    def _with_a_sender(self) -> Self:
        """Refuse to remind patients who could not tell who writes, or whom to ring."""
        if self.smtp_url is not None and self.mail_from is None:
            raise ValueError("WARD_SMTP_URL needs WARD_MAIL_FROM, the address mails come from.")
        if self.reminds and self.phone is None:
            raise ValueError("WARD_SMTP_URL and WARD_SMS_URL need WARD_PHONE, which messages name.")
        return self

    @model_validator(mode="after")
    def _fit_for_production(self) -> Self:
        """Refuse a production that would keep its data like a demo."""
        if self.env is not Env.PRODUCTION:
            return self
        if self.database_url is None or self.redis_url is None:
            raise ValueError("WARD_ENV=production needs WARD_DATABASE_URL and WARD_REDIS_URL.")
        if urlsplit(self.public_url or "").scheme != "https":
            raise ValueError("WARD_ENV=production needs WARD_PUBLIC_URL with https.")
        if (self.gs1_prefix or "").startswith(DEMONSTRATION):
            raise ValueError("WARD_GS1_PREFIX is for demonstrations; use the hospital's own.")
        if self.simulator:
            raise ValueError("WARD_ENV=production does not run the simulator.")
        if self.key_folder is not None and (self.key_folder / DEMO_KEYS_MARK).exists():
            raise ValueError(f"The keys in {self.key_folder} are demo keys; make new ones.")
        return self

    @property
    def reminds(self) -> bool:
        """Tell whether patients are written to at all."""
        return self.smtp_url is not None or self.sms_url is not None

    @property
    def wristband_prefix(self) -> str | None:
        """Tell how wristband numbers begin; None: bands carry the record number alone."""
        if self.env is Env.PRODUCTION:
            return self.gs1_prefix
        return self.gs1_prefix or DEMONSTRATION

    @property
    def key_folder(self) -> Path | None:
        """Where a file key provider keeps its keys; None for the other providers."""
        kind, _, rest = self.keys.partition(":")
        if kind != "file":
            return None
        return Path(rest) if rest else self.home / "keys"

    @property
    def transit_key(self) -> tuple[str, str] | None:
        """Name mount and key of the transit engine; None for the other providers."""
        kind, _, rest = self.keys.partition(":")
        if kind != "vault":
            return None
        mount, _, name = rest.rpartition("/")
        return mount, name


def read(environ: Mapping[str, str]) -> Settings:
    """Return the settings in `environ`, or say in one sentence per mistake what is wrong."""
    values: dict[str, str] = {}
    problems = [_take(name, environ[name], values) for name in sorted(environ)]
    if any(problems):
        raise SettingsError("\n".join(filter(None, problems)))
    if values.get("env", Env.DEMO) in {Env.DEMO, Env.TRAINING}:
        values.setdefault("simulator", "on")  # a demo moves by itself unless told not to
    try:
        return Settings.model_validate(_rooted(values))
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(item) for item in error.errors())) from None


@cache
def settings() -> Settings:
    """Return this process's settings; the environment is read the first time only."""
    return read(os.environ)


def _take(name: str, text: str, values: dict[str, str]) -> str:
    """Add one variable to the values; return what is wrong with it, or nothing."""
    field = name.removeprefix(PREFIX).removesuffix("_FILE").lower()
    if not name.startswith(PREFIX) or not text:  # empty is unset, as compose files write it
        return ""
    if field not in Settings.model_fields:
        return _unknown(name)
    if field in values:
        return f"{PREFIX}{field.upper()} and {name} are both set; keep one."
    try:
        values[field] = Path(text).read_text("utf-8").strip() if name.endswith("_FILE") else text
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        return f"{name} names {text}, which cannot be read: {why}."
    return ""


def _rooted(values: dict[str, str]) -> dict[str, str]:
    """Make the home absolute from where the command was typed, as a shell would."""
    if "home" in values:
        values["home"] = str(Path(values["home"]).expanduser().absolute())
    return values


def _unknown(name: str) -> str:
    known = [PREFIX + field.upper() for field in Settings.model_fields]
    close = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    return f"{name} is not a setting of Ward.{hint}"


def _sentence(item: ErrorDetails) -> str:
    """Say what is wrong without repeating the value, which may be a secret."""
    if not item["loc"]:
        return str(item["msg"]).removeprefix("Value error, ")
    message = item["msg"].removeprefix("Input ").removeprefix("Value error, ").split(", unable")[0]
    return f"{PREFIX}{str(item['loc'][0]).upper()} {message}."
