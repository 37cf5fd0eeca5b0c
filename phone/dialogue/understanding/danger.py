"""The words of a person in danger, and what only looks like them: patterns from a data file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Any

from phone.dialogue.understanding.normalise import normalise
from phone.dialogue.understanding.words import Lexicon, load_words


def fold(word: str) -> str:
    """A word without the mute end that a recogniser misspells: "peut", "peux" and "peu" alike.

    A star at its end stays.
    """
    bare = word.removesuffix("*")
    star = word[len(bare) :]
    while len(bare) > 3 and bare[-1] in "sxtzd":
        bare = bare[:-1]
    if len(bare) > 4 and bare.endswith(("er", "ee")):
        bare = bare[:-1]
    return bare + star


_PARTS = re.compile(r"(\{\w+\}\??|\.\.|~)")
_GROUP = re.compile(r"\{(\w+)\}(\??)")
_GAP, _EITHER_ORDER = "..", "~"
_REACH = 5
"""How many words may stand where the data file writes two dots or a tilde."""
_MASK, _START, _END = "|", "^", "$"
_WORDS = {
    name: frozenset(fold(normalise(word)) for word in words)
    for name, words in load_words("denials")["danger"].items()
}
_DENIALS = _WORDS["denials"]
_PLUS = fold("plus")
_BARRIERS = _DENIALS | {_PLUS, fold("mais"), _MASK}
"""What a gap never reaches over: a denial that the pattern does not name, or another sentence."""
_BETWEEN_DENIAL = _WORDS["between"]
_NOT_DENIED_BY = _WORDS["undone_by"]
_SUBJECTS = _WORDS["subjects"]


class Where(StrEnum):
    """Where a cue must stand to count."""

    ANYWHERE = "anywhere"
    BEFORE = "before"
    CLOSE_BEFORE = "close_before"


_WITHIN = {Where.BEFORE: 8, Where.CLOSE_BEFORE: 4}
"""How many words may stand between a cue and the sign it cancels."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Labels of the lexicon one after another; `gaps` says which follow at a distance."""

    name: str
    labels: tuple[str, ...]
    gaps: tuple[bool, ...]
    unless: frozenset[str] = frozenset()
    near: bool = False


_ByFirst = Mapping[str, list[_Pattern]]
"""Patterns by their first label: most of them begin with what nobody said."""


