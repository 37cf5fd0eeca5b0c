"""The console's page of one outing: what it shows, and what a coordinator decides there."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

import pyotp
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlmodel import select

from matcher.domain.errors import NotFound
from matcher.domain.lifecycle import MissionStatus
from matcher.geocoding.doors import AddressRow
from matcher.geocoding.gazetteer import Gazetteer
from matcher.services import visits
from matcher.services.acceptance import accept_mission
from matcher.services.dispatch import explain
from matcher.services.rounds import keep_daily_round
from matcher.services.senior_news import NO_NUMBER
from matcher.services.tasks import add_task
from matcher.services.work import Runtime
from matcher.store.tables import (
    CoordinatorTaskRow,
    EventRow,
    FileStatus,
    MissionRow,
    SeniorRow,
    TaskKind,
)
from matcher.store.transitions import SYSTEM
from tests.conftest import Worker
from tests.fakes import FakeClock, FakeMessenger
from tests.people import (
    ACCESS_NOTES,
    CODE_WORD,
    STAFF_EMAIL,
    STAFF_PASSWORD,
    STAFF_TOTP,
    add_coordinator,
    add_mission,
    add_offer,
    add_senior,
    add_session,
    add_volunteer,
    address_label,
    give_mission,
)
from tests.phone.test_outgoing import press


def form_token(page: str) -> str:
    found = re.search(r'name="form" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


@pytest.fixture
def console(client: TestClient, runtime: Runtime) -> TestClient:
    """A coordinator at the console."""
    with runtime.begin(SYSTEM) as work:
        add_coordinator(work)
    sign_in(client, runtime)
    return client


def sign_in(client: TestClient, runtime: Runtime) -> None:
    form = {
        "form": form_token(client.get("/console/sign-in").text),
        "email": STAFF_EMAIL,
        "password": STAFF_PASSWORD,
        "code": pyotp.TOTP(STAFF_TOTP).at(runtime.clock()),
    }
    assert client.post("/console/sign-in", data=form).status_code == 200


def path(mission_id: UUID) -> str:
    return f"/console/missions/{mission_id}"


def post(console: TestClient, mission_id: UUID, form: str, **fields: str) -> Response:
    """What the page answers to one of its forms."""
    token = form_token(console.get("/console").text)
    return console.post(f"{path(mission_id)}/{form}", data={"form": token, **fields})


def find_mission(runtime: Runtime, mission_id: UUID) -> MissionRow:
    with runtime.begin(SYSTEM) as work:
        return work.session.get_one(MissionRow, mission_id)


def test_the_page_says_what_somebody_without_the_app_has_to_be_told(
    console: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work), needs=["walker"])
        add_offer(work, mission, add_volunteer(work, "+33612345679", first_name="Inès"))
    page = console.get(path(mission.id))
    assert page.headers["cache-control"] == "no-store"
    for shown in ("Odette Lambert", "01 42 65 00 01", "déambulateur", "le médecin", ACCESS_NOTES):
        assert shown in page.text
    assert address_label() in page.text
    assert "Proposée" in page.text
    assert "Inès" in page.text
    assert CODE_WORD not in page.text
    with runtime.begin(SYSTEM) as work:
        give_mission(work, work.session.merge(mission), add_volunteer(work, "+33142000000"))
    held = console.get(path(mission.id)).text
    for shown in (CODE_WORD, "Lucas Moreau", "01 42 00 00 00", "le mot de passe au téléphone"):
        assert shown in held


def test_the_board_and_the_tasks_lead_to_the_page(console: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        on_board, past = (add_mission(work, add_senior(work, f"+3314265000{n}")) for n in (1, 2))
        past.status = MissionStatus.CANCELLED.value
        past.starts_at -= timedelta(days=30)
        past.ends_at -= timedelta(days=30)
        add_task(work, TaskKind.ATTENTION, "À voir.", details={"mission_id": str(past.id)})
    page = console.get("/console").text
    for mission in (on_board, past):
        assert page.count(f'href="{path(mission.id)}"') == 1


def test_whoever_looks_is_written_down_and_others_are_led_to_the_form(
    console: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
        headers = add_session(work, add_volunteer(work, "+33612345678"))
    console.get(path(mission.id))
    with runtime.begin(SYSTEM) as work:
        seen = work.session.exec(select(EventRow).where(EventRow.kind == "viewed")).one()
    assert (seen.entity_id, seen.actor_kind) == (mission.senior_id, "staff")
    assert console.get(path(UUID(int=999))).status_code == 404
    console.cookies.clear()
    for method in ("GET", "POST"):
        url = path(mission.id) + ("/verify" if method == "POST" else "")
        answer = console.request(
            method, url, data={"form": "x"}, headers=headers, follow_redirects=False
        )
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")


def test_a_new_caller_s_request_is_verified(console: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work), status=MissionStatus.TO_VERIFY.value)
    assert "Demande vérifiée : chercher un bénévole" in console.get(path(mission.id)).text
    after = post(console, mission.id, "verify")
    assert find_mission(runtime, mission.id).status == MissionStatus.OPEN
    assert 'role="alert"' not in after.text
    assert re.search(r"Demande vérifiée <span[^>]*>\(la coordination\)", after.text)


def test_a_senior_who_would_rather_not_meet_somebody_again_says_no_why(
    console: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
        lucas = add_volunteer(work, "+33612345678").id
        accept_mission(work, mission.id, lucas)
    assert "elle n'a pas à dire pourquoi" in unescape(console.get(path(mission.id)).text)
    after = post(console, mission.id, "refuse", volunteer_id=str(lucas))
    assert find_mission(runtime, mission.id).status == MissionStatus.OPEN
    assert "Plus de sortie avec Lucas Moreau" in after.text
    with runtime.begin(SYSTEM) as work, pytest.raises(NotFound):
        accept_mission(work, mission.id, lucas)
    after = post(console, mission.id, "allow", volunteer_id=str(lucas))
    assert "Plus de sortie avec" not in after.text
    with runtime.begin(SYSTEM) as work:
        accept_mission(work, mission.id, lucas)


def test_a_senior_who_presses_2_the_day_after_is_never_sent_that_volunteer_again(
    console: TestClient, runtime: Runtime, worker: Worker, messenger: FakeMessenger
) -> None:
    """From the key on the telephone, by the task and the page it leads to, to whom is asked."""
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work)
        lucas = add_volunteer(work, "+33612345678")
        mission = add_mission(work, senior, work.now - timedelta(hours=3))
        give_mission(work, mission, lucas)
        mission.status = MissionStatus.COMPLETED.value
    with runtime.begin(SYSTEM) as work:
        keep_daily_round(work)
    for _ in range(9):
        worker.advance(hours=3)
    press(console, messenger.asking[0], "2")

    sign_in(console, runtime)  # The day before has ended for the coordinator too.
    board = unescape(console.get("/console").text)
    assert str(mission.id) in board
    after = post(console, mission.id, "refuse", volunteer_id=str(lucas.id))
    assert "Plus de sortie avec Lucas Moreau" in after.text
    with runtime.begin(SYSTEM) as work:
        senior = work.session.get_one(SeniorRow, mission.senior_id)
        later = add_mission(work, senior, work.now + timedelta(hours=30))
        kept, rejected = explain(work, later.id)
    assert kept == ()
    assert [one.volunteer_id for one in rejected] == [lucas.id]


def test_whoever_is_unknown_is_refused_in_vain(console: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
    for form in ("refuse", "allow"):
        after = post(console, mission.id, form, volunteer_id=str(UUID(int=999)))
        assert 'role="alert"' in after.text


def test_an_outing_is_cancelled_for_a_reason(console: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
    assert post(console, mission.id, "cancel").status_code == 422
    assert find_mission(runtime, mission.id).status == MissionStatus.OPEN
    after = post(console, mission.id, "cancel", reason="duplicate")
    assert "Annulée" in after.text
    assert "Annuler la sortie" not in after.text
    with runtime.begin(SYSTEM) as work:
        event = work.session.exec(select(EventRow).where(EventRow.kind == "cancel")).one()
    assert (event.reason, event.actor_kind) == ("duplicate", "staff")


@pytest.mark.parametrize(
    ("reason", "told"),
    [("unsafe", 1), ("volunteer", 1), ("other", 1), ("senior", 0), ("duplicate", 0)],
)
def test_a_senior_hears_that_their_outing_is_off_unless_they_asked_or_have_another(
    console: TestClient,
    runtime: Runtime,
    worker: Worker,
    messenger: FakeMessenger,
    reason: str,
    told: int,
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
    assert "La personne aînée aussi" in console.get(path(mission.id)).text
    post(console, mission.id, "cancel", reason=reason)
    worker.run()
    heard = messenger.to("+33142650001")
    assert [("est annulée" in text, "faites le 1" in text) for text in heard] == [
        (True, True)
    ] * told


def test_a_senior_without_a_telephone_is_somebody_s_task_when_their_outing_is_off(
    console: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work)
        senior.phone = senior.phone_index = None
        mission = add_mission(work, senior)
    post(console, mission.id, "cancel", reason="unsafe")
    with runtime.begin(SYSTEM) as work:
        task = work.session.exec(select(CoordinatorTaskRow)).one()
    assert (task.kind, task.mission_id) == (TaskKind.CALL_BACK, mission.id)


def test_whoever_tells_a_senior_without_a_telephone_reads_every_news_the_latest_last(
    console: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work)
        senior.phone = senior.phone_index = None
        mission = add_mission(work, senior)
        lucas, ines = add_volunteer(work, "+33612345678"), add_volunteer(work, "+33612345679")
        ines.first_name = "Inès"
        mission.starts_at = work.now + timedelta(hours=20)
        mission.ends_at = mission.starts_at + timedelta(hours=2)
    for volunteer in (lucas, ines):
        with runtime.begin(SYSTEM) as work:
            accept_mission(work, mission.id, volunteer.id)
        assert post(console, mission.id, "release").status_code == 200
    with runtime.begin(SYSTEM) as work:
        task = work.session.exec(
            select(CoordinatorTaskRow).where(CoordinatorTaskRow.reason == NO_NUMBER)
        ).one()
    shown = unescape(console.get("/console").text)
    assert f"<dt>Message</dt><dd>{task.details['text']}</dd>" in shown
    told = ["Lucas viendra", "ne peut plus venir", "Inès viendra", "ne peut plus venir"]
    assert re.search(".*".join(told), task.details["text"])


def test_nobody_is_rung_about_an_outing_that_is_called_off_after_its_hours(
    console: TestClient,
    runtime: Runtime,
    worker: Worker,
    messenger: FakeMessenger,
    clock: FakeClock,
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
        give_mission(work, mission, add_volunteer(work, "+33612345678"))
    clock.now = mission.ends_at + timedelta(minutes=1)
    with runtime.begin(SYSTEM) as work:
        visits.cancel(work, mission.id, "other")
    worker.run()
    assert messenger.to("+33142650001") == []


@pytest.mark.parametrize(
    ("form", "refusal"),
    [
        ("verify", "Il faut d&#39;abord placer le lieu de rendez-vous sur la carte."),
        ("release", "Cette action n&#39;est plus possible dans l&#39;état actuel."),
    ],
)
def test_what_is_refused_is_said_in_a_sentence_and_changes_nothing(
    console: TestClient, runtime: Runtime, form: str, refusal: str
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(
            work, add_senior(work), status=MissionStatus.TO_VERIFY.value, meeting=None
        )
    page = console.get(path(mission.id)).text
    assert "Placez d'abord le lieu." in page
    assert f"{path(mission.id)}/verify" not in page
    answer = post(console, mission.id, form)
    assert f'role="alert">{refusal}<' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert find_mission(runtime, mission.id).status == MissionStatus.TO_VERIFY


def test_a_form_from_elsewhere_decides_nothing(console: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
    forged = {"form": "0" * 64, "reason": "other"}
    assert console.post(f"{path(mission.id)}/cancel", data=forged).status_code == 403
    assert find_mission(runtime, mission.id).status == MissionStatus.OPEN


def test_an_absence_is_noted_on_the_page(
    console: TestClient, runtime: Runtime, clock: FakeClock
) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work), work.now + timedelta(hours=1))
        give_mission(work, mission, add_volunteer(work, "+33612345678"))
    assert "Libérer le bénévole" in console.get(path(mission.id)).text
    clock.advance(minutes=65)
    assert "Personne aînée absente" in console.get(path(mission.id)).text
    post(console, mission.id, "senior-absent")
    assert find_mission(runtime, mission.id).status == MissionStatus.NO_SHOW


@pytest.fixture
def to_place(runtime: Runtime) -> UUID:
    """A new caller's request whose address nobody understood."""
    with runtime.begin(SYSTEM) as work:
        senior = add_senior(work, status=FileStatus.TO_VERIFY.value, home=None)
        return add_mission(work, senior, status=MissionStatus.TO_VERIFY.value).id


