"""Names as callers tell them: "je m'appelle Odette Lambert", "c'est madame Lambert"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz

from matcher.domain.spelling import spell_plainly
from phone.dialogue.understanding.normalise import normalise
from phone.dialogue.understanding.spelling import find_spelled, mend
from phone.dialogue.understanding.words import Hit, Lexicon, load_words

_WORDS = load_words("names")
_PARTICLES = frozenset(_WORDS["particles"])
_LEXICON = Lexicon(
    {
        label: _WORDS[label]
        for label in (
            "kin",
            "leads",
            "weak_leads",
            "titles",
            "corrections",
            "tails",
            "fillers",
            "stops",
            "articles",
            "not_names",
        )
    },
    spell_plainly,
)
_LONGEST_NAME = 5
# A name spelled is the one said before it when they are this alike, in percent.
_SAME_NAME = 60
_TOKEN = re.compile(r"(?P<glue>['’-]?)(?P<word>[^\W_]+)")
_SPELLED = "|"


@dataclass(frozen=True, slots=True)
class _Token:
    """A word as it was heard, spelled plainly, and what ties it to the word before."""

    said: str
    plain: str
    glue: str


def understand_name(text: str) -> str | None:
    """The name of a person, said, spelled, or both; the spelling counts.

    Returns:
        The name without its title, as in "Odette Lambert"; None when none was told for sure.
    """
    tokens = [
        _Token(match["word"], plain, match["glue"].replace("’", "'"))
        for match in _TOKEN.finditer(text)
        if (plain := spell_plainly(match["word"]))
    ]
    found: str | None = None
    for version in _versions(tokens):
        found = _read(version) or found
    return found


def _versions(tokens: list[_Token]) -> Iterator[list[_Token]]:
    start = 0
    for hit in _LEXICON.find([token.plain for token in tokens]):
        if hit.label == "corrections":
            yield tokens[start : hit.start]
            start = hit.end
    yield tokens[start:]


def _read(tokens: list[_Token]) -> str | None:
    # "à" is no letter A.
    spelled = find_spelled([_SPELLED if token.said == "à" else token.plain for token in tokens])
    if spelled:
        stands = [_Token(_SPELLED, _SPELLED, "")]
        tokens = tokens[: spelled.start] + stands + tokens[spelled.end :]
    words = [token.plain for token in tokens]
    hits = _LEXICON.find(words)
    if any(hit.label == "kin" for hit in hits):
        return None
    said = _said(tokens, hits)
    name = _written(said)
    if spelled:
        name = _joined(said, spelled.name)
    return mend(name, " ".join(words)) if name else None


def _said(tokens: list[_Token], hits: list[Hit]) -> list[_Token]:
    """The words of the name, found by what announces them, or alone."""
    for announcing in ("leads", "titles", "weak_leads"):
        for hit in hits:
            name = _following(tokens, hits, hit.end) if hit.label == announcing else []
            if name and (announcing != "weak_leads" or _has_capitals(name, tokens)):
                return name
    return _alone(tokens, hits)


def _following(tokens: list[_Token], hits: list[Hit], start: int) -> list[_Token]:
    """The words from `start` on that may be a name, titles and hesitations left out."""
    labels = {at: hit.label for hit in hits for at in range(hit.start, hit.end)}
    name: list[_Token] = []
    for at in range(start, len(tokens)):
        label = labels.get(at)
        if label in ("titles", "fillers") and not name:
            continue
        # "Fatima Ben Salah"
        if label == "fillers" and tokens[at].said.istitle():
            label = None
        if label not in (None, "articles", "not_names") or not tokens[at].said.isalpha():
            break
        name.append(tokens[at])
    return name if len(name) <= _LONGEST_NAME else []


def _has_capitals(name: list[_Token], tokens: list[_Token]) -> bool:
    mixed = any(token.said.islower() for token in tokens)
    return mixed and all(
        token.said[0].isupper() or token.plain in _PARTICLES | {"la", "le"} for token in name
    )


def _alone(tokens: list[_Token], hits: list[Hit]) -> list[_Token]:
    """An answer made of nothing but a name."""
    end = next((hit.start for hit in hits if hit.label == "tails"), len(tokens))
    used = {
        at
        for hit in hits
        if hit.label in ("fillers", "titles", "weak_leads")
        for at in range(hit.start, hit.end)
    }
    if any(hit.label in ("stops", "not_names") and hit.start < end for hit in hits):
        return []
    articles = [hit.end for hit in hits if hit.label == "articles" and hit.start < end]
    if not all(at < end and tokens[at].said.istitle() for at in articles):
        return []
    if any(hit.label == "weak_leads" for hit in hits):
        return []
    left = [token for at, token in enumerate(tokens[:end]) if at not in used]
    left = [token for token in left if token.said != _SPELLED]
    if any(character.isdigit() for character in normalise(" ".join(one.said for one in left))):
        return []
    fits = len(left) <= _LONGEST_NAME and all(
        token.said.isalpha() and len(token.said) > 1 for token in left
    )
    return left if fits else []


def _joined(said: list[_Token], spelled: str) -> str:
    """The spelling in the place of the last name said, or after the first name."""
    if not said:
        return spelled
    alike = fuzz.ratio(said[-1].plain, spell_plainly(spelled)) >= _SAME_NAME
    before = said[:-1] if alike else said
    return f"{_written(before)} {spelled}".strip()


def _written(name: list[_Token]) -> str:
    one_case = all(token.said.isupper() or token.said.islower() for token in name)
    words = ""
    for index, token in enumerate(name):
        words += token.glue if token.glue and index else " "
        words += _cased(token) if one_case else token.said
    return words.strip()


def _cased(token: _Token) -> str:
    if token.plain in _PARTICLES:
        return token.said.lower()
    return token.said.capitalize()