@dataclass(frozen=True, slots=True)
class _Cue:
    """What takes a sign back; `unless_now`: not when words of this very moment are said too."""

    name: str
    where: Where
    unless_now: bool
    patterns: _ByFirst


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of danger heard from word `start` to before word `end`.

    `cancelled_by` names the cue that takes it back, or is empty.
    """

    name: str
    start: int
    end: int
    cancelled_by: str


_Found = Mapping[str, list[tuple[int, int]]]


class Signs:
    """The signs of danger, the cues that cancel them and the figures of speech, ready to search."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Compile the data file.

        Raises:
            KeyError: a pattern names a group that is not there, or a sign an unknown cue.
        """
        self._dropped = frozenset(normalise(word) for word in data["dropped"])
        self._spelled = {
            normalise(heard): normalise(meant) for heard, meant in data["spelled"].items()
        }
        self._groups = {
            name: [one for phrase in phrases for one in self._expand(phrase, data["groups"])]
            for name, phrases in data["groups"].items()
        }
        phrases: dict[str, list[str]] = {f"{{{name}}}": said for name, said in self._groups.items()}
        said = data["lookalikes"]["says"]
        self._lookalikes = _by_first(self._compile("lookalikes", said, phrases))
        self._now = _by_first(self._compile("now", data["now"]["says"], phrases))
        self._cues = [
            _Cue(
                name,
                Where(cue["where"]),
                cue.get("unless_now", False),
                _by_first(self._compile(name, cue["says"], phrases)),
            )
            for name, cue in data["cues"].items()
        ]
        known = {*data["cues"], "denied"}
        self.certain = frozenset(one["name"] for one in data["signs"] if one.get("certain"))
        signs: list[_Pattern] = []
        for entry in data["signs"]:
            unless = frozenset(entry["unless"])
            if unless - known:
                raise KeyError(f"unknown cues: {sorted(unless - known)}")
            near = entry.get("near", False)
            signs += self._compile(entry["name"], entry["says"], phrases, unless, near)
        self._signs = _by_first(signs)
        self._lexicon = Lexicon(phrases, self._spell)

    def words(self, text: str) -> list[str]:
        """The words of `text` that count, plainly spelled, between two marks."""
        return [_START, *self._spell(text, "").split(), _END]

    def hear(self, words: list[str]) -> list[Sign]:
        """Every sign of danger in `words`, those that are cancelled included, in their order."""
        words, found = self._without_lookalikes(words)
        now = any(True for _ in _all_spans(self._now, found, words))
        cues = [
            (cue, [span for _, span in _all_spans(cue.patterns, found, words)])
            for cue in self._cues
            if not (now and cue.unless_now)
        ]
        return sorted(
            {
                Sign(sign.name, start, end, _cancelled(sign, start, end, words, cues))
                for sign, (start, end) in _all_spans(self._signs, found, words)
            },
            key=lambda sign: (sign.start, sign.end, sign.name),
        )

    def _without_lookalikes(self, words: list[str]) -> tuple[list[str], _Found]:
        found = self._lexicon.find_all(words)
        left = list(words)
        for _, (start, end) in _all_spans(self._lookalikes, found, words):
            left[start:end] = [_MASK] * (end - start)
        return left, found if left == words else self._lexicon.find_all(left)

    def _spell(self, text: str, keep: str) -> str:
        """Plain words without those that are left aside, homophones spelled alike."""
        words = (
            self._spelled.get(word, word)
            for word in normalise(text, f"{keep}{_START}{_END}").split()
        )
        return " ".join(fold(word) for word in " ".join(words).split() if word not in self._dropped)

    def _expand(self, phrase: str, groups: Mapping[str, list[str]]) -> Iterator[str]:
        """The phrases that a phrase of a group stands for, other groups written out."""
        choices = []
        for part in _PARTS.split(phrase):
            group = _GROUP.fullmatch(part)
            if group is None:
                choices.append([part])
            else:
                said = [one for each in groups[group[1]] for one in self._expand(each, groups)]
                choices.append([*said, ""] if group[2] else said)
        yield from (" ".join(words) for words in product(*choices))

    def _compile(
        self,
        name: str,
        says: Iterable[str],
        phrases: dict[str, list[str]],
        unless: frozenset[str] = frozenset(),
        near: bool = False,
    ) -> Iterator[_Pattern]:
        for said in says:
            for labels, gaps in self._parse(said, phrases):
                yield _Pattern(name, labels, gaps, unless, near)

    def _parse(
        self, said: str, phrases: dict[str, list[str]]
    ) -> Iterator[tuple[tuple[str, ...], tuple[bool, ...]]]:
        """The labels of one pattern, optional groups with and without, either order both ways."""
        one, _, other = said.partition(_EITHER_ORDER)
        orders = [f"{one} .. {other}", f"{other} .. {one}"] if other else [said]
        for order in orders:
            parts = [part.strip() for part in _PARTS.split(order) if part.strip()]
            optional = [part for part in parts if part.endswith("?")]
            for kept in product((True, False), repeat=len(optional)):
                chosen = iter(kept)
                labels, gaps, gap = [], [], False
                for part in parts:
                    if part == _GAP:
                        gap = True
                    elif not part.endswith("?") or next(chosen):
                        labels.append(_label(part.rstrip("?"), phrases))
                        gaps.append(gap)
                        gap = False
                yield tuple(labels), tuple(gaps)


def _label(part: str, phrases: dict[str, list[str]]) -> str:
    if part.startswith("{"):
        if part not in phrases:
            raise KeyError(f"unknown group {part}")
        return part
    phrases[part] = [part]
    return part


def _by_first(patterns: Iterable[_Pattern]) -> _ByFirst:
    found: dict[str, list[_Pattern]] = {}
    for one in patterns:
        found.setdefault(one.labels[0], []).append(one)
    return found


def _all_spans(
    patterns: _ByFirst, found: _Found, words: list[str]
) -> Iterator[tuple[_Pattern, tuple[int, int]]]:
    for label in found:
        for one in patterns.get(label, ()):
            for span in _spans(one, found, words):
                yield one, span


def _spans(pattern: _Pattern, found: _Found, words: list[str]) -> Iterator[tuple[int, int]]:
    """Where the pattern stands, from its first word to before its last."""
    reached = list(found.get(pattern.labels[0], ()))
    for label, gap in zip(pattern.labels[1:], pattern.gaps[1:], strict=True):
        if not reached:
            return
        reached = [
            (start, after)
            for start, end in reached
            for begin, after in found.get(label, ())
            if (begin == end or (gap and _reaches(words, end, begin)))
        ]
    yield from reached


def _reaches(words: list[str], end: int, begin: int) -> bool:
    return end <= begin <= end + _REACH and not _BARRIERS.intersection(words[end:begin])


def _cancelled(
    sign: _Pattern,
    start: int,
    end: int,
    words: list[str],
    cues: list[tuple[_Cue, list[tuple[int, int]]]],
) -> str:
    if "denied" in sign.unless and _is_denied(words, start, end):
        return "denied"
    for cue, spans in cues:
        if cue.name in sign.unless and any(
            _counts(cue.where, span, (start, end), words, near=sign.near) for span in spans
        ):
            return cue.name
    return ""


def _counts(
    where: Where, cue: tuple[int, int], sign: tuple[int, int], words: list[str], *, near: bool
) -> bool:
    """Whether a cue says something of the sign; one inside the sign is a part of it."""
    if where is Where.ANYWHERE:
        apart = max(sign[0] - cue[1], cue[0] - sign[1])
        return 0 <= apart <= (_REACH if near else apart)
    if cue[0] >= sign[0] or sign[0] - cue[1] > _WITHIN[where]:
        return False
    return where is Where.BEFORE or not _SUBJECTS.intersection(words[cue[1] : sign[0]])


def _is_denied(words: list[str], start: int, end: int) -> bool:
    """Whether a denial stands right before the sign, or "pas" right after its last verb."""
    for index in range(start - 1, -1, -1):
        if words[index] in _DENIALS or (
            words[index] == _PLUS and (index == 0 or words[index - 1] not in {"de", "en", "non"})
        ):
            return True
        if words[index] not in _BETWEEN_DENIAL:
            break
    after = words[end : end + 2]
    return after[:1] in (["pas"], ["jamai"]) and not _NOT_DENIED_BY.intersection(after[1:])
