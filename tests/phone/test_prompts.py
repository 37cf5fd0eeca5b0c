"""The file of sentences is checked before it is spoken; every fault is named."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

import phone
from phone.dialogue.lines import LINES, Line
from phone.dialogue.questions import _ASKED
from phone.dialogue.state import Question
from phone.prompts import MAX_WORDS, PromptsRefused, load_prompts, parse_prompts

FRENCH_LINES = load_prompts("fr").sentences
FRENCH = (files("phone.prompts") / "fr.toml").read_text(encoding="utf-8")


def refused(text: str) -> str:
    with pytest.raises(PromptsRefused) as caught:
        parse_prompts(text)
    return str(caught.value)


@pytest.mark.parametrize(("lang", "tag"), [("fr", "fr-FR"), ("en", "en-GB")])
def test_the_sentences_of_a_language_are_whole(lang: str, tag: str) -> None:
    prompts = load_prompts(lang)
    assert prompts.sentences.keys() == LINES.keys()
    assert prompts.language == tag


def test_no_question_offers_more_than_three_choices_besides_a_person() -> None:
    choices = re.compile(r"faites le [1-9]")
    for question in Question:
        keys = [key for key in _ASKED.get(question, ()) if choices.search(FRENCH_LINES[key])]
        assert len(keys) <= 3, question


def test_the_line_says_vous_and_never_beneficiary() -> None:
    said = " ".join(FRENCH_LINES.values()).lower()
    assert not re.search(r"\b(?:tu|toi|ton|ta|tes)\b", said)
    assert "bénéficiaire" not in said


def test_placeholders_are_filled() -> None:
    line = Line("place.confirm", {"address": "12, rue de Rivoli, dans le quatrième"})
    spoken = load_prompts("fr").text(line)
    assert spoken == "J'ai compris : 12, rue de Rivoli, dans le quatrième."


def test_what_a_caller_said_is_never_taken_for_a_placeholder() -> None:
    assert "{address}" in load_prompts("fr").text(Line("place.confirm", {"address": "{address}"}))


def test_a_missing_sentence_is_named() -> None:
    assert "menu.ask: missing" in refused(
        FRENCH.replace('ask = "Que pouvons', 'aks = "Que pouvons')
    )


def test_an_unused_sentence_is_named() -> None:
    assert "menu.joke: never used" in refused(FRENCH.replace("[menu]", '[menu]\njoke = "Toc toc."'))


def test_a_sentence_that_is_too_long_is_named() -> None:
    long = " ".join(["mot"] * (MAX_WORDS + 1))
    assert f"menu.ask: more than {MAX_WORDS} words" in refused(
        FRENCH.replace("Que pouvons-nous faire pour vous ?", long)
    )


def test_an_unknown_placeholder_is_named() -> None:
    text = FRENCH.replace("C'est {instant}.", "C'est {instant}, {prenom}.")
    assert "recap.when: unknown placeholder {prenom}" in refused(text)


def test_a_placeholder_that_was_dropped_is_named() -> None:
    text = FRENCH.replace("C'est {instant}.", "C'est bientôt.")
    assert "recap.when: placeholder {instant} is missing" in refused(text)


def test_a_brace_left_open_is_named() -> None:
    text = FRENCH.replace("C'est {instant}.", "C'est {instant.")
    assert "recap.when: braces" in refused(text)


def test_an_empty_sentence_is_named() -> None:
    assert "recap.when: empty" in refused(FRENCH.replace("C'est {instant}.", ""))


def test_a_file_that_is_no_toml_is_refused() -> None:
    assert "not TOML" in refused("ask = ")


def test_every_fault_is_told_at_once() -> None:
    faults = refused("").split("; ")
    assert len(faults) == len(LINES)


def test_a_sentence_the_table_does_not_know_cannot_be_spoken() -> None:
    with pytest.raises(ValueError, match="joke"):
        Line("menu.joke")
    with pytest.raises(ValueError, match="when"):
        Line("recap.when")


def test_every_declared_sentence_is_spoken_somewhere() -> None:
    root = Path(phone.__file__).parent
    sources = [*root.glob("*.py"), *(root / "dialogue").glob("*.py")]
    spoken = "".join(path.read_text(encoding="utf-8") for path in sources if path.stem != "lines")
    # These two families are built from a value: recap.walk, recap.need_cane, when.morning.
    built = {key for key in LINES if key.startswith("recap.need_")}
    built |= {key for key in LINES if key in ("follow.first", "follow.second", "follow.third")}
    built |= {f"recap.{purpose}" for purpose in _PURPOSES} | {f"when.{part}" for part in _PARTS}
    silent = [key for key in LINES if key not in built and f'"{key}"' not in spoken]
    assert silent == []


_PURPOSES = ("medical", "shopping", "walk", "administrative", "leisure", "visit", "other")
_PARTS = ("morning", "noon", "afternoon", "evening")
