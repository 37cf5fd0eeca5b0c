"""How a French name sounds, as a short key: two names heard alike have like keys.

The key is made for comparing by likeness, not for equality, so it is coarse where spelling is
unsure and keeps one sign for each sound that is not:

    a e i o u y     vowels: "e" is any of é è ê ai ei et er ez eu, "o" also au eau, "u" is ou,
                    "y" is u
    1 2 3           the nasal vowels of vin, vent, vont
    j k f s S N     j also soft g, k also hard c q ck ch(r), f also ph, s also z soft-c x ss,
                    S is ch, N is gn; the other consonants as written, without doubles
    wa              oi, oy

What is not heard goes: h, a final e, final consonants (s t d x z p), the g of "bourg". Accents
are gone before (see `words.tokens`), so a final é weighs as little as a silent e.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_END = r"(?![a-zA-Z0-9])"
_NOT_NASAL = r"(?![aeiouymnhE])"
_RULES = tuple(
    (re.compile(pattern), becomes)
    for pattern, becomes in (
        # endings first, while the letters that tell them are still there; "E" is an e that sounds
        (rf"(?<=[a-z]{{3}})er{_END}", "E"),
        (rf"e(?:ts?|z){_END}", "E"),
        (rf"bourg{_END}", "bour"),
        (rf"nn{_END}", "n"),
        (rf"(?<=[a-z])[stdpxz]+{_END}", ""),
        # consonants
        (r"ph", "f"),
        (r"sch|sh", "S"),
        (rf"ch(?=[rlt])|(?<=o)ch{_END}", "k"),
        (r"ch", "S"),
        (r"gn|ni(?=[aeo])", "N"),
        (r"c?qu|ck|cch|cc(?=[aou])|q|k", "k"),
        (r"gu(?=[eiy])", "G"),
        (r"ge(?=[aou])", "j"),
        (r"g(?=[eiy])", "j"),
        (r"s?c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"h", ""),
        (r"w", "v"),
        (r"ti(?=on)", "si"),
        # "ill" is a sound of its own between vowels and before one
        (r"(?<=[aeou])ill?(?=[aeou])", "Y"),
        (r"(?<=[bdfgjklmnprstSG])ill(?=[aeo])", "iY"),
        # nasal vowels, only where no vowel and no other n or m follows
        (rf"(?:[ae]i|[iy])[nm]{_NOT_NASAL}", "1"),
        (rf"(?<=[iy])en{_NOT_NASAL}", "1"),
        (rf"u[nm](?:{_END}|(?=[bp]))", "1"),
        (rf"[ae][nm]{_NOT_NASAL}", "2"),
        (rf"o[nm]{_NOT_NASAL}", "3"),
        # vowels
        (r"eau|au", "o"),
        (r"oeu|oe|eu", "E"),
        (r"o[iy]", "wa"),
        (r"ou", "U"),
        (r"(?<![aeouAEOU])y(?![aeo])", "i"),
        (r"u", "y"),
        (r"U", "u"),
        (r"[ae][iy](?![aeou])", "E"),
        (r"(?<=[a-zA-Z0-9])y(?=[aeo])|Y", "i"),
        (r"x|z", "s"),
        (r"G", "g"),
        (rf"e+{_END}", ""),
        (r"E", "e"),
        (r"([a-zA-Z])\1+", r"\1"),
    )
)


@lru_cache(maxsize=50_000)
def _sound_of(word: str) -> str:
    if word.isdigit():
        return word
    for pattern, becomes in _RULES:
        word = pattern.sub(becomes, word)
    return word


def sound_key(words: Iterable[str]) -> str:
    """The key of a name given as plain words, run together as they are in speech."""
    return "".join(map(_sound_of, words))
