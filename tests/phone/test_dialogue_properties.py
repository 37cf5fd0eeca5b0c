"""Whatever is said, pressed or left unsaid: every call ends, and nobody is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.domain.people import Purpose
from phone.dialogue.caller import Caller, Outing, Usual
from phone.dialogue.state import MAX_TURNS, Wish
from phone.dialogue.turn import BookRequest, MoveOuting, SendPlaces
from phone.simulator.caller import AWAY, MACHINE, TAKES
from tests.conftest import many_calls
from tests.phone.replay import KNOWN, NEW, VOLUNTEER, WITHHELD, Line, tools_at
from tests.phone.speech import KEYS, PIECES

CANARY = "canari-de-la-fiche"
STORED_DAY = "treize janvier"
STORED = tuple(
    Outing(f"{CANARY}-{number}", datetime(2027, 1, 13, hour, tzinfo=UTC), found)
    for number, (hour, found) in enumerate([(9, True), (13, False), (16, True), (18, True)])
)

SPEECH = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map(" ".join)
PRESSED = st.sampled_from(KEYS) | st.text(KEYS, min_size=1, max_size=12)
ANSWERS = st.lists(
    st.tuples(st.just("say"), SPEECH | st.text(max_size=40))
    | st.tuples(st.just("press"), PRESSED)
    | st.tuples(st.just("silence"), st.just("")),
    max_size=MAX_TURNS + 5,
)
SENIORS = st.builds(
    Caller,
    known=st.just(True),
    senior_id=st.just(CANARY),
    home_in_file=st.booleans(),
    phone_usable=st.just(True),
    takes_sms=st.booleans(),
    outings=st.sampled_from([STORED[:count] for count in range(5)]),
    usual=st.sampled_from([None, Usual(Purpose.ADMINISTRATIVE, 3.0)]),
    volunteer_id=st.sampled_from([None, CANARY]),
    held=st.sampled_from([(), STORED[:1]]),
)
VOLUNTEERS = st.sampled_from([replace(VOLUNTEER, held=STORED[:count]) for count in range(3)])
CALLERS = SENIORS | VOLUNTEERS | st.sampled_from([NEW, WITHHELD])
TEAMS = st.dictionaries(
    st.sampled_from(["+33140000001", "+33140000002"]), st.sampled_from([AWAY, MACHINE, TAKES])
)


@settings(max_examples=many_calls(500, 5000), deadline=None)
@given(caller=CALLERS, answers=ANSWERS, team=TEAMS, staffed=st.booleans())
def test_every_call_ends_within_its_limits_and_leaves_exactly_what_it_should(
    caller: Caller, answers: list[tuple[str, str]], team: dict[str, str], staffed: bool
) -> None:
    line = Line(caller, team, staffed=staffed)
    line.phone.ring("+33140000000", "+33185000000")
    spoke = False
    for how, what in answers:
        if line.phone.ended:
            break
        if how == "silence":
            line.phone.silence()
        else:
            getattr(line.phone, how)(what)
            heard = any(letter.isprintable() and not letter.isspace() for letter in what)
            spoke = spoke or (how == "say" and heard)
    state = line.state
    assert state.turns <= MAX_TURNS
    line.phone.hang_up()

    final = [effect for effect in line.effects if not isinstance(effect, SendPlaces)]
    assert len(final) <= 1
    assert len(line.effects) - len(final) <= 1
    settled = state.ended or (state.wish is Wish.SERVICES and state.shelf_read)
    assert final or settled or not spoke
    for sentence in (*line.phone.heard, *line.phone.whispered):
        assert CANARY not in sentence
        assert STORED_DAY not in sentence
    for effect in final:
        if isinstance(effect, BookRequest):
            draft = effect.draft
            assert draft.purpose is not None
            assert draft.starts_at is not None
            assert draft.starts_at >= tools_at().now + tools_at().lead
            assert [draft.from_home, draft.address is not None, draft.place_later].count(True) == 1
            assert not draft.from_home or draft.senior_id is not None
            assert draft.senior_id is not None or draft.first_name
            assert caller.phone_usable or draft.callback_number is not None
        if isinstance(effect, MoveOuting):
            assert effect.starts_at >= tools_at().now + tools_at().lead


@settings(max_examples=50, deadline=None)
@given(speech=st.text(max_size=400))
def test_no_words_at_all_can_make_the_line_stumble(speech: str) -> None:
    for caller in (KNOWN, WITHHELD, VOLUNTEER):
        line = Line(caller)
        line.phone.ring("anonymous", "+33185000000")
        line.phone.say(speech)
        assert line.phone.waiting != line.phone.ended


def test_nothing_of_a_call_that_settles_is_left_behind() -> None:
    line = Line(replace(KNOWN, outings=STORED[:1]))
    line.phone.ring("+33140000000", "+33185000000")
    line.phone.say("je voudrais annuler")
    line.phone.say("non")
    assert line.phone.ended
    assert line.effects == []
