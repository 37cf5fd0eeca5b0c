"""What a caller answers: yes or no, a choice, a purpose, needs, and the words of distress."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from matcher.domain.people import Need, Purpose
from phone.dialogue.understanding.grammar import Step
from phone.dialogue.understanding.normalise import normalise
from phone.dialogue.understanding.words import Hit, Lexicon, load_words


class YesNo(StrEnum):
    """An answer to a question that is answered by yes or no."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Together:
    """Two kinds of words that mean danger when they stand within `reach` words of each other."""

    one: Lexicon
    other: Lexicon
    reach: int
    unless_long_ago: bool

    @property
    def lists(self) -> tuple[Lexicon, Lexicon]:
        """Both lists."""
        return self.one, self.other


class MenuChoice(StrEnum):
    """What a caller may want of the line."""

    REQUEST = "request"
    FOLLOW_UP = "follow_up"
    CANCEL = "cancel"
    SERVICES = "services"
    HUMAN = "human"
    REPEAT = "repeat"


_YESNO = Lexicon(load_words("yesno"))
_MENU_WORDS = load_words("menu")
_MENU = Lexicon(_MENU_WORDS)
_PURPOSE_WORDS = load_words("purpose")
_PURPOSE = Lexicon({label: entry["phrases"] for label, entry in _PURPOSE_WORDS.items()})
_SEEING = Lexicon({"seeing": _PURPOSE_WORDS[Purpose.VISIT]["seeing"]})
_PEOPLE = Lexicon({"people": _PURPOSE_WORDS[Purpose.VISIT]["people"]})
_STAYING = Lexicon({"staying": _PURPOSE_WORDS[Purpose.VISIT]["staying"]})
# "voir ma petite sœur": how many words may stand between seeing and who is seen.
_SEEING_REACH = 3
_NEEDS = Lexicon(load_words("needs"))
_DISTRESS_WORDS = load_words("distress")
_LONG_AGO = Lexicon({"long_ago": _DISTRESS_WORDS.pop("long_ago")})
_TOGETHER = tuple(
    Together(
        Lexicon({pair["name"]: pair["one"]}),
        Lexicon({pair["name"]: pair["other"]}),
        reach=pair.get("reach", 4),
        unless_long_ago=pair.get("unless_long_ago", False),
    )
    for pair in _DISTRESS_WORDS.pop("together")
)
_DISTRESS = Lexicon(_DISTRESS_WORDS)
_SEARCHED: dict[str, tuple[Lexicon, ...]] = {
    "yesno": (_YESNO,),
    "menu": (_MENU,),
    "purpose": (_PURPOSE, _SEEING, _PEOPLE, _STAYING),
    "needs": (_NEEDS,),
    "distress": (_DISTRESS, _LONG_AGO, *(one for pair in _TOGETHER for one in pair.lists)),
}
_DENIALS = frozenset({"pas", "plus", "jamais", "aucun", "aucune", "sans", "ni"})
_BEFORE_DENIED = frozenset({"de", "d", "du", "1", "eu", "fait", "encore", "la", "vraiment"})
_LONG_SPANS = frozenset({"an", "ans", "annees", "mois", "semaine", "semaines"})


def trace_words(name: str, text: str) -> tuple[Step, ...]:
    """Which phrases of the lists of "yesno", "menu", "purpose", "needs" or "distress" were heard.

    For people who ask why; what is denied is named so.
    """
    words = normalise(text).split()
    heard = (hit for lexicon in _SEARCHED[name] for hit in lexicon.find(words))
    return (
        Step("words", text, " ".join(words)),
        *(
            Step(
                "denied" if hit.negated else "heard",
                " ".join(words[hit.start : hit.end]),
                hit.label,
            )
            for hit in heard
        ),
    )


