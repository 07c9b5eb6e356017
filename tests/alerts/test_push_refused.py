"""Push, refused: strange addresses, people whom no alert calls, and all of it when off."""

import pytest

from domain.duty import DutyRole
from tests.alerts.phones import CONTACT, KEY, PHONES, Phone, noted, scalar
from tests.stations import settings_for
from ward.alerts.push_phones import reachable
from ward.config import read
from ward.security import vapid

REGISTRAR = DutyRole.REGISTRAR


@pytest.fixture
def settings(database, stores):
    """A node that may wake phones."""
    return settings_for(database, stores, push_key=KEY, push_contact=CONTACT)


FORGED = [
    "https://evil.example.org/send",
    "https://fcm.googleapis.com.evil.example.org/send",
    "https://evilpush.apple.com/send",
    "https://push.apple.com/send",
    "https://fcm.googleapis.com@169.254.169.254/latest",
    "https://fcm.googleapis.com:8443/send",
    "https://fcm.googleapis.com\\@10.0.0.1/send",
    "https://10.0.0.1/send",
    "http://fcm.googleapis.com/send",
    "http://10.0.0.1/send",
    "ftp://fcm.googleapis.com/send",
    "https://fcm.googleapis.com/se nd",
    "https://fcm.googleapis.com/\r\nHost: x",
    "https://fcm.googleapis.com:port/",
    "https://[::1/",
]


@pytest.mark.parametrize("endpoint", FORGED)
async def test_only_known_push_services_are_asked(calls, service, doctor, endpoint: str) -> None:
    said = Phone(service, "one").said | {"endpoint": endpoint}
    answer = await doctor.post("/account/push", **said)
    assert answer.status_code == 422
    assert "not one that Ward knows" in answer.text
    assert await scalar(calls, PHONES) == 0


def test_the_services_of_the_browsers_are_known(tmp_path) -> None:
    production = read(
        {
            "WARD_ENV": "production",
            "WARD_HOME": str(tmp_path),  # a demo may have run in this folder
            "WARD_DATABASE_URL": "postgresql://ward:pw@db/ward",
            "WARD_REDIS_URL": "redis://:pw@cache/0",
            "WARD_PUBLIC_URL": "https://ward.example.org",
        }
    )
    for host in (
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        "web.push.apple.com",
        "wns2-par02p.notify.windows.com",
    ):
        assert reachable(f"https://{host}/send/abc?x=1", production), host
    assert not reachable("http://127.0.0.1:1/send", production)
    assert reachable("http://127.0.0.1:1/send", read({"WARD_ENV": "test"}))


@pytest.mark.parametrize("wrong", [{"p256dh": "AAAA"}, {"auth": "AAAA"}, {"p256dh": "%%"}])
async def test_keys_that_are_none_are_refused(service, doctor, wrong) -> None:
    answer = await doctor.post("/account/push", **Phone(service, "one").said | wrong)
    assert answer.status_code == 422
    assert "cannot be read" in answer.text


async def test_the_panel_is_for_those_whom_alerts_call(doctor, reception) -> None:
    shown = (await doctor.get("/account")).text
    assert "Alerts on this phone" in shown
    assert vapid.public_of(KEY) in shown
    assert KEY not in shown
    assert "Alerts on this phone" not in (await reception.get("/account")).text
    assert (await reception.get("/account/push")).status_code == 403


async def test_a_new_key_leaves_old_subscriptions_alone(calls, service, doctor) -> None:
    await calls.staff.on("doctor", REGISTRAR)
    phone = Phone(service, "one")
    await phone.turn_on(doctor)
    node = calls.scene.node
    other = read({"WARD_ENV": "test", "WARD_PUSH_KEY": vapid.new_key()} | _contact())
    node.settings = node.settings.model_copy(update={"push_key": other.push_key})
    await calls.sound()
    await noted(calls, PHONES, 0)
    assert phone.letters == []


def _contact() -> dict[str, str]:
    return {"WARD_PUSH_CONTACT": CONTACT}


class TestOff:
    """Without WARD_PUSH_KEY."""

    @pytest.fixture
    def settings(self, database, stores):
        return settings_for(database, stores)

    async def test_nothing_of_it_is_shown_and_nothing_happens(self, calls, service, doctor) -> None:
        await calls.staff.on("doctor", REGISTRAR)
        assert "phone" not in (await doctor.get("/account")).text
        assert (await doctor.get("/account/push")).status_code == 404
        phone = Phone(service, "one")
        for path, said in (("", phone.said), ("/stop", {}), ("/test", {})):
            assert (await doctor.post(f"/account/push{path}", **said)).status_code == 404
        await calls.sound()
        await calls.settled()
        assert await scalar(calls, PHONES) == 0
        assert (await doctor.client.post("/logout")).status_code == 303
