"""The telephone in the browser by plain forms: calls to the line, and calls of the line's."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import col, func, select

from api.demo.bell import RINGS_FOR, Bell
from api.demo.telephone import MAX_TELEPHONES
from matcher.domain.lifecycle import MissionStatus
from matcher.domain.ringing import rings_for
from matcher.services.acceptance import accept_offer
from matcher.services.messages import Repeat, queue_call
from matcher.settings import Settings
from matcher.store.engine import Database
from matcher.store.tables import (
    CallRow,
    MessageRow,
    MissionRow,
    OfferRow,
    RequestRow,
)
from matcher.store.transitions import SYSTEM
from tests.demo_service import Demo, open_demo
from tests.people import add_mission, add_offer, add_senior, add_volunteer

SENIOR, UNKNOWN = "+33199000000", "+33199005555"
RUNG, LANDLINE = "+33199005001", "+33199005011"
RINGS, RESTS = "Le téléphone sonne", "En attente d'un appel"


@pytest.fixture
def demo(settings: Settings, database: Database, tmp_path: Path) -> Iterator[Demo]:
    with open_demo(settings, database, tmp_path) as found:
        yield found


def take(demo: Demo, **form: str) -> str:
    """A telephone's address."""
    return demo.client.post("/demo/phone", data=form).url.path


def use(demo: Demo, url: str, **form: str) -> str:
    return unescape(demo.client.post(url, data={"action": "say", **form}).text)


def look(demo: Demo, url: str) -> str:
    return unescape(demo.client.get(url).text)


def count(demo: Demo, table: type) -> int:
    with demo.runtime.begin(SYSTEM) as work:
        return work.session.exec(select(func.count()).select_from(table)).one()


@pytest.fixture
def found(demo: Demo) -> UUID:
    """An outing of the senior's that somebody just accepted: their telephone rings."""
    with demo.runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, "+33639985011", first_name="Inès")
        mission = add_mission(work, add_senior(work, RUNG))
        accept_offer(work, add_offer(work, mission, volunteer).id, volunteer.id)
    demo.run_jobs()
    return mission.id


def status_of(demo: Demo, mission_id: UUID) -> str:
    with demo.runtime.begin(SYSTEM) as work:
        return work.session.get_one(MissionRow, mission_id).status


def calls_to(demo: Demo, number: str) -> list[MessageRow]:
    with demo.runtime.begin(SYSTEM) as work:
        return list(
            work.session.exec(
                select(MessageRow).where(
                    MessageRow.channel == "call",
                    MessageRow.recipient_index == work.runtime.keyring.index(number),
                )
            )
        )


def test_a_call_by_plain_forms_books_an_outing(demo: Demo) -> None:
    before = count(demo, RequestRow)
    page = demo.client.post("/demo/phone", data={"person": SENIOR})
    assert page.url.path.startswith("/demo/phone/")
    assert "composez le 15" in page.text or "appelez le 15" in page.text
    url = page.url.path
    use(demo, url, say="je voudrais sortir")
    use(demo, url, action="key-3")
    use(demo, url, say="demain à quinze heures")
    use(demo, url, keys="1")
    last = use(demo, url, say="oui")
    assert "enregistré" in last
    assert "Appel terminé" in last
    assert "La demande est enregistrée" in last
    assert count(demo, RequestRow) == before + 1


