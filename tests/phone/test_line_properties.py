"""Generated calls on the real line: HTTP, PostgreSQL, and a network that cannot be trusted.

300 of them by default; `COMPAGNIE_TEST_CALLS=5000` makes as many. A failure names its seed.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

from fastapi.testclient import TestClient
from sqlmodel import col, select

from matcher.services.work import Runtime
from matcher.store.tables import (
    CallOutcome,
    CallRow,
    CoordinatorTaskRow,
    MissionRow,
    RequestRow,
    TaskKind,
)
from matcher.store.transitions import SYSTEM
from phone.dialogue.state import CallState, Wish
from phone.simulator.caller import AWAY, MACHINE, TAKES, Caller
from tests.conftest import many_calls
from tests.fakes import FakeClock
from tests.people import FAUBOURG, add_mission, add_senior, add_volunteer, give_mission
from tests.phone.line import LINE, post_signed
from tests.phone.network import FALLBACK, STATUS, UnrulyNetwork
from tests.phone.speech import KEYS, PIECES

SENIORS = [f"+3363998{number:04d}" for number in range(40)]
VOLUNTEERS = [f"+3363999{number:04d}" for number in range(10)]
FAR = datetime(2027, 1, 13, 12, 37, tzinfo=UTC)
HOME = {**FAUBOURG, "number": 99, "street": "Rue du Canari"}
STORED = ("Zéphyrine", "Hippolyte", "Canari", "quenouille", "trente-sept", "4521B", "janvier")
"""Words of the files, none of which a generated caller ever says."""

SCRIPTS = [
    "je voudrais sortir demain à quinze heures|oui|oui|oui",
    "une promenade tous les mardis à dix heures|oui|oui",
    "1|2|mardi à dix heures|oui|Jeanne|55 rue du faubourg saint-honoré|oui|oui",
    "des courses pour ma mère mardi à dix heures|Odette|55 rue du faubourg saint-honoré|oui|oui",
    "chez le kiné mercredi à quinze heures|1|Jeanne|55 rue du faubourg saint-honoré|1|1",
    "je voudrais annuler ma sortie|1|oui",
    "2|2|1|1",
    "changer l'heure|la prochaine|mardi à dix heures|oui",
    "je voudrais laisser un message|1|je serai devant la porte|oui",
    "avez-vous trouvé quelqu'un|merci c'est tout",
    "3|8|2|3",
    "je suis malade|oui",
    "je serai en retard|vingt minutes",
    "0|rappelez-moi s'il vous plaît",
    "do you speak English|an outing|to see the doctor|tomorrow at 3 pm|yes|yes|yes|yes",
]


def test_every_call_ends_booked_with_a_person_or_a_task_and_nothing_is_lost_or_doubled(
    client: TestClient, runtime: Runtime, clock: FakeClock
) -> None:
    with runtime.begin(SYSTEM) as work:
        volunteers = [add_volunteer(work, one, first_name="Hippolyte") for one in VOLUNTEERS]
        for number, phone in enumerate(SENIORS):
            senior = add_senior(work, phone, first_name="Zéphyrine", home=HOME)
            for outing in range(number % 4):
                at = FAR + timedelta(days=number, hours=3 * outing)
                mission = add_mission(work, senior, at, code_word="quenouille")
                if outing == 0 and number < len(volunteers):
                    give_mission(work, mission, volunteers[number])
    hurry(runtime)
    outcomes: Counter[str | None] = Counter()
    for seed in range(many_calls(300, 5000)):
        clock.advance(minutes=3 + seed % 5)
        call = make_call(client, Random(seed), f"CA{seed:032x}")
        outcomes[check(runtime, call, seed)] += 1
    print(dict(outcomes))
    assert set(CallOutcome) <= set(outcomes), "every way to end was tried"
    with runtime.begin(SYSTEM) as work:
        requests = work.session.exec(select(RequestRow.id)).all()
        of_missions = work.session.exec(select(MissionRow.request_id)).all()
        assert sorted(requests) == sorted(of_missions), "one mission a request"


def hurry(runtime: Runtime) -> None:
    """Commits that do not wait for the disk: nothing is killed here."""
    with runtime.engine.connect() as connection:
        name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
        connection.commit()
    runtime.engine.dispose()


def make_call(client: TestClient, chance: Random, sid: str) -> Caller:
    """One call from beginning to end; what is said and how the network behaves is up to chance."""
    network = UnrulyNetwork(
        lambda url, form: post_signed(client, url, form), chance, twice=0.15, late=0.1, lost=0.01
    )
    team = {
        number: chance.choice([AWAY, MACHINE, TAKES]) for number in ("+33170000001", "+33170000002")
    }
    caller = Caller(network, status_url=STATUS, fallback_url=FALLBACK, call_sid=sid, team=team)
    script = chance.choice(SCRIPTS).split("|") if chance.random() < 0.6 else []
    caller.ring(_number(chance), LINE)
    for _ in range(50):
        if not caller.waiting or chance.random() < 0.04:
            break
        if script and chance.random() < 0.9:
            _answer(caller, script.pop(0))
        else:
            _answer(caller, _anything(chance))
    caller.hang_up()
    return caller


def check(runtime: Runtime, call: Caller, seed: int) -> str | None:
    """How the call ended, None when it never reached the line; what it left must fit."""
    sid = f"CA{seed:032x}"
    with runtime.begin(SYSTEM) as work:
        row = work.session.exec(select(CallRow).where(col(CallRow.sid) == sid)).one_or_none()
        if row is None:
            assert "enregistré" not in " ".join(call.heard), seed
            return None
        requests = work.session.exec(select(RequestRow).where(RequestRow.call_id == row.id)).all()
        tasks = work.session.exec(
            select(CoordinatorTaskRow).where(CoordinatorTaskRow.call_id == row.id)
        ).all()
        state = CallState.from_json(row.state)
    spoken = " ".join((*call.heard, *call.whispered))
    assert not [word for word in STORED if word in spoken], seed
    assert row.outcome is not None, seed
    booked = row.outcome == CallOutcome.BOOKED
    if booked and state.wish is Wish.MOVE:
        # An outing that somebody holds keeps its request when it is moved.
        assert len(requests) <= 1, seed
    else:
        assert len(requests) == booked, seed
    if "C'est enregistré" in spoken or "It is recorded" in spoken:
        assert booked, seed
    call_backs = [one for one in tasks if one.kind in (TaskKind.CALL_BACK, TaskKind.DISTRESS)]
    assert len(call_backs) <= 1, seed
    if row.outcome == CallOutcome.PERSON:
        assert len(call_backs) == 1, seed
    if row.outcome == CallOutcome.TASK:
        assert len(tasks) == 1, seed
    if row.outcome == CallOutcome.NOTHING_ASKED:
        assert not tasks, seed
        served = state.wish is Wish.SERVICES and state.shelf_read
        assert state.ended or served or not state.words_heard, seed
    return row.outcome


def _number(chance: Random) -> str:
    strangers = [f"+336399700{chance.randrange(100):02d}", "anonymous", ""]
    return chance.choice([*chance.sample(SENIORS, 4), chance.choice(VOLUNTEERS), *strangers])


def _anything(chance: Random) -> str:
    kind = chance.random()
    if kind < 0.1:
        return ""
    if kind < 0.4:
        return "".join(chance.choice(KEYS) for _ in range(chance.choice([1, 1, 1, 2, 10])))
    return " ".join(chance.choice(PIECES) for _ in range(chance.choice([1, 1, 2, 3])))


def _answer(caller: Caller, answer: str) -> None:
    if not answer:
        caller.silence()
    elif set(answer) <= set(KEYS):
        caller.press(answer)
    else:
        caller.say(answer)
