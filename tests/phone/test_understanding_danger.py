"""Signs of danger: the pattern language of the data file, and phrases it was not written from."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bench.distress import UNSEEN, judge, list_phrases, list_unseen
from bench.distress import WEIGHTS as FILE
from bench.phrases import read_rows, sum_of
from matcher.domain.spelling import spell_plainly
from phone.dialogue.understanding.answers import (
    Danger,
    is_distress,
    says_safe,
    trace_words,
    understand_danger,
)
from phone.dialogue.understanding.danger import Signs, fold
from phone.dialogue.understanding.likeness import load, save
from phone.dialogue.understanding.normalise import normalise

CORPUS = Path(__file__).parent / "corpus"
DATA: dict[str, Any] = {
    "dropped": ["ne", "n'", "vraiment"],
    "spelled": {"je": "j", "jai": "j'ai"},
    "groups": {
        "pas": ["pas", "plus"],
        "peux_pas": ["peux {pas}", "arrive {pas} à"],
        "tres": ["très", "si"],
        "debout": ["me lever", "me relever"],
        "membre": ["bras", "jambe"],
        "dur": ["engourdi*"],
    },
    "lookalikes": {"says": ["me lever tôt"]},
    "now": {"says": ["ce matin"]},
    "cues": {
        "past": {"where": "anywhere", "unless_now": True, "says": ["l'an dernier"]},
        "maybe": {"where": "before", "says": ["peur de"]},
        "reason": {"where": "close_before", "says": ["pour"]},
    },
    "signs": [
        {
            "name": "rise",
            "unless": ["past", "maybe"],
            "says": ["{peux_pas} .. {debout}"],
        },
        {
            "name": "body",
            "unless": ["denied", "past", "reason"],
            "near": True,
            "says": ["{membre} ~ {dur}", "mal au bras"],
        },
        {"name": "unwell", "unless": ["denied"], "says": ["me sens {tres}? mal", "^ à moi $"]},
    ],
}


def heard(text: str, data: dict[str, Any] = DATA) -> list[str]:
    signs = Signs(data)
    return [sign.name for sign in signs.hear(signs.words(text)) if not sign.cancelled_by]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("je ne peux plus me relever", ["rise"]),
        ("je peux pas du tout ce matin me lever", ["rise"]),
        ("je peux pas un deux trois quatre cinq six me lever", []),
        ("je peux pas mais je vais me lever", []),
        ("je n'arrive plus à me lever tôt", []),
        ("j'ai peur de ne plus pouvoir, je ne peux plus me lever", []),
        ("l'an dernier je ne peux plus me lever", []),
        ("l'an dernier déjà, et ce matin je ne peux plus me lever", ["rise"]),
        ("mon bras est engourdi", ["body"]),
        ("c'est engourdi dans la jambe", ["body"]),
        ("c'est pour mon bras engourdi", []),
        ("c'est pour ma mère, elle a le bras engourdi", ["body"]),
        ("mal au bras", ["body"]),
        ("je n'ai pas mal au bras", []),
        ("mal au bras, je vais chez le médecin que j'ai vu l'an dernier", ["body"]),
        ("je me sens vraiment mal", ["unwell"]),
        ("je me sens très mal", ["unwell"]),
        ("je me sens un peu mal", []),
        ("à moi", ["unwell"]),
        ("à moi il me faut mardi", []),
    ],
)
def test_a_pattern_says_what_it_says(text: str, names: list[str]) -> None:
    assert heard(text) == names


@pytest.mark.parametrize(
    "words", [("peux", "peu", "peut"), ("aidez", "aider"), ("tombée", "tombé")]
)
def test_mute_ends_that_a_recogniser_misspells_are_heard_alike(words: tuple[str, ...]) -> None:
    assert len({fold(normalise(word)) for word in words}) == 1


@pytest.mark.parametrize(
    ("part", "value", "error"),
    [
        ("signs", [{"name": "x", "unless": [], "says": ["{nowhere}"]}], KeyError),
        ("signs", [{"name": "x", "unless": ["never"], "says": ["mal"]}], KeyError),
        ("lookalikes", {"says": ["vraiment"]}, ValueError),
    ],
)
def test_a_badly_edited_file_is_refused(part: str, value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        Signs({**DATA, part: value})


def test_the_steps_name_the_sign_and_what_takes_it_back() -> None:
    steps = trace_words("distress", "je suis tombée l'an dernier")
    told = {step.what: step.meaning for step in steps[1:]}
    assert told["past"] == "la chute"
    assert float(told["alike"]) < 0.5
    assert told["danger"] == Danger.NONE


def test_phrases_written_before_the_words_were_asked_are_heard_and_their_lookalikes_are_not() -> (
    None
):
    with (CORPUS / "distress_held_out.tsv").open(encoding="utf-8", newline="") as file:
        rows = [
            (row["phrase"], row["expected"] == "true")
            for row in csv.DictReader(file, delimiter="\t")
        ]
    missed = [phrase for phrase, danger in rows if danger and not is_distress(phrase)]
    false = [phrase for phrase, danger in rows if not danger and is_distress(phrase)]
    assert missed == []
    assert len(false) <= 0.02 * sum(not danger for _, danger in rows), false


def test_what_the_product_carries_was_learnt_from_the_phrases_of_today() -> None:
    assert load().learnt_from == sum_of(list_phrases()), "python -m bench.distress --learn"


def test_what_was_learnt_is_read_as_it_was_written() -> None:
    like = load()
    text = "je ne retrouve plus ma rue et il fait nuit"
    assert 0 < like.of(text) < 1
    assert save(like) == FILE.read_bytes()
    assert like.of("") == like.of("…") == 0.0


def test_numbers_as_a_recogniser_writes_them_and_a_ne_nobody_says_change_no_likeness() -> None:
    like = load()
    said = "appelez le quinze je ne sais plus où je suis", "appelez le 15 je sais plus où je suis"
    one, other = map(like.of, said)
    assert one == other


def test_danger_said_directly_is_never_passed_over_by_authors_nothing_was_changed_for() -> None:
    found = judge(list_unseen("plainly"), load())
    assert found["direct"]["heard"] + found["direct"]["asked"] == 1
    assert found["direct"]["heard"] >= 0.95
    assert found["hard"]["heard"] <= 0.02


def test_of_the_rarest_turns_of_danger_one_in_200_is_passed_over() -> None:
    # Looked for on purpose: shame, dialect, understatement. None is the wish here too (0027).
    found = judge(list_unseen("blind"), load())
    assert found["direct"]["heard"] + found["direct"]["asked"] >= 0.995
    assert found["hard"]["heard"] <= 0.05


def test_hours_and_doors_nothing_was_learnt_from_alarm_nobody_and_are_hardly_asked_about() -> None:
    said = [row["phrase"] for name in ("when_unseen", "where_unseen") for row in read_rows(name)]
    found = Counter(map(understand_danger, said))
    assert found[Danger.HEARD] <= 0.001 * len(said)
    assert found[Danger.PERHAPS] <= 0.02 * len(said)


def test_nothing_unseen_was_learnt() -> None:
    known = {spell_plainly(one.text) for one in list_phrases()}
    unseen = [one.text for name in UNSEEN for one in list_unseen(name)]
    assert [text for text in unseen if spell_plainly(text) in known] == []


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("non non tout va bien", True),
        ("je vais très bien merci", True),
        ("c'est une façon de parler", True),
        ("non ça ne va pas", False),
        ("je ne vais pas bien", False),
    ],
)
def test_what_reassures_the_line(text: str, safe: bool) -> None:
    assert says_safe(text) == safe


@pytest.mark.parametrize("corpus", ["when", "where", "spans"])
def test_days_doors_and_lengths_are_no_distress(corpus: str) -> None:
    with (CORPUS / f"{corpus}.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        assert [row["phrase"] for row in rows if is_distress(row["phrase"])] == []


def test_other_answers_are_no_distress() -> None:
    with (CORPUS / "answers.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["kind"] != "distress"]
    assert [row["phrase"] for row in rows if is_distress(row["phrase"])] == []
