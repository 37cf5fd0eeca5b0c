"""What the dialogue promises whatever the words: limits, corrections, refusals, what is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from matcher.domain.people import Need, Purpose
from phone.dialogue.facts import Moment, hear_facts
from phone.dialogue.machine import abandon, start, step, unanswered
from phone.dialogue.moments import refusal
from phone.dialogue.state import (
    MAX_FAILURES,
    MAX_REPEATS,
    MAX_SILENCES,
    MAX_TURNS,
    MAX_WORDS_KEPT,
    CallState,
    Place,
    Question,
    Wish,
)
from phone.dialogue.turn import (
    AlertPerson,
    BookRequest,
    HangUp,
    Heard,
    LeaveTask,
    Reason,
    ToPerson,
    Turn,
)
from phone.dialogue.understanding.telephone import understand_phone_number
from tests.phone.replay import (
    KNOWN,
    MONDAY,
    NEW,
    PARIS,
    WEDNESDAY,
    WITHHELD,
    Line,
    tools_at,
)


def talk(caller, *said: str) -> Turn:
    """The turn after these answers; digits are pressed, everything else is said."""
    turn = start(caller, tools_at())
    for text in said:
        keys = text.strip("*").isdigit() or text == "*"
        turn = step(turn.state, Heard(digits=text) if keys else Heard(text), tools_at())
    return turn


def keys_of(turn: Turn) -> set[str]:
    return {line.key for line in turn.say}


def booking(turn: Turn) -> BookRequest:
    (effect,) = turn.effects
    assert isinstance(effect, BookRequest)
    return effect


ME = ("oui", "Jeanne")
READY = ("des courses demain à quinze heures", "oui")


def test_the_first_sentence_of_all_is_the_emergency_one() -> None:
    for caller in (KNOWN, NEW, WITHHELD):
        assert start(caller, tools_at()).say[0].key == "emergency"


def test_a_confirmed_request_holds_everything_that_was_told() -> None:
    draft = booking(talk(KNOWN, "des courses demain à quinze heures, je marche avec une canne",
                         "oui", "oui")).draft  # fmt: skip
    assert draft.senior_id == "senior-7"
    assert draft.purpose is Purpose.SHOPPING
    assert draft.starts_at == datetime(2026, 11, 24, 14, tzinfo=UTC)
    assert draft.from_home
    assert draft.address is None
    assert draft.needs == (Need.CANE,)
    assert draft.words_heard[-1] == "oui"


def test_a_new_caller_is_told_that_a_person_will_verify() -> None:
    turn = talk(NEW, "des courses demain à quinze heures", *ME, "12 rue de Rivoli", "oui", "oui")
    assert booking(turn).draft.senior_id is None
    assert "done.verify" in keys_of(turn)


def test_nothing_is_recorded_before_the_caller_confirms() -> None:
    turn = talk(KNOWN, *READY)
    assert turn.effects == ()
    assert turn.state.asking is Question.RECAP


def test_a_new_caller_at_home_is_asked_for_the_address() -> None:
    turn = talk(NEW, "des courses demain à quinze heures", *ME, "de chez moi")
    assert "place.not_in_file" in keys_of(turn)
    assert turn.state.asking is Question.PLACE


def test_a_known_caller_may_say_another_address_straight_away() -> None:
    turn = talk(KNOWN, "des courses demain à quinze heures", "non, du 12 rue de Rivoli", "oui")
    address = booking(turn).draft.address
    assert address is not None
    assert address.street == "Rue de Rivoli"


def test_an_address_one_goes_to_is_not_where_one_starts() -> None:
    turn = talk(KNOWN, "des courses demain à quinze heures, je vais au 12 rue de Rivoli")
    assert turn.state.asking is Question.HOME


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("1", Question.PURPOSE),
        ("le motif", Question.PURPOSE),
        ("le jour", Question.DAY),
        ("l'heure", Question.HOUR),
        ("2", Question.WHEN),
        ("3", Question.HOME),
        ("l'adresse", Question.HOME),
    ],
)
def test_one_item_is_changed_without_starting_again(said: str, asked: Question) -> None:
    turn = talk(KNOWN, *READY, "non", said)
    assert turn.state.asking is asked


def test_a_telephone_number_that_was_given_can_be_changed() -> None:
    given = ("des courses demain à quinze heures", *ME, "12 rue de Rivoli", "0612345678")
    asked = talk(WITHHELD, *given, "non")
    assert "change.phone" in keys_of(asked)
    turn = talk(WITHHELD, *given, "non", "le téléphone", "0687654321", "oui")
    assert booking(turn).draft.callback_number == "+33687654321"


def test_a_correction_that_cannot_be_taken_leaves_what_was_there() -> None:
    turn = talk(KNOWN, *READY, "non, hier")
    assert "when.past" in keys_of(turn)
    assert turn.state.day == date(2026, 11, 24)
    assert turn.state.asking is Question.RECAP


def test_yes_with_another_day_is_a_correction() -> None:
    turn = talk(KNOWN, *READY, "oui mais plutôt mercredi")
    assert turn.effects == ()
    assert turn.state.day == date(2026, 11, 25)


def test_two_failures_on_one_topic_bring_a_person() -> None:
    turn = talk(KNOWN, "1", *["brouhaha"] * MAX_FAILURES)
    assert isinstance(turn.ending, ToPerson)
    (task,) = turn.effects
    assert isinstance(task, LeaveTask)
    assert (task.kind, task.reason) == (Wish.REQUEST, Reason.NOT_UNDERSTOOD)


def test_an_answer_in_between_silences_starts_their_count_again() -> None:
    turn = start(KNOWN, tools_at())
    for _ in range(MAX_SILENCES - 1):
        turn = step(turn.state, Heard(), tools_at())
    turn = step(turn.state, Heard("je voudrais sortir"), tools_at())
    assert turn.state.silences == 0
    assert turn.ending is None


def test_repeating_has_an_end() -> None:
    assert talk(KNOWN, *["*"] * MAX_REPEATS).ending is None
    assert isinstance(talk(KNOWN, *["*"] * (MAX_REPEATS + 1)).ending, ToPerson)


def test_a_call_that_goes_on_and_on_is_handed_to_a_person() -> None:
    # Changing one's mind for ever fails nowhere: only the number of turns ends it.
    turn = talk(KNOWN, *READY)
    day = 24
    while turn.ending is None:
        day = 25 if day == 24 else 24
        turn = step(turn.state, Heard(f"non, le {day} novembre"), tools_at())
    assert turn.state.turns == MAX_TURNS
    assert isinstance(turn.ending, ToPerson)


@pytest.mark.parametrize("asking", list(Question))
def test_zero_and_distress_work_at_every_question(asking: Question) -> None:
    state = replace(talk(KNOWN, *READY).state, asking=asking)
    assert isinstance(step(state, Heard(digits="0"), tools_at()).ending, ToPerson)
    turn = step(state, Heard("au secours, je suis tombée"), tools_at())
    assert turn.say[0].key == "emergency"
    assert isinstance(turn.effects[0], AlertPerson)
    assert isinstance(turn.ending, ToPerson)


WORRYING = "je tourne en rond chez moi je deviens folle"


def test_at_the_first_question_a_person_is_heard_however_they_say_it() -> None:
    assert isinstance(talk(KNOWN, "je ne parle pas aux machines moi").ending, ToPerson)
    turn = talk(KNOWN, "il me faudrait un coup de main pour prendre le métro")
    assert turn.state.wish is Wish.REQUEST
    turn = talk(KNOWN, "une chorale ça existe dans le coin")
    assert turn.state.wish is Wish.SERVICES


def test_why_somebody_goes_out_is_heard_however_they_say_it() -> None:
    turn = talk(KNOWN, "1", "longer la seine tranquillement")
    assert turn.state.purpose is Purpose.WALK
    turn = talk(KNOWN, "1", "demain à quinze heures")
    assert turn.state.purpose is None
    assert turn.state.hour is not None


def test_who_says_all_is_well_is_not_asked_again_and_is_still_heard_in_distress() -> None:
    turn = talk(KNOWN, WORRYING)
    assert turn.state.asking is Question.SAFE
    assert turn.effects == ()
    turn = step(turn.state, Heard(digits="2"), tools_at())
    assert turn.say[0].key == "safe.good"
    assert turn.state.asking is Question.PURPOSE
    turn = step(turn.state, Heard(WORRYING), tools_at())
    assert turn.state.asking is not Question.SAFE
    turn = step(turn.state, Heard("au secours"), tools_at())
    assert isinstance(turn.effects[0], AlertPerson)


@pytest.mark.parametrize(
    "answers",
    [
        (Heard("oui"),),
        (Heard(digits="1"),),
        (Heard(WORRYING),),
        (Heard("non je suis au bord de la fenêtre"),),
        (Heard("non ça ne va pas"),),
        (Heard("ça va pas du tout"),),
        (Heard("non je ne sens plus rien du tout"),),
        (Heard(), Heard()),
        (Heard("attendez"), Heard("bernard")),
    ],
)
def test_a_yes_a_second_worry_or_no_clear_answer_alert_a_person(answers: tuple[Heard, ...]) -> None:
    turn = talk(KNOWN, WORRYING)
    for answer in answers:
        assert turn.ending is None
        turn = step(turn.state, answer, tools_at())
    assert isinstance(turn.effects[0], AlertPerson)
    assert isinstance(turn.ending, ToPerson)


def test_who_hangs_up_when_asked_whether_they_need_help_leaves_something_urgent() -> None:
    (left,) = abandon(talk(KNOWN, WORRYING).state, tools_at())
    assert isinstance(left, LeaveTask)
    assert left.reason is Reason.DISTRESS


def test_a_message_that_worries_goes_to_the_team_as_any_other() -> None:
    caller = replace(KNOWN, outings=(WEDNESDAY,))
    turn = talk(caller, "laisser un message", WORRYING)
    assert turn.state.asking is Question.CONFIRM_MESSAGE


def test_a_number_that_is_not_in_the_street_is_told_so() -> None:
    turn = talk(NEW, "des courses demain à quinze heures", *ME, "99 rue de Rivoli")
    assert "place.number_unknown" in keys_of(turn)
    assert turn.state.asking is Question.NUMBER
    # The street was not heard for sure, so the whole address is asked about.
    turn = step(turn.state, Heard("douze"), tools_at())
    assert turn.state.asking is Question.CONFIRM_PLACE


def test_the_promised_call_back_depends_on_the_start_of_the_outing() -> None:
    asked: list[datetime | None] = []

    def promise(starts_at: datetime | None) -> datetime:
        asked.append(starts_at)
        return MONDAY

    state = talk(KNOWN, *READY).state
    step(state, Heard("oui"), replace(tools_at(), call_back_at=promise))
    assert asked == [datetime(2026, 11, 24, 14, tzinfo=UTC)]


def test_the_sixteenth_has_two_postcodes_and_one_name() -> None:
    place = Place(home=False, street="Rue de Rivoli", postcodes=("75016", "75116", "75004"))
    asked = replace(
        talk(NEW, "des courses demain à quinze heures").state,
        asking=Question.ARRONDISSEMENT,
        place=replace(place, words="12 rue de rivoli"),
    )
    turn = step(asked, Heard("dans le seizième"), tools_at())
    assert turn.state.place.known


def test_nine_is_a_number_where_a_number_is_asked() -> None:
    asked = talk(NEW, "des courses demain à quinze heures", *ME, "rue de Rivoli")
    assert asked.state.asking is Question.NUMBER
    turn = step(asked.state, Heard(digits="9"), tools_at())
    assert turn.state.place.address is not None
    assert turn.state.place.address.number == 9


def test_a_turn_after_the_end_only_says_goodbye() -> None:
    over = talk(KNOWN, *READY, "oui")
    turn = step(over.state, Heard("oui"), tools_at())
    assert turn.effects == ()
    assert isinstance(turn.ending, HangUp)
    assert abandon(over.state, tools_at()) == ()


def test_hanging_up_leaves_what_was_understood() -> None:
    (task,) = abandon(talk(KNOWN, *READY).state, tools_at())
    assert isinstance(task, LeaveTask)
    assert (task.kind, task.reason) == (Wish.REQUEST, Reason.HUNG_UP)
    assert task.draft.to_json()["starts_at"] == "2026-11-24T14:00:00+00:00"


def test_hanging_up_before_asking_anything_leaves_nothing() -> None:
    assert abandon(start(KNOWN, tools_at()).state, tools_at()) == ()


def test_words_that_were_not_understood_still_leave_a_task() -> None:
    (task,) = abandon(talk(NEW, "brouhaha").state, tools_at())
    assert task.draft.words_heard == ("brouhaha",)


def test_an_hour_that_came_too_near_during_the_call_is_asked_again() -> None:
    state = talk(KNOWN, "des courses aujourd'hui à midi", "oui").state
    turn = step(state, Heard("oui"), tools_at(MONDAY + timedelta(hours=1, minutes=30)))
    assert turn.effects == ()
    assert {"when.too_soon", "when.earliest"} <= keys_of(turn)
    assert turn.state.asking is Question.WHEN


@pytest.mark.parametrize(
    ("day", "hour", "key"),
    [
        (date(2026, 11, 22), None, "when.past"),
        (date(2026, 11, 23), time(9), "when.past"),
        (date(2026, 11, 23), time(10, 30), "when.too_soon"),
        (date(2027, 3, 1), None, "when.too_far"),
    ],
)
def test_a_moment_that_cannot_be_served_is_explained(
    day: date, hour: time | None, key: str
) -> None:
    assert refusal(day, hour, tools_at())[0].key == key


def test_the_missing_hour_is_refused_and_the_double_one_asked_again() -> None:
    spring = tools_at(datetime(2027, 3, 20, 9, tzinfo=UTC))
    autumn = tools_at(datetime(2026, 10, 20, 9, tzinfo=UTC))
    assert refusal(date(2027, 3, 28), time(2, 30), spring)[0].key == "when.no_such_hour"
    assert refusal(date(2027, 3, 28), time(3, 30), spring) == ()
    assert refusal(date(2026, 10, 25), time(2, 30), autumn)[0].key == "when.hour_twice"


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("0612345678", "+33612345678"),
        (
            "zéro un quarante-deux quatre-vingt-douze zéro zéro quatre-vingt-dix-neuf",
            "+33142920099",
        ),
        ("+33 6 12 34 56 78", "+33612345678"),
        ("mon numéro est le 06 12 34 56 78", "+33612345678"),
        ("0612", None),
        ("0012345678", None),
        ("je ne sais pas", None),
    ],
)
def test_a_telephone_number_to_call_back_has_ten_french_digits(
    said: str, number: str | None
) -> None:
    assert understand_phone_number(said) == number


@pytest.mark.parametrize(
    ("said", "door"),
    [
        ("demain à quinze heures cinquante-cinq rue du Faubourg Saint-Honoré",
         "55 rue du faubourg saint honore"),
        ("je pars du 12 bis, rue de Rivoli demain à dix heures", "12 bis, rue de rivoli"),
        ("une promenade au square demain", None),
        ("je voudrais aller au 12 rue de Rivoli", None),
    ],
)  # fmt: skip
def test_a_starting_address_is_heard_within_a_sentence(said: str, door: str | None) -> None:
    assert hear_facts(said, Moment(), MONDAY, PARIS).door == door


def test_the_hour_before_an_address_loses_nothing_to_its_number() -> None:
    said = "demain à quinze heures cinquante-cinq rue du Faubourg Saint-Honoré"
    moment = hear_facts(said, Moment(), MONDAY, PARIS).moment
    assert (moment.day, moment.hour) == (date(2026, 11, 24), time(15))


def test_a_date_within_a_street_name_is_no_date() -> None:
    facts = hear_facts("demain à dix heures du 3 rue du 8 mai 1945", Moment(), MONDAY, PARIS)
    assert facts.moment.day == date(2026, 11, 24)


def test_what_is_kept_of_an_answer_is_bounded() -> None:
    turn = talk(KNOWN, "bla " * MAX_WORDS_KEPT)
    assert len(turn.state.words_heard[0]) <= MAX_WORDS_KEPT


def test_a_state_survives_json_with_everything_in_it() -> None:
    line = Line(NEW)
    line.phone.ring("+33140000000", "+33185000000")
    line.phone.say("des courses demain à six heures avec ma canne, 12 rue des martirs")
    state = line.state
    assert state.unclear
    assert CallState.from_json(state.to_json()) == state


def test_a_caller_in_distress_whom_nobody_answers_hears_the_emergency_sentence_last() -> None:
    state = talk(KNOWN, "au secours, je suis tombée").state
    turn = unanswered(CallState.from_json(state.to_json()), tools_at())
    assert isinstance(turn.ending, ToPerson)
    assert turn.ending.promise[-1].key == "emergency"
    assert turn.ending.voicemail == ()
