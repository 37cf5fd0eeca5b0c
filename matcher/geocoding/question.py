"""What the web geocoder is asked: a number and a street out of what somebody said, no more.

A turn may tell a name, a reason or a telephone number too: they never leave the house.
"""

from __future__ import annotations

from collections.abc import Collection

from rapidfuzz import fuzz

from matcher.geocoding.hearing import KIND_ALONE, Heard, spans, with_number
from matcher.geocoding.phrase import Phrase, parse
from matcher.geocoding.words import ARTICLES, STREET_TYPES, listed, tokens

_MOST_WORDS = 6  # of a street nobody knows: a longer stretch tells something else too
_LITTLE = (KIND_ALONE - STREET_TYPES) | ARTICLES | listed("around_unknown")


def question_like(text: str, street: str) -> str | None:
    """The words of `text` most like `street`, as heard, with the number said beside them.

    None when no number is.
    """
    phrase = parse(text)
    words, wanted = phrase.words, " ".join(tokens(street))
    stretches = [
        (start, end) for start, last, _ in spans(words) for end in range(start + 1, last + 1)
    ]
    if not stretches:
        return None
    start, end = max(
        stretches, key=lambda stretch: fuzz.ratio(" ".join(words[slice(*stretch)]), wanted)
    )
    return _asked(phrase, _heard(words, start, end))


def question_of(text: str, names: Collection[str]) -> str | None:
    """The number and street of `text`, though no gazetteer knows them.

    None unless it tells nothing else: one number, right beside one street, and little words; and
    none of the senior's `names`.
    """
    phrase = parse(text)
    words = phrase.words
    if not STREET_TYPES.intersection(words) or sum(word.isdigit() for word in words) != 1:
        return None
    start, end, _ = next(iter(spans(words)))
    end = next((at for at in range(start, end) if words[at].isdigit()), end)
    heard, street = _heard(words, start, end), words[start:end]
    beside = (word for word in words[:start] + words[end:] if not word.isdigit())
    own = {word for name in names for word in tokens(name)}
    if not (_LITTLE.issuperset(beside) and 1 < len(street) <= _MOST_WORDS):
        return None
    return None if own.intersection(street) else _asked(phrase, heard)


def _heard(words: list[str], start: int, end: int) -> Heard:
    heard = with_number(words, start, end, " ".join(words[start:end]))
    heard.end = end
    return heard


def _asked(phrase: Phrase, heard: Heard) -> str | None:
    if heard.number is None:
        return None
    place = [str(heard.number), heard.rep, *phrase.words[heard.start : heard.end]]
    where = sorted(phrase.postcodes) or [f"750{number:02d}" for number in sorted(phrase.said)]
    return " ".join([*filter(None, place), *where, "Paris"])
