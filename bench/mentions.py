"""MENTIONS: learn which times are the outing's, and measure it: `python -m bench.mentions`.

`when_marked.tsv` holds phrases with [the outing's times] and {others}. Those of `when.tsv` tell
for themselves what they can: a time counts without which the phrase is not understood, and does
not count with which it is not. `when_unseen.tsv`, which nothing is learnt from, is judged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from difflib import SequenceMatcher
from itertools import product
from zoneinfo import ZoneInfo

from bench.phrases import (
    ROOT,
    WORDS,
    Phrase,
    learn_clues,
    print_judged,
    read_options,
    read_rows,
    sum_of,
)
from bench.words import say_read, say_when
from matcher.domain.clues import save_weights
from phone.dialogue.understanding.grammar import RefusedError
from phone.dialogue.understanding.mentions import (
    FILE,
    Mention,
    clues_of,
    find_mentions,
    keep,
)
from phone.dialogue.understanding.prepare import prepare
from phone.dialogue.understanding.reading import read_when

ZONE = ZoneInfo("Europe/Paris")
MOST_MENTIONS = 6
"""A phrase of `when.tsv` with more of them is left alone: each way to keep them is tried."""
OWN = "own"
"""The author of the marked phrases that say what no other's do."""
TIMES = 3
"""So often do those and the phrases of `when.tsv` count, which are right for sure."""
MARKS = r"[][{}]"
_WRITTEN = {"[": "zqopens", "]": "zqcloses", "{": "zqother", "}": "zqends"}
_MEANS = {"zqopens": True, "zqother": False, "zqcloses": None, "zqends": None}

Meant = bool | None
"""Whether a mention is the outing's; None when the phrase does not tell."""


def marked_mentions(marked: str) -> tuple[str, tuple[Mention, ...], list[Meant]]:
    """The prepared words of a marked phrase, its mentions, and what the marks say of each."""
    plain = re.sub(MARKS, "", marked)
    words = prepare(" ".join(plain.split()))
    spaced = re.sub(MARKS, lambda mark: f" {_WRITTEN[mark.group()]} ", marked)
    tokens: list[str] = []
    meant: list[Meant] = []
    now: Meant = None
    for token in prepare(spaced).split():
        if token in _MEANS:
            now = _MEANS[token]
        else:
            tokens.append(token)
            meant.append(now)
    return words, *_labelled(words, tokens, meant)


def _labelled(
    words: str, tokens: list[str], meant: list[Meant]
) -> tuple[tuple[Mention, ...], list[Meant]]:
    """The labels of words that `prepare` may have written otherwise beside marks."""
    same = SequenceMatcher(a=words.split(), b=tokens, autojunk=False).get_matching_blocks()
    told = {block.a + step: meant[block.b + step] for block in same for step in range(block.size)}
    mentions = find_mentions(words)
    labels: list[Meant] = []
    for one in mentions:
        first = len(words[: one.start].split())
        own = range(first, first + len(words[one.start : one.end].split()))
        said = {told[place] for place in own if place in told} - {None}
        known = all(place in told for place in own)
        labels.append(None if len(said) > 1 or not (known or said) else True in said)
    return mentions, labels


def told_mentions(
    phrase: str, now: str, expected: str
) -> tuple[str, tuple[Mention, ...], list[Meant]]:
    """The same of a phrase without marks, as far as what it means tells."""
    try:
        words = prepare(phrase)
    except RefusedError:
        return "", (), []
    mentions = find_mentions(words)
    count = len(mentions)
    if not 0 < count <= MOST_MENTIONS:
        return words, (), []
    moment = datetime.fromisoformat(now).replace(tzinfo=ZONE)
    right = [
        kept
        for kept in product((True, False), repeat=count)
        if say_read(read_when(keep(words, mentions, kept), moment, ZONE)[0]) == expected
    ]
    kinds = [one.kind for one in mentions]
    if (True,) * count in right and len(set(kinds)) == count:
        return words, mentions, [True] * count
    return words, mentions, [_agreed([kept[one] for kept in right]) for one in range(count)]


def _agreed(kept: Sequence[bool]) -> Meant:
    return kept[0] if kept and len(set(kept)) == 1 else None


def list_clues() -> tuple[list[set[int]], list[bool], int]:
    """What may be learnt from: each mention's clues, whether it counts, and the phrases' sum."""
    clues: list[set[int]] = []
    counts: list[bool] = []
    phrases = []
    # Anybody says "demain à quinze heures": what is judged was not learnt, whoever wrote it.
    unseen = {row["phrase"] for row in read_rows("when_unseen")}
    for row in read_rows("when_marked"):
        if re.sub(MARKS, "", row["phrase"]) in unseen:
            continue
        phrases.append(Phrase(row["author"], row["expected"], row["phrase"]))
        own, meant = _labelled_clues(*marked_mentions(row["phrase"]))
        times = TIMES if row["author"] == OWN else 1
        clues += own * times
        counts += meant * times
    for row in read_rows("when"):
        if row["phrase"] in unseen:
            continue
        phrases.append(Phrase("corpus", row["expected"], row["phrase"]))
        told = told_mentions(row["phrase"], row["now"], row["expected"])
        own, meant = _labelled_clues(*told)
        clues += own * TIMES
        counts += meant * TIMES
    return clues, counts, sum_of(phrases)


def _labelled_clues(
    words: str, mentions: tuple[Mention, ...], labels: list[Meant]
) -> tuple[list[set[int]], list[bool]]:
    """The clues of the mentions that a phrase tells of, and what it tells."""
    both = [
        (own, label)
        for own, label in zip(clues_of(words, mentions), labels, strict=True)
        if label is not None
    ]
    return [own for own, _ in both], [label for _, label in both]


def judge(rows: Sequence[dict[str, str]]) -> dict[str, float]:
    """The shares that are understood as meant, and as something else rather than asked back."""
    right = wrong = half = 0
    for row in rows:
        heard, meant = say_when(row["phrase"], row["now"]), row["expected"]
        more = heard.removeprefix(meant)
        # A part of the day may be told beside a day meant alone, an end beside a beginning.
        if heard == meant or (heard != more and (" " in meant or more[1:2].isalpha())):
            right += 1
        elif meant.startswith(heard):
            half += 1
        elif not heard.startswith("!"):
            wrong += 1
    count = len(rows)
    return {
        "phrases": count,
        "right": right / count,
        "hour_asked": half / count,
        "wrong": wrong / count,
    }


def main() -> None:
    """Learn, or measure."""
    options = read_options("bench.mentions", __doc__)
    if options.learn:
        clues, counts, learnt_from = list_clues()
        path = WORDS / FILE
        path.write_bytes(save_weights(learn_clues(clues, counts, learnt_from)))
        print(f"{path.relative_to(ROOT)}: learnt from {len(counts)} mentions")
        return
    unseen = read_rows("when_unseen")
    report = {
        f"author {author}": judge([row for row in unseen if row["author"] == author])
        for author in sorted({row["author"] for row in unseen})
    }
    print_judged(report, as_json=options.json)


if __name__ == "__main__":
    main()
