"""Transit: the root key in a Vault, which is away, sealed, slow, wrong or turned."""

import base64
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.security.conftest import Owner
from tests.security.transit import NAMESPACE, TOKEN, Vault, vault
from tests.stations import running, signed_in
from tests.users.operator import environ_of
from ward import keeper
from ward.config import Settings, SettingsError, read
from ward.crypto import Lapsed
from ward.db import new_id
from ward.doctor import State, _keys
from ward.keeper import Keeper
from ward.keys import transit
from ward.keys.providers import EnvKeys, provider_of
from ward.keys.rotation import Rotation, retire, rewrap
from ward.keys.transit import KeysAway, Transit
from ward.node import open_node

KEY = b"k" * 32


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody be patient for long."""
    monkeypatch.setattr(transit, "PAUSES", (0.01, 0.01))
    monkeypatch.setattr(transit, "ANSWER_SECONDS", 0.4)


@pytest.fixture
async def made() -> AsyncIterator[Vault]:
    async with vault() as served:
        yield served


def asking(made: Vault, **said: str) -> Transit:
    return Transit(made.url, TOKEN, made.mount, made.name, **said)


def settings_of(settings: Settings, made: Vault, **more: str) -> Settings:
    """The same hospital with its root key in a Vault."""
    environ = environ_of(settings) | {
        "WARD_KEYS": f"vault:{made.mount}/{made.name}",
        "WARD_VAULT_URL": made.url,
        "WARD_VAULT_TOKEN": TOKEN,
    }
    del environ["WARD_ROOT_KEY"]
    return read(environ | more)


async def moved(owner: Owner, settings: Settings, made: Vault) -> Settings:
    """Move the installation's keys from the environment into the Vault."""
    assert settings.root_key is not None
    old = EnvKeys(settings.root_key.get_secret_value())
    chosen = settings_of(settings, made)
    assert await rewrap(owner.engine, old, provider_of(chosen)) == 4
    return chosen


async def test_what_vault_wrapped_it_unwraps_and_nobody_sees_the_root_key(made) -> None:
    wrapped = await asking(made).wrap(KEY)
    assert wrapped.startswith(b"vault:v1:")
    assert await asking(made).unwrap(wrapped) == KEY
    assert base64.b64encode(KEY) not in wrapped
    assert "vault" in (await asking(made).health()).lower()


async def test_a_turned_key_wraps_anew_without_showing_what(made) -> None:
    wrapped = await asking(made).wrap(KEY)
    made.rotate()
    assert await asking(made).unwrap(wrapped) == KEY
    anew = await asking(made).rewrap(wrapped)
    assert anew.startswith(b"vault:v2:")
    made.oldest = 2
    assert await asking(made).unwrap(anew) == KEY
    with pytest.raises(KeysAway, match="no longer allowed to decrypt"):
        await asking(made).unwrap(wrapped)


async def test_a_namespace_is_named(made) -> None:
    made.namespace = NAMESPACE
    with pytest.raises(KeysAway, match="namespace is another"):
        await asking(made).wrap(KEY)
    assert await asking(made, namespace=NAMESPACE).wrap(KEY)


@pytest.mark.parametrize(
    ("hurt", "sentence"),
    [
        ({"token": "another"}, "refuses the token for transit/ward"),
        ({"sealed": True}, "is sealed"),
        ({"mount": "kv"}, "has no transit engine at transit"),
        ({"name": "other"}, "does not know these keys"),
        ({"failing": [500, 500, 500]}, "answers with status 500"),
        ({"delay": 1.0}, "does not answer"),
        ({"answers": lambda _: {"plaintext": "?"}}, "is no Vault"),
        ({"answers": lambda _: {"data": {"ciphertext": 7}}}, "is no Vault"),
        ({"answers": lambda _: {"data": {"ciphertext": "hello"}}}, "is no Vault"),
    ],
)
async def test_each_fault_has_its_sentence(hurt, sentence) -> None:
    async with vault(**hurt) as made:
        provider = Transit(made.url, TOKEN, "transit", "ward")
        with pytest.raises(KeysAway, match=sentence) as told:
            await provider.wrap(KEY)
        assert TOKEN not in str(told.value)


async def test_a_refusal_that_passes_is_asked_again_and_no_other_is(made) -> None:
    made.failing = [503, 429]
    assert await asking(made).wrap(KEY)
    assert len(made.asked) == 3
    made.asked.clear()
    made.token = "another"
    with pytest.raises(KeysAway):
        await asking(made).wrap(KEY)
    assert len(made.asked) == 1