def test_a_call_that_begins_while_the_page_is_drawn_shows_on_the_next_look(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = take(demo, person=SENIOR, action="wait")
    lists = Bell.list_ringing

    def rings_just_then(bell: Bell, number: str | None = None) -> object:
        monkeypatch.undo()
        use(demo, url, action="call")
        return lists(bell, number)

    monkeypatch.setattr(Bell, "list_ringing", rings_just_then)
    assert RESTS in look(demo, url)
    assert "Appel en cours" in look(demo, url)


def test_what_the_line_understood_is_shown_as_the_call_goes_on(demo: Demo) -> None:
    url = take(demo, person=SENIOR)
    assert "Rien encore." in look(demo, url)
    page = use(demo, url, say="demain à quinze heures chez le kiné avec mon déambulateur")
    for shown in ("Rendez-vous médical", "Mercredi 25 novembre à 15 heures", "Déambulateur"):
        assert shown in page
    page = use(demo, url, say="anglais s'il vous plaît, do you speak English")
    assert "Anglais" in page
    assert 'lang="en"' in page


def test_a_withheld_number_a_silence_and_hanging_up_are_played_too(demo: Demo) -> None:
    page = demo.client.post("/demo/phone", data={"person": ""})
    assert "Numéro masqué" in page.text
    assert "Vous ne dites rien." in use(demo, page.url.path, action="silence")
    assert "Appel terminé" in use(demo, page.url.path, action="hang_up")
    # A page left open can still send its form.
    assert "Appel terminé" in use(demo, page.url.path, say="allô ?")
    with demo.runtime.begin(SYSTEM) as work:
        assert work.session.exec(select(CallRow).where(col(CallRow.ended_at).is_not(None))).one()


def test_keys_wait_until_the_line_has_as_many_as_it_takes(demo: Demo) -> None:
    url = take(demo, number=UNKNOWN)
    use(demo, url, action="key-3")
    page = use(demo, url, action="key-1")
    assert "Touches : <strong>1</strong>" in page
    page = use(demo, url, action="key-5")
    assert "Touches 15" in page
    assert "Touches : <strong>" not in page


def test_a_key_alone_is_sent_when_no_other_follows(demo: Demo) -> None:
    url = take(demo, number=UNKNOWN)
    use(demo, url, action="key-3")
    use(demo, url, action="key-0")
    page = use(demo, url)
    assert "Touche 0" in page
    assert "Quelqu'un décroche" in page


def test_a_number_nobody_can_have_is_refused(demo: Demo) -> None:
    assert demo.client.post("/demo/phone", data={"number": "allô"}).status_code == 422
    assert demo.client.post("/demo/phone", data={"person": "allô"}).status_code == 422
    url = take(demo, person=SENIOR)
    assert demo.client.post(url, data={"keys": "abc"}).status_code == 422


def test_the_telephone_left_alone_longest_makes_room(demo: Demo) -> None:
    first = take(demo, person=SENIOR)
    for _ in range(MAX_TELEPHONES):
        take(demo, person="+33199000001", action="wait")
    assert demo.client.get(first).status_code == 404


def test_only_the_telephone_may_listen_to_the_microphone(demo: Demo) -> None:
    url = take(demo, person=SENIOR, action="wait")
    assert "microphone=(self)" in demo.client.get(url).headers["Permissions-Policy"]
    assert "microphone=()" in demo.client.get("/demo/phone").headers["Permissions-Policy"]


def test_the_team_is_rung_and_somebody_picks_up(demo: Demo) -> None:
    url = take(demo, person=SENIOR)
    assert "fait sonner" in use(demo, url, say="je veux parler à quelqu'un")
    page = use(demo, url, action="team_takes")
    assert "Pour prendre l'appel" in page
    assert "en relation" in page
    with demo.runtime.begin(SYSTEM) as work:
        assert work.session.exec(select(CallRow)).one().taken_at is not None


def test_the_team_is_rung_and_nobody_picks_up(demo: Demo) -> None:
    url = take(demo, person=SENIOR)
    use(demo, url, say="je veux parler à quelqu'un")
    page = use(demo, url, action="team_away")
    assert "rappelle" in page
    assert "en relation" not in page


def test_the_telephone_rings_when_somebody_is_found(demo: Demo, found: UUID) -> None:
    url = take(demo, person=RUNG, action="wait")
    page = look(demo, url)
    assert RINGS in page
    assert "Inès" not in page
    page = use(demo, url, action="pick_up")
    assert page.count("Inès viendra") == 2
    assert "Répondez avec une touche." in page
    page = use(demo, url, action="key-1")
    assert "c'est bien noté" in page
    assert "Touche 1 : oui" in page
    assert RESTS not in page
    assert [message.answer for message in calls_to(demo, RUNG)] == ["1"]
    assert RINGS not in look(demo, url)
    assert status_of(demo, found) == MissionStatus.ACCEPTED


def test_2_calls_the_outing_off_and_0_rings_the_team(demo: Demo, found: UUID) -> None:
    url = take(demo, person=RUNG, action="wait")
    use(demo, url, action="pick_up")
    assert "annulé" in use(demo, url, action="key-2")
    assert status_of(demo, found) == MissionStatus.CANCELLED
    with demo.runtime.begin(SYSTEM) as work:
        repeat = Repeat(until=work.now + rings_for("not_yet").again)
        queue_call(work, RUNG, "Bonjour.", "not_yet", "test", repeat=repeat)
    demo.run_jobs()
    use(demo, url, action="pick_up")
    assert "fait sonner" in use(demo, url, action="key-0")
    assert "en relation" in use(demo, url, action="team_takes")


def test_a_call_refused_rings_again_later(demo: Demo, found: UUID) -> None:
    url = take(demo, person=RUNG, action="wait")
    assert RESTS in use(demo, url, action="refuse")
    assert [message.heard_at for message in calls_to(demo, RUNG)] == [None]
    demo.client.post(
        "/demo/clock", json={"advance_s": int(rings_for("found").again.total_seconds())}
    )
    demo.run_jobs()
    assert RINGS in look(demo, url)


def test_a_call_that_nobody_picks_up_stops_ringing(demo: Demo, found: UUID) -> None:
    url = take(demo, person=RUNG, action="wait")
    demo.client.post("/demo/clock", json={"advance_s": int(RINGS_FOR.total_seconds())})
    assert RESTS in look(demo, url)


def test_a_line_that_is_busy_does_not_ring(demo: Demo, found: UUID) -> None:
    url = take(demo, person=RUNG)
    assert "Appel en cours" in look(demo, url)
    assert RINGS in use(demo, url, action="hang_up")


def test_every_telephone_that_rings_is_listed_and_picked_up_there(demo: Demo, found: UUID) -> None:
    for page in (demo.client.get("/demo/phone"), demo.client.get("/demo/phone/ringing")):
        assert page.text.count("Décrocher") == 1
        assert "01 99 00 50 01" in page.text
    assert "Un téléphone sonne" in demo.client.get("/demo").text
    page = demo.client.post("/demo/phone", data={"number": RUNG, "action": "pick_up"})
    assert "Inès viendra" in page.text
    assert "Décrocher" not in demo.client.get("/demo/phone/ringing").text


def test_a_code_is_heard_by_telephone(demo: Demo) -> None:
    phone = demo.client.get("/demo/people").json()["volunteers"][0]["phone"]
    demo.client.post("/v1/auth/codes", json={"phone": phone, "channel": "call"})
    demo.run_jobs()
    url = take(demo, number=phone, action="wait")
    assert RINGS in look(demo, url)
    page = use(demo, url, action="pick_up")
    assert "Votre code est" in page
    assert "Appel terminé" in page
    assert RINGS not in look(demo, url)


def test_a_volunteer_without_a_smartphone_accepts_by_telephone(demo: Demo) -> None:
    with demo.runtime.begin(SYSTEM) as work:
        volunteer = add_volunteer(work, LANDLINE)
        mission = add_mission(work, add_senior(work, RUNG))
        offer = add_offer(work, mission, volunteer)
        text, repeat = "Pour accepter, faites le 1.", Repeat(until=mission.starts_at)
        queue_call(work, LANDLINE, text, "offer", "test", repeat=repeat, offer_id=offer.id)
    demo.run_jobs()
    url = take(demo, number=LANDLINE, action="wait")
    use(demo, url, action="pick_up")
    assert "La sortie est à vous" in use(demo, url, action="key-1")
    assert status_of(demo, mission.id) == MissionStatus.ACCEPTED


def test_an_offer_that_another_took_stops_ringing(demo: Demo) -> None:
    with demo.runtime.begin(SYSTEM) as work:
        first, second = add_volunteer(work, LANDLINE), add_volunteer(work, "+33639985012")
        mission = add_mission(work, add_senior(work, RUNG))
        offer, other = add_offer(work, mission, first), add_offer(work, mission, second)
        text, repeat = "Pour accepter, faites le 1.", Repeat(until=mission.starts_at)
        queue_call(work, LANDLINE, text, "offer", "test", repeat=repeat, offer_id=offer.id)
    demo.run_jobs()
    url = take(demo, number=LANDLINE, action="wait")
    assert RINGS in look(demo, url)
    with demo.runtime.begin(SYSTEM) as work:
        accept_offer(work, work.session.get_one(OfferRow, other.id).id, second.id)
    assert RINGS not in look(demo, url)


def test_a_call_is_picked_up_by_another_telephone_once(demo: Demo, found: UUID) -> None:
    answer = demo.client.post("/demo/calls/pick-up", json={"phone": "01 99 00 50 01"})
    assert answer.status_code == 200
    picked_up = answer.json()
    assert (picked_up["from"], picked_up["to"]) == (demo.runtime.settings.phone_number, RUNG)
    (message,) = calls_to(demo, RUNG)
    assert f"/phone/answer?message={message.id}" in picked_up["twiml"]
    again = demo.client.post("/demo/calls/pick-up", json={"phone": RUNG})
    assert again.status_code == 204
    assert RINGS not in look(demo, take(demo, person=RUNG, action="wait"))


@pytest.mark.parametrize("body", [{}, {"phone": "allô"}, {"phone": RUNG, "also": 1}])
def test_picking_up_nobodys_telephone_is_refused(demo: Demo, body: dict[str, object]) -> None:
    assert demo.client.post("/demo/calls/pick-up", json=body).status_code == 422
