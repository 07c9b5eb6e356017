"""Push: a phone is woken once for each call, and learns that there is one: nothing else."""

import asyncio
import json
from datetime import datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from sqlalchemy import text

from domain.access import Permission
from domain.alerts import Cause
from domain.duty import DutyRole
from tests.alerts.calls import WHAT
from tests.alerts.phones import (
    CONTACT,
    KEY,
    PHONES,
    Phone,
    PushService,
    arrived,
    noted,
    quiet,
    scalar,
    within,
)
from tests.settling import PATIENCE
from tests.stations import settings_for
from ward import clock
from ward.alerts import push_calls, push_sending
from ward.alerts.models import PushSubscription
from ward.alerts.push_message import seal
from ward.patients.models import Patient
from ward.security import vapid
from ward.security.vapid import bytes_of, text_of

REGISTRAR, CONSULTANT = DutyRole.REGISTRAR, DutyRole.CONSULTANT


@pytest.fixture
def settings(database, stores):
    """A node that may wake phones."""
    return settings_for(database, stores, push_key=KEY, push_contact=CONTACT)


SENT = "SELECT count(*) FROM push_call WHERE sent_at IS NOT NULL"


# -- the message ---------------------------------------------------------------------


def test_a_message_is_sealed_as_the_example_of_rfc_8291() -> None:
    plain = b"When I grow up, I want to be a watermelon"
    number = int.from_bytes(bytes_of("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
    theirs = vapid.public_of(KEY)
    assert theirs == (
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    )
    sealed = seal(
        plain,
        bytes_of(theirs),
        bytes_of("BTBZMqHH6r4Tts7J_aSIgg"),
        own=ec.derive_private_key(number, ec.SECP256R1()),
        salt=bytes_of("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert text_of(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
        "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
        "lcy4a-fN"
    )


async def test_a_phone_learns_that_there_is_an_alert_and_nothing_else(
    calls, service, doctor
) -> None:
    await calls.staff.on("doctor", REGISTRAR)
    phone = Phone(service, "one")
    await phone.turn_on(doctor)
    alert = await calls.sound()
    (letter,) = await arrived(phone)
    assert phone.read(letter) == b'{"kind":"alert"}'
    assert json.loads(phone.read(letter)) == {"kind": "alert"}
    row = await calls.row(alert)
    secret = (WHAT, "NEWS2", "Quillfeather", "QUILLFEATHER", "Ida", "Patelle", "6E", "Six East")
    ids = (calls.patient, calls.encounter, alert, row.ward_id, calls.staff.users["doctor"])
    for word in (*secret, *map(str, ids), *(one.hex for one in ids)):
        assert word not in letter.readable, word
        if len(word) > len("6E-01"):  # shorter ones stand in any ciphertext now and then
            assert word.encode() not in letter.raw, word
    numbers = await numbers_of(calls)
    assert numbers
    assert not any(number.encode() in letter.raw for number in numbers)


async def numbers_of(calls) -> set[str]:
    async with calls.scene.work() as work:
        row = await work.access(Patient, calls.patient, Permission.VIEW_PATIENT)
        person = (await work.open([row], Patient.identity))[row.id]
    return {number.value for number in person.numbers}


async def test_the_push_service_learns_who_asks_and_until_when(calls, service, doctor) -> None:
    await calls.staff.on("doctor", REGISTRAR)
    phone = Phone(service, "one")
    await phone.turn_on(doctor)
    await calls.sound()
    (letter,) = await arrived(phone)
    headers = letter.headers
    assert headers["Content-Encoding"] == "aes128gcm"
    assert (headers["Urgency"], headers["Topic"]) == ("high", "alert")
    await noted(calls, SENT, 1)
    asked, noted_at, ends = await asked_between(calls)
    # it ends when the next is called, five minutes after
    assert int((ends - noted_at).total_seconds()) <= int(headers["TTL"])
    assert int(headers["TTL"]) <= int((ends - asked).total_seconds()) <= 300
    token, key = headers["Authorization"].removeprefix("vapid t=").split(", k=")
    assert key == vapid.public_of(KEY)
    head, claims, signature = token.split(".")
    both = bytes_of(signature)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes_of(key))
    halves = int.from_bytes(both[:32]), int.from_bytes(both[32:])
    checks = ec.ECDSA(hashes.SHA256())
    public.verify(encode_dss_signature(*halves), f"{head}.{claims}".encode(), checks)
    told = json.loads(bytes_of(claims))
    assert (told["aud"], told["sub"]) == (f"http://127.0.0.1:{service.port}", CONTACT)
    assert 0 < told["exp"] - clock.now().timestamp() <= 24 * 3600


async def asked_between(calls) -> tuple[datetime, datetime, datetime]:
    """Tell when the letter was wanted, when its way had ended, and when the next is called."""
    sql = text(
        "SELECT made_at, sent_at, escalates_at FROM push_call p JOIN alert a ON a.id = p.alert_id"
    )
    async with calls.scene.node.aside.connect() as connection:
        return tuple((await connection.execute(sql)).one())


# -- who is woken --------------------------------------------------------------------


async def test_those_are_woken_whom_the_alert_calls_and_who_are_on_duty(
    calls, service, doctor, nurse, sign
) -> None:
    other = await sign("doctor2")
    called, later, absent = (Phone(service, name) for name in ("called", "later", "absent"))
    await called.turn_on(doctor)
    await later.turn_on(other)
    await absent.turn_on(nurse)
    await calls.staff.on("doctor", REGISTRAR)
    await calls.staff.on("doctor2", CONSULTANT)
    await calls.sound()
    await arrived(called)
    assert (later.letters, absent.letters) == ([], [])
    await noted(calls, SENT, 1)  # or the next try, which is minutes late then, finds it unsent
    await calls.wait(5.1)
    await arrived(later)
    assert (len(called.letters), absent.letters) == (1, [])


async def test_with_nobody_on_duty_no_phone_is_woken(calls, service, doctor) -> None:
    phone = Phone(service, "one")
    await phone.turn_on(doctor)
    await calls.sound()
    await calls.settled()
    await quiet()
    assert phone.letters == []


async def test_only_what_must_be_heard_at_once_wakes_a_phone(calls, service, nurse) -> None:
    await calls.staff.on("nurse")
    phone = Phone(service, "one")
    await phone.turn_on(nurse)
    alert = await calls.sound(Cause.OBS_OVERDUE, "Observations due 13:30")
    assert (await calls.row(alert)).tier == 2
    await calls.settled()
    await quiet()
    assert phone.letters == []


async def test_who_has_accepted_meanwhile_is_left_in_peace(
    calls, service, doctor, monkeypatch
) -> None:
    monkeypatch.setattr(push_calls, "PAUSES", (40.0, 40.0, 40.0, 40.0))  # no try by itself
    await calls.staff.on("doctor", REGISTRAR)
    phone = Phone(service, "one")
    service.answers[phone.path] = [503]
    await phone.turn_on(doctor)
    alert = await calls.sound()
    await arrived(phone)
    answer = await doctor.post(f"/alerts/{alert}/response", response="going")
    assert answer.status_code == 200, answer.text
    await calls.wait(0.7)
    await calls.wait(30)
    await arrived(phone)  # the first one alone


async def test_what_failed_is_tried_again_and_nobody_is_woken_twice(
    calls, service, doctor, sign, monkeypatch
) -> None:
    monkeypatch.setattr(push_calls, "PAUSES", (40.0, 40.0, 40.0, 40.0))  # no try by itself
    other = await sign("doctor2")
    for who in ("doctor", "doctor2"):
        await calls.staff.on(who, REGISTRAR)
    fine, unlucky = Phone(service, "fine"), Phone(service, "unlucky")
    await fine.turn_on(doctor)
    await unlucky.turn_on(other)
    service.answers[unlucky.path] = [503, 500]
    await calls.sound()
    await arrived(fine)
    await arrived(unlucky)
    await noted(calls, SENT, 1)
    failed = "SELECT count(*) FROM push_subscription WHERE failed_at IS NOT NULL"
    await noted(calls, failed, 1)
    first = await scalar(calls, "SELECT max(failed_at) FROM push_subscription")
    await calls.wait(0.7)
    await arrived(unlucky, 2)
    await noted(calls, f"{failed} AND failed_at > :first", 1, first=first)
    await calls.wait(0.7)
    await arrived(unlucky, 3)
    await noted(calls, SENT, 2)
    await noted(calls, failed, 0)
    assert len(fine.letters) == 1
    await calls.wait(3)
    await arrived(unlucky, 3)


async def test_a_failure_that_is_noted_late_does_not_undo_what_was_sent_meanwhile(
    calls, service, doctor
) -> None:
    await calls.staff.on("doctor", REGISTRAR)
    phone = Phone(service, "one")
    await phone.turn_on(doctor)
    await calls.sound()
    await noted(calls, SENT, 1)
    call = await scalar(calls, "SELECT id FROM push_call")
    whose = await scalar(calls, "SELECT subscription_id FROM push_call")
    async with calls.scene.work() as work:
        await push_calls.note(work, call, whose, sent=False)
    assert await scalar(calls, SENT) == 1


async def test_a_slow_push_service_keeps_no_job_waiting(
    calls, service, doctor, monkeypatch
) -> None:
    monkeypatch.setattr(push_sending, "TIMEOUT", 2 * PATIENCE)
    await calls.staff.on("doctor", REGISTRAR)
    held = asyncio.Event()
    take = service.take

    async def slowly(reader, writer) -> None:
        await held.wait()
        await take(reader, writer)

    server = await asyncio.start_server(slowly, "127.0.0.1", 0)
    slow = PushService(server.sockets[0].getsockname()[1])
    phone = Phone(slow, "one")
    await phone.turn_on(doctor)
    async with server:
        async with within():  # the service answers when it is told to, after that
            await calls.sound()
            await calls.settled()
        busy = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
        await noted(calls, f"{busy} AND datname = current_database()", 0)
        held.set()
        await noted(calls, SENT, 1)


async def test_a_phone_its_service_does_not_know_any_more_is_forgotten(
    calls, service, doctor
) -> None:
    await calls.staff.on("doctor", REGISTRAR)
    phone = Phone(service, "one")
    service.answers[phone.path] = [410]
    await phone.turn_on(doctor)
    await calls.sound()
    await noted(calls, PHONES, 0)
    assert (await doctor.get("/account/push")).json() == {"on": False}
    await calls.wait(0.5)
    await arrived(phone)


# -- whose phone it is ---------------------------------------------------------------


async def test_a_shared_phone_calls_whoever_turned_it_on_last(calls, service, doctor, sign) -> None:
    other = await sign("doctor2")
    for who in ("doctor", "doctor2"):
        await calls.staff.on(who, REGISTRAR)
    phone = Phone(service, "shared")
    await phone.turn_on(doctor)
    await phone.turn_on(doctor)
    assert (await doctor.get("/account/push")).json() == {"on": True}
    await phone.turn_on(other)
    assert (await doctor.get("/account/push")).json() == {"on": False}
    owner = "SELECT username FROM push_subscription p JOIN app_user u ON u.id = p.user_id"
    assert await scalar(calls, owner) == "doctor2"
    await calls.sound()
    await arrived(phone)


async def test_signing_out_on_a_phone_ends_its_alerts_there_alone(
    calls, service, doctor, sign
) -> None:
    again = await sign("doctor")
    here, there = Phone(service, "here"), Phone(service, "there")
    await here.turn_on(doctor)
    await there.turn_on(again)
    assert (await doctor.client.post("/logout")).status_code == 303
    await calls.staff.on("doctor", REGISTRAR)
    await calls.sound()
    await arrived(there)
    assert here.letters == []


async def test_nobody_turns_off_another_ones_phone(calls, service, doctor, nurse) -> None:
    phone = Phone(service, "one")
    await phone.turn_on(doctor)
    nurse.client.cookies.set("ward_phone", doctor.client.cookies["ward_phone"])
    assert (await nurse.get("/account/push")).json() == {"on": False}
    assert (await nurse.post("/account/push/stop")).status_code == 204
    assert (await nurse.client.post("/logout")).status_code == 303
    assert await scalar(calls, PHONES) == 1
    assert (await doctor.post("/account/push/stop")).status_code == 204
    assert await scalar(calls, PHONES) == 0


async def test_one_person_has_five_browsers_at_most(calls, service, doctor) -> None:
    for number in range(6):
        await Phone(service, f"n{number}").turn_on(doctor)
    assert await scalar(calls, PHONES) == 5


async def test_where_a_phone_is_reached_is_sealed(calls, service, doctor) -> None:
    phone = Phone(service, "one")
    await phone.turn_on(doctor)
    async with calls.scene.node.aside.connect() as connection:
        row = (await connection.execute(text("SELECT * FROM push_subscription"))).one()
    for value in phone.said.values():
        assert value.encode() not in b"".join(v for v in row if isinstance(v, bytes))
    assert PushSubscription.__table__.c["endpoint"].info["sealed"]


async def test_the_test_button_says_that_it_is_one(calls, service, doctor) -> None:
    assert "off on this phone" in (await doctor.post("/account/push/test")).text
    phone = Phone(service, "one")
    await phone.turn_on(doctor)
    assert (await doctor.post("/account/push/test")).status_code == 204
    (letter,) = await arrived(phone)
    assert json.loads(phone.read(letter)) == {"kind": "test"}
    service.answers[phone.path] = [503, 404]
    assert "does not answer" in (await doctor.post("/account/push/test")).text
    assert "cannot be reached any more" in (await doctor.post("/account/push/test")).text
    assert await scalar(calls, PHONES) == 0