async def test_nobody_there_is_a_sentence(owner, settings, made) -> None:
    chosen = await moved(owner, settings, made)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(KeysAway, match=r"does not answer \(Connect"):
            await open_node(chosen.model_copy(update={"vault_url": gone}))


async def test_a_node_does_not_start_without_its_keys(owner, settings, made) -> None:
    chosen = await moved(owner, settings, made)
    made.sealed = True
    with pytest.raises(KeysAway, match="is sealed"):
        await open_node(chosen)


async def test_a_hospital_moves_into_vault_and_rotates_there(owner, settings, made) -> None:
    chosen = await moved(owner, settings, made)
    async with running(chosen) as ward, signed_in(ward.url, "charge") as charge:
        assert (await charge.get("/wards")).status_code == 200
        done = await Rotation(owner.engine, provider_of(chosen)).run(lambda *_: None)
        assert done.number == 2
        assert (await charge.get("/wards")).status_code == 200
        made.rotate()
        assert await rewrap(owner.engine, provider := provider_of(chosen), provider) == 5
        kept = await owner.connection.fetch(
            "SELECT wrapped FROM kek UNION ALL SELECT wrapped FROM key_ring"
        )
        assert {row[0].split(b":")[1] for row in kept} == {b"v2"}
        await retire(owner.engine, 1)
        assert (await charge.get("/wards")).status_code == 200


async def test_a_node_works_on_without_vault_but_not_for_ever(
    owner, settings, made, monkeypatch
) -> None:
    chosen = await moved(owner, settings, made)
    async with running(chosen) as ward, signed_in(ward.url, "charge") as charge:
        made.sealed = True
        keeping = Keeper(ward.node)
        keeping._renew_at = 0.0
        with pytest.raises(KeysAway):
            await keeping.turn()
        assert (await charge.get("/wards")).status_code == 200  # kept, for half a day
        ward.node.vault.until = 0.0
        keeping._bound()
        refused = await charge.get("/wards")
        assert refused.status_code == 503
        assert "key server has not answered" in refused.text
        ready = await charge.get("/readyz")
        assert (ready.status_code, ready.json()["keys"]) == (503, False)
        with pytest.raises(Lapsed):
            ward.node.vault.hash("mrn", "1")
        made.sealed = False
        await keeping.turn()
        assert (await charge.get("/wards")).status_code == 200


async def test_unwrapped_keys_are_forgotten_with_each_renewal(ward) -> None:
    vault = ward.node.vault
    row, key = vault.new_key(new_id())
    assert vault.unwrap(row.wrapped) == key
    assert vault._open.cache_info().currsize >= 1
    keeping = Keeper(ward.node)
    keeping._renew_at = 0.0
    await keeping.turn()
    assert vault._open.cache_info().currsize == 0
    assert vault.until > keeper.monotonic() + 11 * 3600


async def test_the_doctor_tells_how_the_key_server_is(settings, made) -> None:
    chosen = settings_of(settings, made)
    found = await _keys(chosen)
    assert (found.state, "transit/ward, v1" in found.sentence) == (State.GOOD, True)
    made.token = "another"
    found = await _keys(chosen)
    assert found.state is State.BAD
    assert "refuses the token" in found.sentence


async def test_keys_of_another_provider_are_named(owner, settings, made) -> None:
    with pytest.raises(Exception, match="were not wrapped by Vault"):
        await open_node(settings_of(settings, made))
    async with owner.engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM kek")) == 1


def test_production_asks_for_https_and_a_token_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n", "utf-8")
    environ = {
        "WARD_ENV": "production",
        "WARD_DATABASE_URL": "postgresql://db/ward",
        "WARD_REDIS_URL": "redis://cache",
        "WARD_PUBLIC_URL": "https://ward.example",
        "WARD_KEYS": "vault:hospital/transit/ward",
        "WARD_VAULT_URL": "https://vault.example:8200",
        "WARD_VAULT_TOKEN_FILE": str(tmp_path / "token"),
    }
    chosen = read(environ)
    assert chosen.transit_key == ("hospital/transit", "ward")
    assert chosen.vault_token is not None
    assert chosen.vault_token.get_secret_value() == TOKEN
    with pytest.raises(SettingsError, match="WARD_VAULT_URL with https"):
        read(environ | {"WARD_VAULT_URL": "http://vault.example:8200"})
