"""Street names as a tired ear or a speech recogniser would write them, from a seed."""

from __future__ import annotations

from random import Random

_ALIKE = (
    ("eau", "o"), ("eau", "ot"), ("au", "o"), ("o", "au"), ("ai", "é"), ("ai", "è"), ("é", "ai"),
    ("é", "er"), ("é", "ez"), ("et", "é"), ("er", "é"), ("è", "ai"), ("ey", "é"), ("ph", "f"),
    ("f", "ph"), ("s", "z"), ("z", "s"), ("c", "k"), ("qu", "k"), ("k", "c"), ("ss", "s"),
    ("s", "ss"), ("ll", "l"), ("l", "ll"), ("rr", "r"), ("r", "rr"), ("nn", "n"), ("n", "nn"),
    ("tt", "t"), ("t", "tt"), ("mm", "m"), ("y", "i"), ("i", "y"), ("h", ""), ("th", "t"),
    ("en", "an"), ("an", "en"), ("em", "en"), ("ain", "in"), ("in", "ain"), ("ein", "in"),
    ("eu", "e"), ("oe", "e"), ("ge", "je"), ("gi", "ji"), ("ci", "si"), ("ce", "se"),
    ("x", "ks"), ("ch", "sh"), ("gn", "ni"), ("ill", "y"), ("ou", "oo"), ("-", " "), ("-", ""),
)  # fmt: skip
_SILENT = ("e", "s", "t", "d", "x", "es", "z")
_LETTERS = "abcdefghijlmnoprstuv"


def mishear(name: str, random: Random) -> str:
    """`name` respelled so that it sounds alike: one to three changes, one may be a final letter."""
    said = name.lower()
    for _ in range(random.choice((1, 2, 2, 3))):
        fitting = [pair for pair in _ALIKE if pair[0] in said]
        if fitting:
            said = said.replace(*random.choice(fitting), 1)
    words = said.split()
    if random.random() < 0.5:
        last = words[-1]
        silent = [end for end in _SILENT if last.endswith(end) and len(last) > len(end) + 2]
        words[-1] = last[: -len(silent[0])] if silent else last + random.choice(_SILENT)
    return " ".join(words)


def mistype(name: str, random: Random) -> str:
    """`name` with a letter lost, added, changed or swapped for every seven of it."""
    letters = list(name.lower())
    for _ in range(max(1, len(letters) // 7)):
        at = random.randrange(len(letters) - 1)
        match random.randrange(4):
            case 0:
                del letters[at]
            case 1:
                letters.insert(at, random.choice(_LETTERS))
            case 2:
                letters[at] = random.choice(_LETTERS)
            case _:
                letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)
