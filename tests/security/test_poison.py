"""Poison: a ciphertext that was changed or moved is refused, and takes nothing else with it."""

from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ward.crypto import (
    Altered,
    House,
    Malformed,
    NoKey,
    OtherVersion,
    Place,
    Vault,
    seal,
    unseal,
)

KEY, OTHER = b"k" * 32, b"o" * 32
HERE = Place("patient", "identity", uuid4(), uuid4())
plain = st.binary(max_size=200)


@given(plain, st.data())
def test_any_changed_bit_is_refused(value: bytes, data: st.DataObject) -> None:
    envelope = bytearray(seal(KEY, 1, HERE, value))
    bit = data.draw(st.integers(0, 8 * len(envelope) - 1))
    envelope[bit // 8] ^= 1 << bit % 8
    with pytest.raises((Malformed, OtherVersion, Altered)) as told:
        unseal(KEY, HERE, bytes(envelope), 1)
    kind = {0: Malformed, 1: Malformed, 2: OtherVersion, 3: OtherVersion}.get(bit // 8, Altered)
    assert type(told.value) is kind
    assert told.value.place == HERE


@given(plain, st.data())
def test_what_was_cut_off_or_went_on_is_refused(value: bytes, data: st.DataObject) -> None:
    envelope = seal(KEY, 1, HERE, value)
    cut = envelope[: data.draw(st.integers(0, len(envelope) - 1))]
    with pytest.raises((Malformed, Altered)):
        unseal(KEY, HERE, cut, 1)
    with pytest.raises(Altered):
        unseal(KEY, HERE, envelope + data.draw(st.binary(min_size=1, max_size=8)), 1)


@given(plain, st.sampled_from(["table", "column", "row_id", "subject_id"]))
def test_what_was_moved_is_refused(value: bytes, where: str) -> None:
    envelope = seal(KEY, 1, HERE, value)
    elsewhere = uuid4() if where.endswith("_id") else "elsewhere"
    with pytest.raises(Altered):
        unseal(KEY, replace(HERE, **{where: elsewhere}), envelope, 1)


@given(plain, plain)
def test_what_two_rows_changed_with_each_other_is_refused(one: bytes, two: bytes) -> None:
    there = replace(HERE, row_id=uuid4(), subject_id=uuid4())
    mine, theirs = seal(KEY, 1, HERE, one), seal(OTHER, 1, there, two)
    for key, place, envelope in ((KEY, HERE, theirs), (OTHER, there, mine)):
        with pytest.raises(Altered):
            unseal(key, place, envelope, 1)


@given(plain, st.integers(1, 65535), st.integers(1, 65535))
def test_another_version_of_the_key_is_refused(value: bytes, made: int, stands: int) -> None:
    envelope = seal(KEY, made, HERE, value)
    if made == stands:
        assert unseal(KEY, HERE, envelope, stands) == value
        return
    with pytest.raises(OtherVersion):
        unseal(KEY, HERE, envelope, stands)
    renamed = envelope[:2] + stands.to_bytes(2) + envelope[4:]  # as if it were of this version
    with pytest.raises(Altered):
        unseal(KEY, HERE, renamed, stands)


@given(st.binary(max_size=60))
def test_no_wrapped_key_is_made_up(wrapped: bytes) -> None:
    vault = Vault({1: KEY}, 1, House(KEY, KEY, KEY))
    with pytest.raises(NoKey):
        vault.unwrap(wrapped)


@given(st.data())
def test_a_data_key_under_another_version_is_refused(data: st.DataObject) -> None:
    """Downgraded: the version an attacker knows is named in front of what another one wrapped."""
    vault = Vault({1: KEY, 2: OTHER}, 2, House(KEY, KEY, KEY))
    row, _ = vault.new_key(uuid4())
    assert row.wrapped is not None
    with pytest.raises(NoKey):
        vault.unwrap((1).to_bytes(2) + row.wrapped[2:])
    at = data.draw(st.integers(2, len(row.wrapped) - 1))
    altered = row.wrapped[:at] + bytes([row.wrapped[at] ^ 1]) + row.wrapped[at + 1 :]
    with pytest.raises(NoKey):
        vault.unwrap(altered)
