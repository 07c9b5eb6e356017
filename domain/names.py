"""Names: folded for comparison, keyed by sound, and told apart by a slip of the finger."""

import re
import unicodedata
from functools import lru_cache

# ' and `, and their kin: acute, turned comma, apostrophe letter, quotation marks, prime
_APOSTROPHES = re.compile("['`\u00b4\u02bb\u02bc\u2018\u2019\u2032]")
_NOT_WORD = re.compile(r"[\W_]+")

# Letters that do not decompose into a letter and an accent.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "œ": "oe",
        "æ": "ae",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "\u0131": "i",
        "ŋ": "n",
    }
)

#: Words that stand before many family names and tell nobody apart.
PARTICLES = frozenset(
    {"af", "al", "ap", "bin", "bint", "da", "dal", "das", "de", "del", "della", "den", "der"}
    | {"des", "di", "do", "dos", "du", "el", "ibn", "la", "las", "le", "los", "mac", "mc", "o"}
    | {"of", "san", "st", "ten", "ter", "van", "vande", "vander", "von", "zu", "zum", "zur"}
)


def fold(text: str) -> str:
    """Bring a name to the form in which names are compared: o'connor is OCONNOR is Oconnor.

    Case, accents and apostrophes go; hyphens and other marks become one space.
    """
    plain = _APOSTROPHES.sub("", text)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain).casefold().translate(_LETTERS)
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _NOT_WORD.sub(" ", plain.casefold()).strip()


def words(text: str) -> list[str]:
    """Split a name into folded words."""
    return fold(text).split()


def spellings(text: str) -> set[str]:
    """List further words under which a name may be asked for.

    Da Silva also as dasilva, Smith-Jones as smithjones, O'Connor also as connor.
    """
    parts = words(text)
    also = {"".join(parts)} if len(parts) > 1 else set()
    for marked in text.split():
        pieces = [word for piece in _APOSTROPHES.split(marked) for word in words(piece)]
        if len(pieces) > 1:
            also.add(max(pieces, key=len))
    return also - set(parts)


def core(text: str) -> str:
    """Return a family name without its particles, or whole when it has nothing else."""
    parts = words(text)
    return " ".join([part for part in parts if part not in PARTICLES] or parts)


# A sound key after Lawrence Philips, "Hanging on the Metaphone", Computer Language 7(12),
# December 1990, shortened to what tells names apart, with a few spellings of other countries
# (sz, cz, tsch). Rules apply from the top; "0" is th, "X" is sh. Latin
# letters only.
_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in [
        (r"^(?:k|g|p)(?=n)|^w(?=r)", ""),
        (r"^x", "s"),
        (r"^wh", "w"),
        (r"^mc", "mak"),
        (r"^th(?=om)", "t"),
        (r"mps", "ms"),
        (r"mb$", "m"),
        (r"ght", "t"),
        (r"(?<=.)gh", ""),
        (r"sch|sh|sz|tsch|tch|cz|ch(?=[aeiouy]|$)|t(?=io)", "X"),
        (r"ph|v", "f"),
        (r"dt", "t"),
        (r"th", "0"),
        (r"d?g(?=[eiy])|dj", "j"),
        (r"c(?=[eiy])|z", "s"),
        (r"ch|ck|c|q|g|kh", "k"),
        (r"x", "ks"),
        (r"h(?=[^aeiouy]|$)|(?<=[aeiou])h", ""),
        (r"w(?=[^aeiouy]|$)", ""),
        (r"(.)\1+", r"\1"),
    ]
]
_VOWELS = re.compile(r"(?<=.)[aeiouyhw]")
_LATIN = re.compile(r"[a-z]+")


@lru_cache(maxsize=8_192)
def sound(word: str) -> str:
    """Key a folded word by its sound: smith and smyth, jon and john, stephen and steven.

    Empty when there is nothing to key: another script, or a word without letters.
    """
    if not _LATIN.fullmatch(word):
        return ""
    for pattern, replacement in _SOUNDS:
        word = pattern.sub(replacement, word)
    first = "a" if word[:1] in set("aeiouy") else word[:1]
    return (first + _VOWELS.sub("", word)[1:]).upper()


def within_one(one: str, two: str) -> bool:
    """Tell whether one slip makes one word the other: a letter more, less, wrong, or swapped."""
    if len(one) > len(two):
        one, two = two, one
    if len(two) - len(one) > 1:
        return False
    at = 0
    while at < len(one) and one[at] == two[at]:
        at += 1
    if len(one) < len(two):
        return one[at:] == two[at + 1 :]
    swapped = one[at : at + 2] == two[at : at + 2][::-1] and one[at + 2 :] == two[at + 2 :]
    return one[at + 1 :] == two[at + 1 :] or swapped


def distance(one: str, two: str, limit: int) -> int:
    """Count the slips between two words (optimal string alignment); limit + 1 when too many."""
    if abs(len(one) - len(two)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(two) + 1))
    for at, letter in enumerate(one, start=1):
        earlier, before, row = before, row, [at]
        for to, other in enumerate(two, start=1):
            cost = min(before[to] + 1, row[-1] + 1, before[to - 1] + (letter != other))
            if at > 1 and to > 1 and letter == two[to - 2] and one[at - 2] == other:
                cost = min(cost, earlier[to - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)
