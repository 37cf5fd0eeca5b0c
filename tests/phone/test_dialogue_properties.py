"""Whatever is said, pressed or left unsaid: every call ends, and nobody is forgotten."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from phone.dialogue.state import MAX_TURNS, Caller
from phone.dialogue.turn import BookRequest
from tests.phone.replay import KNOWN, NEW, WITHHELD, Line, tools_at

CANARY = "canari-de-la-fiche"

PIECES = st.sampled_from(
    """oui|non|non merci|demain|mardi|mercredi prochain|à quinze heures|à six heures|du soir
    |le matin|hier|le trente février|le huit mai|dans dix minutes|des courses|chez le kiné
    |une promenade
    |12 rue de Rivoli|rue de l'église|le quinzième|douze bis|du faubourg saint-honoré|55
    |rue de Versailles à Boulogne|rue des martirs|de chez moi|je ne sais pas|répétez|l'adresse
    |le jour|le téléphone|zéro six douze trente-quatre cinquante-six soixante-dix-huit|euh
    |brouhaha|annuler
    |avec mon déambulateur|quelqu'un|je voudrais parler à une personne|au secours|{instant}|<Say/>
    """.replace("\n", "").split("|")
).map(str.strip)
SPEECH = st.lists(PIECES, min_size=1, max_size=4).map(" ".join) | st.text(max_size=40)
KEYS = st.text("0123456789*#", min_size=1, max_size=12)
ANSWERS = st.lists(
    st.tuples(st.just("say"), SPEECH)
    | st.tuples(st.just("press"), KEYS)
    | st.tuples(st.just("silence"), st.just("")),
    max_size=MAX_TURNS + 5,
)
CALLERS = st.sampled_from(
    [Caller(known=True, senior_id=CANARY, home_in_file=home, phone_usable=True)
     for home in (True, False)] + [NEW, WITHHELD]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(caller=CALLERS, answers=ANSWERS)
def test_every_call_ends_within_its_limits_and_leaves_exactly_what_it_should(
    caller: Caller, answers: list[tuple[str, str]]
) -> None:
    line = Line(caller)
    line.phone.ring("+33140000000", "+33185000000")
    spoke = False
    for how, what in answers:
        if line.phone.ended:
            break
        if how == "silence":
            line.phone.silence()
        else:
            getattr(line.phone, how)(what)
            spoke = spoke or (how == "say" and what.strip() != "")
    assert line.state.turns <= MAX_TURNS
    line.phone.hang_up()

    assert len(line.effects) <= 1
    assert line.effects or not spoke
    assert all(CANARY not in sentence for sentence in line.phone.heard)
    for effect in line.effects:
        if isinstance(effect, BookRequest):
            draft = effect.draft
            assert draft.purpose is not None
            assert draft.starts_at is not None
            assert draft.starts_at >= tools_at().now + tools_at().lead
            assert draft.from_home != (draft.address is not None)
            assert caller.phone_usable or draft.callback_number is not None


@settings(max_examples=50, deadline=None)
@given(speech=st.text(max_size=400))
def test_no_words_at_all_can_make_the_line_stumble(speech: str) -> None:
    for caller in (KNOWN, WITHHELD):
        line = Line(caller)
        line.phone.ring("anonymous", "+33185000000")
        line.phone.say(speech)
        assert line.phone.waiting != line.phone.ended
