"""Calls we make, as people hear them: golden transcripts over the real service and its webhooks.

After a change of a sentence, `COMPAGNIE_WRITE_TRANSCRIPTS=1 pytest tests/phone/<this file>` writes
what is said now; read the difference as the person who picks up.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select

from matcher.domain.lifecycle import Absent, MissionStatus
from matcher.services import campaigns, visits
from matcher.services.absences import mark_no_show
from matcher.services.acceptance import accept_offer
from matcher.services.changes import change_time
from matcher.services.missions import schedule_step
from matcher.services.rounds import keep_daily_round
from matcher.services.sign_in import send_code
from matcher.services.work import Runtime
from matcher.store.tables import Channel, MessageRow, MissionRow
from matcher.store.transitions import SYSTEM
from phone.simulator.caller import TAKES, Caller
from phone.simulator.calls_out import document_of
from tests.conftest import Worker
from tests.people import add_mission, add_offer, add_senior, add_volunteer
from tests.phone.line import LINE, post_signed

TRANSCRIPTS = Path(__file__).parent / "transcripts" / "calls_out"
SENIOR, VOLUNTEER = "+33199000001", "+33199000011"
TEAM = "+33170000001"
CODE = re.compile(r"\d(?:, \d){5}")


@dataclass
class Scene:
    """A senior and a volunteer, both on a landline, and an outing in four days."""

    client: TestClient
    runtime: Runtime
    worker: Worker
    mission_id: UUID = field(init=False)
    volunteer_id: UUID = field(init=False)

    def __post_init__(self) -> None:
        with self.runtime.begin(SYSTEM) as work:
            self.volunteer_id = add_volunteer(work, VOLUNTEER).id
            senior = add_senior(work, SENIOR)
            starts_at = work.now + timedelta(days=4)
            self.mission_id = add_mission(
                work, senior, starts_at, deadline_at=starts_at - timedelta(hours=12)
            ).id

    def accepted(self) -> None:
        with self.runtime.begin(SYSTEM) as work:
            mission = work.session.get_one(MissionRow, self.mission_id)
            volunteer = add_volunteer(work, "+33199000012", first_name="Lucas")
            self.volunteer_id = volunteer.id
            accept_offer(work, add_offer(work, mission, volunteer).id, volunteer.id)

    def asked(self) -> None:
        with self.runtime.begin(SYSTEM) as work:
            schedule_step(work, work.session.get_one(MissionRow, self.mission_id), work.now)

    def reminded(self) -> None:
        self.accepted()
        self.worker.advance(days=3, hours=9)

    def unconfirmed(self) -> None:
        self.accepted()
        with self.runtime.begin(SYSTEM) as work:
            starts_at = work.session.get_one(MissionRow, self.mission_id).starts_at
            change_time(work, self.mission_id, starts_at + timedelta(hours=1))

    def given_back(self) -> None:
        self.accepted()
        self.worker.advance(days=3, hours=2)
        with self.runtime.begin(SYSTEM) as work:
            visits.withdraw(work, self.mission_id, self.volunteer_id)

    def unfilled(self) -> None:
        self.asked()
        self.worker.advance(days=4)

    def not_there(self) -> None:
        self.accepted()
        self.worker.advance(days=4, minutes=12)

    def late(self) -> None:
        self.not_there()
        self.worker.advance(minutes=10)

    def replaced(self) -> None:
        self.not_there()
        with self.runtime.begin(SYSTEM) as work:
            mark_no_show(work, self.mission_id, Absent.VOLUNTEER)

    def called_off(self) -> None:
        self.accepted()
        with self.runtime.begin(SYSTEM) as work:
            visits.cancel(work, self.mission_id, "unsafe")

    def day_after(self) -> None:
        self.accepted()
        self.worker.advance(days=4)
        with self.runtime.begin(SYSTEM) as work:
            visits.start(work, self.mission_id, self.volunteer_id)
            visits.complete(work, self.mission_id, self.volunteer_id)
            keep_daily_round(work)
        self.worker.advance(hours=23)
        self.worker.advance(hours=3)

    def heat(self) -> None:
        with self.runtime.begin(SYSTEM) as work:
            visits.cancel(work, self.mission_id, "test")
            campaigns.start(work, "Canicule", "heat")

    def code(self) -> None:
        with self.runtime.begin(SYSTEM) as work:
            send_code(work, VOLUNTEER, Channel.CALL)


CALLS: dict[str, tuple[str, Callable[[Scene], None], str, str]] = {
    "somebody_comes": ("Quelqu'un vient : d'accord", Scene.accepted, "found", "1"),
    "somebody_comes_no_thanks": ("Quelqu'un vient : on annule", Scene.accepted, "found", "2"),
    "somebody_comes_a_person": ("Quelqu'un vient : une personne", Scene.accepted, "found", "0"),
    "the_day_before": ("Rappel de la veille", Scene.reminded, "reminder", "1"),
    "looking_again": ("Le bénévole ne peut plus venir", Scene.given_back, "looking_again", "1"),
    "nobody": ("Personne n'est disponible", Scene.unfilled, "unfilled", "1"),
    "late": ("La personne a du retard", Scene.late, "late", "1"),
    "replaced": ("La personne n'est pas venue", Scene.replaced, "replaced", "1"),
    "called_off": ("La sortie est annulée", Scene.called_off, "cancelled", "1"),
    "offer_yes": ("Proposition au bénévole : oui", Scene.asked, "offer", "1"),
    "offer_no": ("Proposition au bénévole : non", Scene.asked, "offer", "2"),
    "changed": ("L'heure change : le bénévole vient toujours", Scene.unconfirmed, "changed", "1"),
    "arrived": ("Le bénévole est-il arrivé ? Oui", Scene.not_there, "arrived", "1"),
    "not_arrived": ("Le bénévole est-il arrivé ? Non", Scene.not_there, "arrived", "2"),
    "the_day_after_well": ("Le lendemain : bien", Scene.day_after, "feedback", "1"),
    "the_day_after_not_well": ("Le lendemain : pas bien", Scene.day_after, "feedback", "2"),
    "heat_well": ("Canicule : tout va bien", Scene.heat, "campaign", "1"),
    "heat_help": ("Canicule : besoin d'aide", Scene.heat, "campaign", "2"),
    "code": ("Un code par téléphone", Scene.code, "sign_in", ""),
}


def newest(runtime: Runtime, purpose: str) -> MessageRow:
    with runtime.begin(SYSTEM) as work:
        query = (
            select(MessageRow)
            .where(MessageRow.channel == Channel.CALL.value, MessageRow.purpose == purpose)
            .order_by(col(MessageRow.queued_at).desc())
        )
        found = work.session.exec(query).first()
    assert found is not None, f"nobody is rung about {purpose}"
    return found


@pytest.mark.parametrize("name", CALLS)
def test_a_call_out_is_heard_as_written(
    client: TestClient, runtime: Runtime, worker: Worker, name: str
) -> None:
    title, begin, purpose, key = CALLS[name]
    scene = Scene(client, runtime, worker)
    begin(scene)
    worker.run()
    message = newest(runtime, purpose)
    assert message.sent_at is not None
    asks = message.repeat_until is not None
    phone = Caller(
        lambda url, form: post_signed(client, url, form),
        call_sid="CA" + "4" * 32,
        team={TEAM: TAKES},
    )
    document = document_of(runtime.settings, message.text, str(message.id) if asks else None)
    phone.pick_up(document, LINE, message.recipient)
    written = [f"# {title}.", "", *(f"LIGNE    {said}" for said in phone.heard)]
    if key:
        before = len(phone.heard)
        phone.press(key)
        written += ["", f"APPELÉ   [touche {key}]", ""]
        written += [f"LIGNE    {said}" for said in phone.heard[before:]]
    written += ["", *(f"[Le {phone.joined} a pris l'appel.]" for _ in [phone.joined] if _)]
    with runtime.begin(SYSTEM) as work:
        mission = work.session.get_one(MissionRow, scene.mission_id)
        if purpose != "campaign":
            written.append(f"[La sortie : {MissionStatus(mission.status).value}.]")
    text = CODE.sub("1, 2, 3, 4, 5, 6", "\n".join(written) + "\n")
    kept = TRANSCRIPTS / f"{name}.txt"
    if os.environ.get("COMPAGNIE_WRITE_TRANSCRIPTS"):
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(text, encoding="utf-8")
    assert kept.read_text(encoding="utf-8") == text


def test_every_transcript_of_a_call_out_is_played() -> None:
    assert {path.stem for path in TRANSCRIPTS.glob("*.txt")} == set(CALLS)
