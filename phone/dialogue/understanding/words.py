"""The word lists that people who do not program can edit, and how they are looked for."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from phone.dialogue.understanding.normalise import normalise


def load_words(name: str) -> dict[str, Any]:
    """The word lists of one file of the package's `words` folder.

    Raises:
        FileNotFoundError: no such list.
        tomllib.TOMLDecodeError: the file was badly edited.
    """
    source = resources.files("phone.dialogue.understanding") / "words" / f"{name}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def either(phrases: Iterable[str]) -> str:
    """Phrases of a list in normalised words, as the inside of a regular expression's group."""
    return "|".join(map(normalise, phrases))


_DENIALS = load_words("denials")
_NEGATIONS = frozenset(map(normalise, _DENIALS["denials"]))
_CLAUSE_STARTS = frozenset(map(normalise, _DENIALS["clause_starts"]))
_DETERMINERS = frozenset(map(normalise, _DENIALS["determiners"]))
_REACH = 5


@dataclass(slots=True)
class _Node:
    """Where phrases that begin with the same words part: the next word leads to the next node."""

    words: dict[str, _Node] = field(default_factory=dict)
    begun: dict[str, list[tuple[str, _Node]]] = field(default_factory=dict)
    """Words that stand for all that begin so, by their first letter."""
    ends: list[tuple[int, str]] = field(default_factory=list)
    """The phrases that end here: their place in the list and their label."""

    def grow(self, word: str) -> _Node:
        """The node behind `word`, new if need be."""
        if not word.endswith("*"):
            return self.words.setdefault(word, _Node())
        begins = word.removesuffix("*")
        same = self.begun.setdefault(begins[:1], [])
        for known, node in same:
            if known == begins:
                return node
        same.append((begins, _Node()))
        return same[-1][1]


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase of a list found in what was said, from word `start` to before word `end`."""

    label: str
    start: int
    end: int
    negated: bool


class Lexicon:
    """Labelled phrases, looked for word by word, the longest one first."""

    def __init__(
        self, labels: Mapping[str, Iterable[str]], spell: Callable[[str, str], str] = normalise
    ) -> None:
        """Index the phrases; a word ending in a star stands for all words that begin so.

        Args:
            labels: the phrases of each label.
            spell: how the words that are searched were spelled; its second argument is what
                must survive.

        Raises:
            ValueError: a phrase spells to nothing.
        """
        self._root = _Node()
        phrases = ((label, phrase) for label, group in labels.items() for phrase in group)
        for place, (label, phrase) in enumerate(phrases):
            words = spell(phrase, "*").split()
            if not words:
                raise ValueError(f"{label}: {phrase!r} holds no word")
            node = self._root
            for word in words:
                node = node.grow(word)
            node.ends.append((place, label))

    def find(self, words: list[str]) -> list[Hit]:
        """All phrases in normalised words, from left to right, none over another."""
        hits: list[Hit] = []
        position = 0
        while position < len(words):
            found = self._match(words, position)
            if found is None:
                position += 1
                continue
            label, end = found
            # "pas de fauteuil, une canne": what is denied ends where another thing is named.
            named = position > 0 and words[position - 1] in _DETERMINERS
            since = hits[-1].end if hits and named else 0
            hits.append(Hit(label, position, end, _is_negated(words, position, since)))
            position = end
        return hits

    def find_all(self, words: list[str]) -> dict[str, list[tuple[int, int]]]:
        """Where each label's phrases stand, from a word to before a word, one over another too."""
        spans: dict[str, list[tuple[int, int]]] = {}
        for position in range(len(words)):
            for (_, label), end in self._matches(words, position):
                spans.setdefault(label, []).append((position, end))
        return spans

    def _match(self, words: list[str], position: int) -> tuple[str, int] | None:
        found: tuple[tuple[int, str], int] | None = None
        for one in self._matches(words, position):
            # The longest comes last; of two as long, the list's first counts.
            if found is None or one[1] > found[1] or one[0] < found[0]:
                found = one
        return None if found is None else (found[0][1], found[1])

    def _matches(self, words: list[str], position: int) -> Iterator[tuple[tuple[int, str], int]]:
        """The phrases that begin at `position` and the word they end before, the shorter first."""
        nodes = [self._root]
        for end in range(position, len(words)):
            word = words[end]
            further = []
            for node in nodes:
                after = node.words.get(word)
                if after is not None:
                    further.append(after)
                for begins, after in node.begun.get(word[0], ()):
                    if word.startswith(begins):
                        further.append(after)
            if not further:
                return
            for node in further:
                for one in node.ends:
                    yield one, end + 1
            nodes = further


def _is_negated(words: list[str], position: int, since: int) -> bool:
    for index in range(position - 1, max(position - 1 - _REACH, since - 1), -1):
        if words[index] in _CLAUSE_STARTS:
            return False
        if words[index] in _NEGATIONS:
            # "en plus", "de plus" and "non plus" add; they do not deny.
            return words[index] != "plus" or index == 0 or words[index - 1] not in {"en", "de"}
    return False