def proposed(page: str) -> list[dict[str, str]]:
    """What each button of the proposed places sends back."""
    forms = re.findall(r'/place">(.*?)</form>', page, re.DOTALL)
    sent = [dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', one)) for one in forms]
    return [{name: unescape(one[name]) for name in one if name != "form"} for one in sent]


def test_an_address_in_words_is_proposed_then_placed_and_verified(
    console: TestClient, runtime: Runtime, to_place: UUID
) -> None:
    answer = post(console, to_place, "places", words="au 55 faubourg saint honoré")
    assert answer.headers["cache-control"] == "no-store"
    (button,) = proposed(answer.text)
    assert find_mission(runtime, to_place).meeting is None
    placed = post(console, to_place, "place", **button)
    assert "55 rue du Faubourg Saint-Honoré, 75008 Paris (Paris 8e)" in placed.text
    assert str(placed.url).endswith(path(to_place))
    assert "Lieu placé à la main" in placed.text
    post(console, to_place, "verify")
    assert find_mission(runtime, to_place).status == MissionStatus.OPEN


def test_a_street_of_two_arrondissements_is_one_choice_for_each(
    console: TestClient, runtime: Runtime, to_place: UUID
) -> None:
    street = "Rue de la Fontaine"
    runtime.atlas.gazetteer = Gazetteer(
        [
            AddressRow(7, None, street, "75003", 48.8674, 2.3637),
            AddressRow(7, None, street, "75008", 48.8704, 2.3168),
        ]
    )
    buttons = proposed(post(console, to_place, "places", words="7 rue de la Fontaine").text)
    labels = [f"7 rue de la Fontaine, {code} Paris" for code in ("75003", "75008")]
    assert buttons == [{"words": label} for label in labels]
    assert labels[1] in post(console, to_place, "place", **buttons[1]).text
    assert find_mission(runtime, to_place).zone_code == "75108"


def test_a_click_on_the_map_is_said_in_words_then_placed(
    console: TestClient, runtime: Runtime, to_place: UUID
) -> None:
    asked = post(console, to_place, "places", x="567.3", y="216.9").text
    assert re.search(r"Tout près : <strong>10 place de la République, 75011 Paris", asked)
    assert '<circle class="repere" cx="567.3" cy="216.9"' in asked
    (button,) = proposed(asked)
    placed = post(console, to_place, "place", **button)
    assert "10 place de la République, 75011 Paris" in placed.text
    meeting = find_mission(runtime, to_place).meeting
    assert meeting is not None
    assert (meeting["lat"], meeting["lon"]) == pytest.approx((48.8674, 2.3637), abs=1e-4)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"words": "rue de Rivoli"}, "Cette rue est connue, mais pas à ce numéro."),
        ({"words": "1 rue de Rivoli"}, "Cette rue est connue, mais pas à ce numéro."),
        ({"words": "chez ma cousine"}, "Cette adresse n&#39;a pas été trouvée."),
        ({"words": "10 rue de la Paix à Lille"}, "en dehors du territoire"),
        ({"x": "1", "y": "1"}, "en dehors du territoire"),
    ],
)
def test_a_place_that_cannot_be_is_said_in_a_sentence(
    console: TestClient,
    runtime: Runtime,
    to_place: UUID,
    fields: dict[str, str],
    refusal: str,
) -> None:
    for form in ("places", "place"):
        alert = re.search(r'role="alert">([^<]+)<', post(console, to_place, form, **fields).text)
        assert alert is not None
        assert refusal in alert[1]
    assert find_mission(runtime, to_place).meeting is None


def test_the_number_next_door_is_another_address(console: TestClient, runtime: Runtime) -> None:
    street = "Rue de la Fontaine"
    runtime.atlas.gazetteer = Gazetteer(
        [AddressRow(n, None, street, "75008", 48.8704, 2.3168 + n / 10_000) for n in (7, 9)]
    )
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work))
    for number in (7, 9):
        button = {"words": f"{number} rue de la Fontaine, 75008 Paris"}
        assert button["words"] in post(console, mission.id, "place", **button).text


def test_an_outing_that_is_over_is_placed_no_more(console: TestClient, runtime: Runtime) -> None:
    with runtime.begin(SYSTEM) as work:
        mission = add_mission(work, add_senior(work), status=MissionStatus.CANCELLED.value)
    assert "Placer le lieu" not in console.get(path(mission.id)).text
    label = "10 place de la République, 75011 Paris"
    assert "n&#39;est plus possible" in post(console, mission.id, "place", words=label).text
    assert find_mission(runtime, mission.id).meeting == mission.meeting
