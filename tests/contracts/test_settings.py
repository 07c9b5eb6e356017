"""Settings: few, documented, and every mistake told in a sentence without the value."""

import re
import socket
from pathlib import Path

import pytest

from ward.commands.serving import refuse_taken
from ward.config import DEMO_KEYS_MARK, ROOT, Env, Settings, SettingsError, read
from ward.security.vapid import new_key

DOCUMENT = ROOT / "docs" / "operate" / "settings.md"
MOST = 40
PRODUCTION = {
    "WARD_ENV": "production",
    "WARD_DATABASE_URL": "postgresql://ward:pw@db/ward",
    "WARD_REDIS_URL": "redis://:pw@cache/0",
    "WARD_PUBLIC_URL": "https://ward.example.org",
}


def refused(**environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(environ)
    return str(caught.value)


def test_every_setting_is_documented_and_none_else() -> None:
    told = re.findall(r"^\| `(WARD_[A-Z0-9_]+)`", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    assert sorted(told) == sorted(f"WARD_{field.upper()}" for field in Settings.model_fields)


def test_there_are_at_most_forty() -> None:
    assert len(Settings.model_fields) <= MOST


def test_nothing_set_is_a_demo_that_moves() -> None:
    found = read({})
    assert (found.env, found.simulator, found.port, found.hl7_port) == (Env.DEMO, 1, 8000, 2575)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("WARD_PORT", "eighty", "WARD_PORT should be a valid integer."),
        ("WARD_PORT", "70000", "WARD_PORT should be less than or equal to 65535."),
        ("WARD_PROT", "80", "WARD_PROT is not a setting of Ward. Did you mean WARD_PORT?"),
        ("WARD_ENV", "prod", "WARD_ENV should be 'demo', 'training', 'test' or 'production'."),
        ("WARD_SIMULATOR", "61", "WARD_SIMULATOR should be less than or equal to 60."),
        (
            "WARD_PUBLIC_URL",
            "ward.org/x",
            "WARD_PUBLIC_URL should look like https://ward.example.org",
        ),
        ("WARD_PUBLIC_URL", "https://ward.org:99999", "WARD_PUBLIC_URL should name its port as a"),
        ("WARD_KEYS", "here", "WARD_KEYS should be file:FOLDER, env or vault:MOUNT/KEY"),
        ("WARD_KEYS", "vault:kv", "WARD_KEYS should be file:FOLDER, env or vault:MOUNT/KEY"),
        ("WARD_KEYS", "vault:transit/ward", "WARD_KEYS=vault:… needs WARD_VAULT_URL and"),
        ("WARD_VAULT_URL", "vault:8200", "WARD_VAULT_URL should look like https://vault.example"),
        ("WARD_KEYS", "env", "WARD_KEYS=env needs WARD_ROOT_KEY or WARD_ROOT_KEY_FILE."),
        ("WARD_REDIS_URL", "redis://h:x/0", "WARD_REDIS_URL should name its port as a number"),
        ("WARD_DATABASE_URL", "postgres://a:b/c@h/d", "WARD_DATABASE_URL should name its port"),
        ("WARD_GS1_PREFIX", "95-2", "WARD_GS1_PREFIX should be the 4 to 12 digits that GS1 gave"),
        ("WARD_PUSH_KEY", "secret", "WARD_PUSH_KEY should be a key that `ward push key` printed."),
        ("WARD_PUSH_KEY", "A" * 43, "WARD_PUSH_KEY should be a key that `ward push key` printed."),
        ("WARD_PUSH_KEY", f"{'A' * 42}E", "WARD_PUSH_KEY needs WARD_PUSH_CONTACT"),
        ("WARD_PUSH_CONTACT", "it", "WARD_PUSH_CONTACT should look like mailto:it@"),
        ("WARD_REDIS_URL_FILE", "/none", "WARD_REDIS_URL_FILE names /none, which cannot be read"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(name: str, value: str, sentence: str) -> None:
    assert refused(**{name: value}).startswith(sentence)


def test_a_wrong_secret_is_not_repeated(tmp_path: Path) -> None:
    assert "s3cret" not in refused(WARD_DATABASE_URL="mysql://ward:s3cret@db/ward")
    assert "s3cret" not in refused(WARD_ROOT_KEY="s3cret")
    assert "s3cret" not in refused(WARD_PUSH_KEY="s3cret")
    assert "pw" not in repr(read(PRODUCTION | {"WARD_HOME": str(tmp_path)}))


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgres://ward:pw@db/ward\n", "utf-8")
    found = read({"WARD_DATABASE_URL_FILE": str(tmp_path / "url")})
    assert found.database_url
    assert found.database_url.get_secret_value() == "postgresql+asyncpg://ward:pw@db/ward"


def test_the_key_of_push_may_stand_in_a_file_and_is_not_told(tmp_path: Path) -> None:
    key = new_key()
    (tmp_path / "key").write_text(f"{key}\n", "utf-8")
    environ = {"WARD_PUSH_KEY_FILE": str(tmp_path / "key"), "WARD_PUSH_CONTACT": "mailto:a@b.org"}
    found = read(environ)
    assert found.push_key
    assert found.push_key.get_secret_value() == key
    assert key not in repr(found)


def test_a_setting_and_its_file_are_not_both_taken(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("redis://cache/0", "utf-8")
    told = refused(WARD_REDIS_URL="redis://x/0", WARD_REDIS_URL_FILE=str(tmp_path / "url"))
    assert told == "WARD_REDIS_URL and WARD_REDIS_URL_FILE are both set; keep one."


def test_an_empty_variable_is_unset() -> None:
    assert read({"WARD_DATABASE_URL": ""}).database_url is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"WARD_DATABASE_URL": ""}, "needs WARD_DATABASE_URL and WARD_REDIS_URL"),
        ({"WARD_PUBLIC_URL": "http://ward.example.org"}, "needs WARD_PUBLIC_URL with https"),
        ({"WARD_SIMULATOR": "on"}, "does not run the simulator"),
        ({"WARD_GS1_PREFIX": "9521101"}, "WARD_GS1_PREFIX is for demonstrations"),
    ],
)
def test_a_production_is_not_kept_like_a_demo(change: dict[str, str], sentence: str) -> None:
    assert sentence in refused(**PRODUCTION | change)


