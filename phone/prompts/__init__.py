"""Every spoken sentence, one data file per language, checked against what the dialogue says."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from string import Formatter
from typing import Any

from phone.dialogue.lines import LINES, Line

MAX_WORDS = 20


class PromptsRefused(Exception):
    """A file of sentences cannot be used; the message names every sentence to mend."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """The sentences of one language, and the BCP 47 tag and voice that speak it."""

    language: str
    voice: str
    sentences: Mapping[str, str]

    def text(self, line: Line) -> str:
        """The sentence for the ear, its placeholders filled."""
        return self.sentences[line.key].format_map(line.values)


_VOICES = {"fr": ("fr-FR", "Polly.Lea-Neural"), "en": ("en-GB", "Polly.Amy-Neural")}


def load_prompts(lang: str) -> Prompts:
    """The sentences packaged for `lang`, checked.

    Raises:
        PromptsRefused: a sentence is missing, unused, too long or has an unknown placeholder.
    """
    language, voice = _VOICES[lang]
    text = (files(__package__) / f"{lang}.toml").read_text(encoding="utf-8")
    return Prompts(language=language, voice=voice, sentences=parse_prompts(text))


def parse_prompts(text: str) -> dict[str, str]:
    """The sentences of a TOML file by dotted key ("menu.ask").

    Raises:
        PromptsRefused: not TOML, or sentences to mend.
    """
    try:
        sentences = dict(_flatten(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        raise PromptsRefused(f"the file is not TOML: {error}") from error
    faults = [
        *(f"{key}: missing" for key in LINES if key not in sentences),
        *(f"{key}: never used" for key in sentences if key not in LINES),
    ]
    for key, sentence in sentences.items():
        faults += [f"{key}: {fault}" for fault in _faults(key, sentence)]
    if faults:
        raise PromptsRefused("; ".join(faults))
    return sentences


def _flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)


def _faults(key: str, sentence: str) -> Iterator[str]:
    if not sentence.strip():
        yield "empty"
    if len(sentence.split()) > MAX_WORDS:
        yield f"more than {MAX_WORDS} words"
    try:
        found = {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}
    except ValueError as error:
        yield f"braces that do not match ({error})"
        return
    declared = LINES.get(key, frozenset())
    for name in sorted(found - declared):
        yield f"unknown placeholder {{{name}}}"
    for name in sorted(declared - found):
        yield f"placeholder {{{name}}} is missing"
