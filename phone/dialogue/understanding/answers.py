"""What a caller answers: yes or no, a choice, a purpose, needs, and the words of distress."""

from __future__ import annotations

from enum import StrEnum

from matcher.domain.people import Need, Purpose
from phone.dialogue.understanding.choices import NOTHING
from phone.dialogue.understanding.choices import load as load_choices
from phone.dialogue.understanding.danger import Signs
from phone.dialogue.understanding.grammar import Step
from phone.dialogue.understanding.likeness import Likeness
from phone.dialogue.understanding.likeness import load as load_likeness
from phone.dialogue.understanding.normalise import normalise
from phone.dialogue.understanding.words import Hit, Lexicon, load_words


class YesNo(StrEnum):
    """An answer to a question that is answered by yes or no."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class MenuChoice(StrEnum):
    """What a caller may want of the line."""

    REQUEST = "request"
    FOLLOW_UP = "follow_up"
    CANCEL = "cancel"
    SERVICES = "services"
    HUMAN = "human"
    REPEAT = "repeat"


class Danger(StrEnum):
    """Whether words are those of a person in danger."""

    NONE = "none"
    PERHAPS = "perhaps"
    HEARD = "heard"


_YESNO = Lexicon(load_words("yesno"))
_MENU_WORDS = load_words("menu")
_REPEAT_ALONE = frozenset(map(normalise, _MENU_WORDS.pop("repeat_alone")))
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
_DISTRESS = Signs(_DISTRESS_WORDS)
_SAFE = Lexicon({"safe": _DISTRESS_WORDS["safe"]["says"]})
_UNWELL = Lexicon({"unwell": _DISTRESS_WORDS["safe"]["but"]})
_ALIKE: dict[str, float] = _DISTRESS_WORDS["alike"]
_LIKENESS = load_likeness()
_LEARNT = {name: load_choices(name) for name in ("menu", "purpose")}
SURE_ENOUGH = 0.4
"""From this chance on what was learnt goes before the lists; what is heard is read back anyway."""
SURE_OF_ERRAND = 0.5
"""The same of an outing that there is already: a new one is the likelier wish."""
_ERRANDS = (MenuChoice.CANCEL, MenuChoice.FOLLOW_UP)
_SEARCHED: dict[str, tuple[Lexicon, ...]] = {
    "yesno": (_YESNO,),
    "menu": (_MENU,),
    "purpose": (_PURPOSE, _SEEING, _PEOPLE, _STAYING),
    "needs": (_NEEDS,),
}


def trace_words(name: str, text: str) -> tuple[Step, ...]:
    """Which phrases of the lists of "yesno", "menu", "purpose", "needs" or "distress" were heard.

    For people who ask why; what is denied, or taken back by another word, is named so.
    """
    if name == "distress":
        return _trace_distress(text)
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
        *_trace_learnt(name, text),
    )


def _trace_learnt(name: str, text: str) -> tuple[Step, ...]:
    if name not in _LEARNT:
        return ()
    label, chance = _LEARNT[name].best(text)
    return (Step("alike", text, f"{label} {chance:.2f}"),)


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
    words = normalise(text)
    if words in _REPEAT_ALONE:
        return MenuChoice.REPEAT
    said = {hit.label for hit in _MENU.find(words.split()) if not hit.negated}
    return next((MenuChoice(label) for label in _MENU_WORDS if label in said), None)


def answer_menu(text: str) -> MenuChoice | None:
    """The same of somebody who was just asked what they want; None when they did not say it."""
    label, chance = _LEARNT["menu"].best(text)
    enough = SURE_OF_ERRAND if label in _ERRANDS else SURE_ENOUGH
    if label == NOTHING or chance < enough or normalise(text) in _REPEAT_ALONE:
        return understand_menu(text)
    return MenuChoice(label)


def answer_purpose(text: str) -> Purpose | None:
    """Why somebody goes out who was just asked for it; None when they did not say it."""
    label, chance = _LEARNT["purpose"].best(text)
    return understand_purpose(text) if label == NOTHING or chance < SURE_ENOUGH else Purpose(label)


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


def understand_danger(text: str) -> Danger:
    """Whether the words are those of a person in danger now.

    It only ever leads to asking, or to saying the emergency numbers again and alerting a person;
    it judges nothing, and prefers a false alarm to a miss.
    """
    return judge_danger(text, _LIKENESS)


def judge_danger(text: str, likeness: Likeness) -> Danger:
    """The same by what was learnt elsewhere."""
    signs = _signs(text)
    alike = likeness.of(text)
    enough = _ALIKE["heard_with_a_sign" if signs else "heard"]
    if alike >= enough or signs & _DISTRESS.certain:
        return Danger.HEARD
    return Danger.PERHAPS if signs or alike >= _ALIKE["perhaps"] else Danger.NONE


def shows_danger(text: str) -> bool:
    """Whether the words hold a sign of danger that nothing takes back."""
    return bool(_signs(text))


def _signs(text: str) -> set[str]:
    return {sign.name for sign in _DISTRESS.hear(_DISTRESS.words(text)) if not sign.cancelled_by}


def says_safe(text: str) -> bool:
    """Whether the words say that nobody needs help."""
    return bool(_SAFE.find(normalise(text).split()))


def says_unwell(text: str) -> bool:
    """Whether the words keep a "non" from being a clear one: "non, ça ne va pas"."""
    return bool(_UNWELL.find(normalise(text).split()))


def is_distress(text: str) -> bool:
    """Whether the words are taken for those of a person in danger without asking."""
    return understand_danger(text) is Danger.HEARD


def _trace_distress(text: str) -> tuple[Step, ...]:
    words = _DISTRESS.words(text)
    return (
        Step("words", text, " ".join(words)),
        *(
            Step(sign.cancelled_by or "heard", " ".join(words[sign.start : sign.end]), sign.name)
            for sign in _DISTRESS.hear(words)
        ),
        Step("alike", text, f"{_LIKENESS.of(text):.2f}"),
        Step("danger", text, understand_danger(text)),
    )