def test_bands_of_a_demo_say_so_and_those_of_a_hospital_use_its_own_prefix(tmp_path: Path) -> None:
    hospital = PRODUCTION | {"WARD_HOME": str(tmp_path)}  # a demo may have run in this folder
    assert read({}).wristband_prefix == "952"
    assert read(hospital).wristband_prefix is None
    assert read(hospital | {"WARD_GS1_PREFIX": "5060123"}).wristband_prefix == "5060123"


def test_a_production_refuses_the_keys_of_a_demo(tmp_path: Path) -> None:
    environ = PRODUCTION | {"WARD_KEYS": f"file:{tmp_path}"}
    assert read(environ).key_folder == tmp_path
    (tmp_path / DEMO_KEYS_MARK).touch()
    assert "are demo keys" in refused(**environ)


def test_why_nobody_can_listen_there_is_told_as_it_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for part, name in (("pages", "WARD_PORT"), ("mllp", "WARD_HL7_PORT")):
            with pytest.raises(SettingsError, match=f"Port {port} .* is in use.* {name}"):
                refuse_taken(read({name: port}), {part})
    with pytest.raises(SettingsError, match=f"Port {port} .* is in use.* WARD_HL7_PORT"):
        refuse_taken(read({"WARD_PORT": port, "WARD_HL7_PORT": port}), {"pages", "mllp"})
    for host in ("nowhere.invalid", "203.0.113.9", "::1"):
        with pytest.raises(SettingsError, match=f"{host} is no IPv4 address of this machine"):
            refuse_taken(read({"WARD_HOST": host}), {"pages"})
