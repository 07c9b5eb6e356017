"""Merkle: the tree of RFC 6962 over the trail, grown leaf by leaf at its right edge."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

HASH = 32


def leaf(data: bytes) -> bytes:
    """Hash one entry (RFC 6962, 2.1: a leaf can never pass for a branch)."""
    return sha256(b"\0" + data).digest()


def branch(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into one."""
    return sha256(b"\1" + left + right).digest()


class Edge:
    """The right edge of a tree: the roots of its whole subtrees, the largest first.

    That is all of a tree that is needed to go on with it, however many leaves it has.
    """

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size = size
        self.roots = list(roots)

    @classmethod
    def read(cls, size: int, packed: bytes) -> "Edge":
        """Read an edge as it is stored."""
        return cls(size, [packed[at : at + HASH] for at in range(0, len(packed), HASH)])

    def packed(self) -> bytes:
        """Give the edge as it is stored."""
        return b"".join(self.roots)

    def add(self, leaves: Iterable[bytes]) -> None:
        """Grow by these leaves."""
        roots, size = self.roots, self.size
        for each in leaves:
            node, rest = each, size
            while rest & 1:  # two whole subtrees of one size become one of the next
                node = sha256(b"\1" + roots.pop() + node).digest()
                rest >>= 1
            roots.append(node)
            size += 1
        self.size = size

    def root(self) -> bytes:
        """Give the root of the whole tree."""
        if not self.roots:
            return sha256(b"").digest()
        node = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            node = branch(left, node)
        return node


def path(before: Edge, leaves: Sequence[bytes], position: int) -> list[bytes]:
    """Give the inclusion proof of a leaf (RFC 6962, 2.1.1) in the tree that ends with `leaves`.

    `before` is the edge in front of the first of them; nothing older is needed.
    """
    nodes = _edge_nodes(before)
    index, width = position, before.size + len(leaves)
    row = {before.size + nth: each for nth, each in enumerate(leaves)}
    found: list[bytes] = []
    level = 0
    while width > 1:
        row |= nodes.get(level, {})
        sibling = index ^ 1
        if sibling < width:
            found.append(row[sibling])
        row = _above(row, width)
        index, width, level = index >> 1, (width + 1) >> 1, level + 1
    return found


def _edge_nodes(edge: Edge) -> dict[int, dict[int, bytes]]:
    """Place the roots of an edge: level to index in that level."""
    placed: dict[int, dict[int, bytes]] = {}
    start = 0
    heights = [bit for bit in range(edge.size.bit_length() - 1, -1, -1) if edge.size >> bit & 1]
    for height, root in zip(heights, edge.roots, strict=True):
        placed.setdefault(height, {})[start >> height] = root
        start += 1 << height
    return placed


def _above(row: dict[int, bytes], width: int) -> dict[int, bytes]:
    """Join the known nodes of a level; the last of an odd level goes up as it is."""
    above = {
        index >> 1: branch(row[index - 1], node)
        for index, node in row.items()
        if index & 1 and index - 1 in row
    }
    if width & 1 and width - 1 in row:
        above[(width - 1) >> 1] = row[width - 1]
    return above


def root_of(data: bytes, position: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """Compute the root that a leaf and its proof lead to; None when they cannot belong together.

    The check of RFC 9162, 2.1.3.2, which needs nothing but these.
    """
    if not 0 <= position < size:
        return None
    node, index, last = leaf(data), position, size - 1
    for each in proof:
        if last == 0:
            return None
        if index & 1 or index == last:
            node = branch(each, node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = branch(node, each)
        index, last = index >> 1, last >> 1
    return node if last == 0 else None
