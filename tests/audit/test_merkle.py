"""The tree of the trail: what RFC 6962 says it is, and proofs that nothing else passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ward.audit import merkle
from ward.audit.merkle import Edge
from ward.audit.notes import Checkpoint, Forged, Public, Signer

ENTRIES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "60" * 16)
]
# The vectors of the Certificate Transparency code (RFC 6962's own reference): root of the first
# two and three of its entries.
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
}


def _recursive(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962, 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return merkle.branch(_recursive(leaves[:split]), _recursive(leaves[split:]))


@pytest.mark.parametrize(("size", "root"), ROOTS.items())
def test_the_tree_is_that_of_certificate_transparency(size: int, root: str) -> None:
    edge = Edge()
    edge.add(merkle.leaf(entry) for entry in ENTRIES[:size])
    assert edge.root().hex() == root


@given(st.integers(0, 70), st.integers(1, 70), st.data())
def test_every_leaf_is_proven_by_what_came_before_it_and_its_own_batch(
    before: int, batch: int, data: st.DataObject
) -> None:
    entries = [str(number).encode() for number in range(before + batch)]
    leaves = [merkle.leaf(entry) for entry in entries]
    edge = Edge()
    edge.add(leaves[:before])
    again = Edge.read(edge.size, edge.packed())
    position = data.draw(st.integers(before, before + batch - 1))
    proof = merkle.path(again, leaves[before:], position)
    again.add(leaves[before:])
    root = _recursive(leaves)
    assert again.root() == root
    size = len(leaves)
    assert merkle.root_of(entries[position], position, size, proof) == root
    assert merkle.root_of(b"another", position, size, proof) != root
    other = data.draw(st.integers(0, size - 1))
    if other != position:
        assert merkle.root_of(entries[position], other, size, proof) != root
    assert merkle.root_of(entries[position], position, size, [*proof, root]) != root


def test_a_note_is_read_by_its_public_key_alone() -> None:
    signer = Signer(b"s" * 32)
    said = Checkpoint(7, b"r" * 32, b"\0" * 32, 9)
    note = signer.sign(said.text())
    key = Public.read(str(signer.public))
    assert Checkpoint.read(key.check(note)) == said
    with pytest.raises(Forged):
        Public.read(str(Signer(b"t" * 32).public)).check(note)


@pytest.mark.parametrize(
    "change", [("\n7\n", "\n8\n"), ("ward/trail\n", "ward/Trail\n"), ("=", "")]
)
def test_a_note_that_was_changed_is_forged(change: tuple[str, str]) -> None:
    signer = Signer(b"s" * 32)
    note = signer.sign(Checkpoint(7, b"r" * 32, b"\0" * 32, 9).text())
    with pytest.raises(Forged):
        Checkpoint.read(signer.public.check(note.replace(*change)))


@pytest.mark.parametrize("text", ["", "ward/trail", "ward/trail+00+AA==", "x+y+z", "a+b+\u00fc"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(Forged):
        Public.read(text)
