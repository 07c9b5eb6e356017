"""Providers: where the root key lies, which wraps the keys of the installation."""

import os
from pathlib import Path
from typing import Protocol

import structlog
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from ward.config import DEMO_KEYS_MARK, Env, Settings
from ward.crypto import Unreadable
from ward.keys.transit import Transit

log = structlog.get_logger()


class KeyProvider(Protocol):
    """Where the root key lies; the root key itself never leaves it."""

    async def wrap(self, key: bytes) -> bytes: ...

    async def unwrap(self, wrapped: bytes) -> bytes: ...

    async def rewrap(self, wrapped: bytes) -> bytes:
        """Wrap by the newest version of the root key what an older one wrapped."""

    async def health(self) -> str:
        """Say that the root key can be used, or raise what is wrong."""


class FileKeys:
    """A root key in a file of mode 0600, made on first use; for newcomers and small sites."""

    def __init__(self, folder: Path, *, demo: bool = False) -> None:
        self.path = folder / "root.key"
        self.demo = demo
        self.fresh = False

    def _root(self) -> bytes:
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                return self._root()
            with os.fdopen(handle, "wb") as file:
                file.write(AESGCM.generate_key(256))
                file.flush()
                os.fsync(file.fileno())
            if self.demo:
                (self.path.parent / DEMO_KEYS_MARK).write_text("Made by a demo.\n", "utf-8")
            self.fresh = True
            log.warning("keys.made", path=str(self.path), do="Keep a copy of this file elsewhere.")
        root = self.path.read_bytes()
        if len(root) != 32:
            raise Unreadable(f"{self.path} does not hold a 256-bit key.")
        return root

    async def wrap(self, key: bytes) -> bytes:
        return aes_key_wrap(self._root(), key)

    async def unwrap(self, wrapped: bytes) -> bytes:
        try:
            return aes_key_unwrap(self._root(), wrapped)
        except InvalidUnwrap as error:
            raise Unreadable(
                f"The root key in {self.path} is not the one this database uses."
            ) from error

    async def rewrap(self, wrapped: bytes) -> bytes:
        return await self.wrap(await self.unwrap(wrapped))

    async def health(self) -> str:
        self._root()
        return f"The root key is readable ({self.path})."


class EnvKeys(FileKeys):
    """A root key in the environment (64 hexadecimal digits)."""

    def __init__(self, key: str) -> None:
        super().__init__(Path())
        self.key = bytes.fromhex(key)
        self.path = Path("WARD_ROOT_KEY")

    def _root(self) -> bytes:
        if len(self.key) != 32:
            raise Unreadable("WARD_ROOT_KEY is not 64 hexadecimal digits.")
        return self.key


def provider_of(choice: Settings) -> KeyProvider:
    """Read WARD_KEYS: `file:`, `file:/some/folder`, `env` or `vault:MOUNT/KEY`."""
    if choice.key_folder is not None:
        return FileKeys(choice.key_folder, demo=choice.env is not Env.PRODUCTION)
    if choice.transit_key is not None:
        assert choice.vault_url is not None
        assert choice.vault_token is not None
        mount, name = choice.transit_key
        token = choice.vault_token.get_secret_value()
        return Transit(
            choice.vault_url,
            token,
            mount,
            name,
            namespace=choice.vault_namespace,
            authority=choice.vault_ca,
        )
    assert choice.root_key is not None
    return EnvKeys(choice.root_key.get_secret_value())
