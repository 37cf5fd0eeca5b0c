"""The word lists that people who do not program can edit, and how they are looked for."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from itertools import chain
from typing import Any, TypeAlias

from phone.dialogue.understanding.normalise import normalise

_NEGATIONS = frozenset({"pas", "plus", "sans", "aucun", "aucune", "ni", "jamais"})
# A negation does not reach over the start of another clause.
_CLAUSE_STARTS = frozenset(
    {"mais", "et", "je", "j", "donc", "car", "juste", "seulement", "contre", "revanche", "puis"}
)
_REACH = 5
# "1" is "un" or "une" once numbers are read.
_DETERMINERS = frozenset({"1", "mon", "ma", "mes"})


_Entry: TypeAlias = tuple[tuple[str, ...], str]
"""A phrase, word by word, and its label."""


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
        self._by_first_words: dict[tuple[str, str], list[_Entry]] = {}
        self._by_first_letter: dict[str, list[_Entry]] = {}
        for label, phrases in labels.items():
            for phrase in phrases:
                words = tuple(spell(phrase, "*").split())
                if not words:
                    raise ValueError(f"{label}: {phrase!r} holds no word")
                if words[0].endswith("*"):
                    entries = self._by_first_letter.setdefault(words[0][0], [])
                else:
                    second = words[1] if len(words) > 1 else ""
                    key = (words[0], "*" if second.endswith("*") else second)
                    entries = self._by_first_words.setdefault(key, [])
                entries.append((words, label))

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
            for label, end in self._matches(words, position):
                spans.setdefault(label, []).append((position, end))
        return spans

    def _match(self, words: list[str], position: int) -> tuple[str, int] | None:
        # Of two phrases as long, the list's first.
        return max(self._matches(words, position), key=lambda match: match[1], default=None)

    def _matches(self, words: list[str], position: int) -> Iterator[tuple[str, int]]:
        first, seconds = words[position], ("", "*", *words[position + 1 : position + 2])
        for phrase, label in chain(
            *(self._by_first_words.get((first, second), ()) for second in seconds),
            self._by_first_letter.get(first[0], ()),
        ):
            end = position + len(phrase)
            if end <= len(words) and all(
                word.startswith(expected[:-1]) if expected[-1] == "*" else word == expected
                for word, expected in zip(words[position:end], phrase, strict=True)
            ):
                yield label, end


def _is_negated(words: list[str], position: int, since: int) -> bool:
    for index in range(position - 1, max(position - 1 - _REACH, since - 1), -1):
        if words[index] in _CLAUSE_STARTS:
            return False
        if words[index] in _NEGATIONS:
            # "en plus", "de plus" and "non plus" add; they do not deny.
            return words[index] != "plus" or index == 0 or words[index - 1] not in {"en", "de"}
    return False


def load_words(name: str) -> dict[str, Any]:
    """The word lists of one file of the package's `words` folder.

    Raises:
        FileNotFoundError: no such list.
        tomllib.TOMLDecodeError: the file was badly edited.
    """
    source = resources.files("phone.dialogue.understanding") / "words" / f"{name}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))