def understand_yesno(text: str) -> YesNo:
    """Whether the caller says yes or no; unsure when neither or both are said."""
    words = normalise(text).split()
    answer: str | None = None
    corrected = False
    for hit in _YESNO.find(words):
        if hit.label in ("corrections", "neutral"):
            corrected = corrected or hit.label == "corrections"
            continue
        if hit.label == YesNo.UNSURE:
            return YesNo.UNSURE
        said = YesNo.NO if hit.label == YesNo.YES and _follows_pas(words, hit) else hit.label
        if answer is not None and said != answer and not corrected:
            return YesNo.UNSURE
        answer = said
        corrected = False
    return YesNo(answer) if answer else YesNo.UNSURE


def _follows_pas(words: list[str], hit: Hit) -> bool:
    """Whether "pas" stands right before a word of assent: "pas tout à fait", "pas très exact"."""
    return "pas" in words[max(hit.start - 2, 0) : hit.start]


def understand_menu(text: str) -> MenuChoice | None:
    """What the caller wants to do; None when nothing known was said."""
    said = {hit.label for hit in _MENU.find(normalise(text).split()) if not hit.negated}
    return next((MenuChoice(label) for label in _MENU_WORDS if label in said), None)


def understand_purpose(text: str) -> Purpose | None:
    """Why the caller goes out; None when nothing known was said."""
    words = normalise(text).split()
    said = {hit.label for hit in _PURPOSE.find(words) if not hit.negated}
    if _goes_to_see_somebody(words):
        said.add(Purpose.VISIT)
    return next((Purpose(label) for label in _PURPOSE_WORDS if label in said), None)


def _goes_to_see_somebody(words: list[str]) -> bool:
    people = _PEOPLE.find(words)
    return any(
        not seeing.negated and 0 <= person.start - seeing.end < _SEEING_REACH
        for seeing in _SEEING.find(words)
        for person in people
    ) or any(
        0 <= staying.start - person.end < _SEEING_REACH
        for staying in _STAYING.find(words)
        for person in people
    )


def understand_needs(text: str) -> frozenset[Need]:
    """What a volunteer must know to walk with the caller; empty when nothing was said of it."""
    hits = _NEEDS.find(normalise(text).split())
    return frozenset(Need(hit.label) for hit in hits if not hit.negated)


def is_distress(text: str) -> bool:
    """Whether the words are those of a person in danger now.

    It only ever leads to saying the emergency numbers again and alerting a person; it judges
    nothing, and prefers a false alarm to a miss.
    """
    words = normalise(text).split()
    long_ago = _is_of_long_ago(words)
    hits = _DISTRESS.find(words)
    return any(
        hit.label == "now"
        or (hit.label == "unless_denied" and not _is_denied(words, hit))
        or (hit.label == "unless_long_ago" and not long_ago and not _is_denied(words, hit))
        for hit in hits
    ) or _stand_together(words, hits, long_ago=long_ago)


def _stand_together(words: list[str], hits: list[Hit], *, long_ago: bool) -> bool:
    left = list(words)
    for hit in hits:
        if hit.label == "lookalikes":
            left[hit.start : hit.end] = ["|"] * (hit.end - hit.start)
    return any(
        max(one.start - other.end, other.start - one.end) <= pair.reach
        for pair in _TOGETHER
        if not (pair.unless_long_ago and long_ago)
        for one in pair.one.find(left)
        for other in pair.other.find(left)
        if not _is_denied(left, one) and not _is_denied(left, other)
    )


def _is_denied(words: list[str], hit: Hit) -> bool:
    """Whether the phrase is denied right before it; farther, "pas" may end another sentence."""
    before = words[max(hit.start - 2, 0) : hit.start]
    if not before:
        return False
    return before[-1] in _DENIALS or (before[-1] in _BEFORE_DENIED and before[0] in _DENIALS)


def _is_of_long_ago(words: list[str]) -> bool:
    if _LONG_AGO.find(words):
        return True
    return any(
        unit in _LONG_SPANS
        and (words[index - 4 : index - 1] == ["il", "y", "a"] or words[index - 2] == "depuis")
        for index, unit in enumerate(words)
        if index >= 2
    )
