"""What a call leaves behind: a request with its mission, or something for a coordinator to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from matcher.domain.addresses import Address
from matcher.domain.lifecycle import LIVE_MISSIONS, MissionStatus
from matcher.domain.people import Need, Purpose
from matcher.domain.waves import hand_over_at
from matcher.services import texts
from matcher.services.missions import schedule_step
from matcher.services.policies import WAVES
from matcher.services.roll import address_of
from matcher.services.senior_news import tell_senior
from matcher.services.tasks import add_task
from matcher.services.work import Job, Work
from matcher.store.tables import (
    AskedBy,
    FileStatus,
    MissionRow,
    RequestRow,
    SeniorRow,
    TaskKind,
)

CALL_BACK_FROM = time(8, 30)
CALL_BACK_UNTIL = time(20, 0)
CALL_BACK_DELAY = timedelta(hours=4)
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
NOBODY_YET = "Rappel promis : personne n'a encore accepté."
NOT_VERIFIED_YET = "Rappel promis : la demande n'est pas encore vérifiée."
PLACE_WANTED = "Adresse non comprise : rappeler, puis placer le lieu sur la carte."
SHORTEST_PROMISE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Booking:
    """A confirmed request, as understood on the telephone.

    `address` is where to meet, or None for the senior's home; one that was spoken gets a second
    opinion afterwards, understood or not. With `every_weeks` it is the first of a series,
    on `weekdays` from 0, Monday, or on its own day. `for_other` is a request
    by somebody else than the senior, whose number is the caller's and identifies nobody.
    With `place_unknown` the words heard told no address: a coordinator puts it on the map.
    `access_notes` are how to get in there.
    """

    senior_id: UUID | None
    phone: str | None
    purpose: Purpose
    starts_at: datetime
    ends_at: datetime
    address: Address | None
    needs: frozenset[Need]
    words: tuple[str, ...]
    promised_call_at: datetime
    call_id: UUID | None
    first_name: str = ""
    for_other: bool = False
    every_weeks: int | None = None
    weekdays: tuple[int, ...] = ()
    place_unknown: bool = False
    access_notes: str = ""


def promised_call_at(now: datetime, zone: ZoneInfo, starts_at: datetime | None = None) -> datetime:
    """By when a caller is called back: four hours of daytime from `now`, on the quarter before.

    Never after the mission's own deadline, and never at night.
    """
    local = now.astimezone(zone)
    opening = datetime.combine(local.date(), CALL_BACK_FROM, zone)
    closing = datetime.combine(local.date(), CALL_BACK_UNTIL, zone)
    if local < opening:
        local, closing = opening, closing
    at = local + CALL_BACK_DELAY
    if at > closing:
        tomorrow = local.date() + timedelta(days=1)
        at = datetime.combine(tomorrow, time(12, 0), zone)
        if closing - local >= CALL_BACK_DELAY / 2:
            at = closing
    at = at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)
    if starts_at is not None:
        at = min(at, max(hand_over_at(starts_at, now, WAVES), now + SHORTEST_PROMISE))
    return at


def book(work: Work, booking: Booking) -> MissionRow:
    """Record the request and its mission, and let dispatch begin; a repeat of the call's is found.

    Somebody the service does not know gets a file of their own, waiting with the mission until a
    coordinator has called back.
    """
    if booking.call_id is not None:
        earlier = work.session.exec(
            select(MissionRow)
            .join(RequestRow, col(RequestRow.id) == col(MissionRow.request_id))
            .where(RequestRow.call_id == booking.call_id)
        ).first()
        if earlier is not None:
            return earlier
    known = booking.senior_id is not None
    senior = _senior(work, booking)
    request = RequestRow(
        id=work.new_id(),
        created_at=work.now,
        senior_id=senior.id,
        call_id=booking.call_id,
        asked_by=(AskedBy.SENIOR if known else AskedBy.CALLER).value,
        purpose=booking.purpose.value,
        words=list(booking.words),
        promised_call_at=booking.promised_call_at,
        recurrence=weekly_rule(booking.every_weeks, booking.weekdays),
        repeats_from=None if booking.every_weeks is None else booking.starts_at,
    )
    work.session.add(request)
    work.session.flush()
    mission = _mission(work, booking, senior, request)
    work.note("request", request.id, "booked")
    promise(work, mission, booking.promised_call_at)
    if mission.status == MissionStatus.OPEN:
        schedule_step(work, mission, work.now)
        go_on_with_series(work, request)
    else:
        schedule_step(work, mission, mission.deadline_at)
        add_task(
            work,
            TaskKind.VERIFY_REQUEST,
            PLACE_WANTED if booking.place_unknown else "Nouvelle demande : rappeler pour vérifier.",
            due_at=booking.promised_call_at,
            mission_id=mission.id,
            senior_id=senior.id,
            call_id=booking.call_id,
            details={"words_heard": list(booking.words)} if booking.place_unknown else None,
        )
    spoken = booking.address is not None or booking.place_unknown
    if spoken and work.runtime.second_opinion is not None:
        work.defer(Job.CHECK_ADDRESS, mission_id=str(mission.id))
    return mission


def weekly_rule(every_weeks: int | None, weekdays: tuple[int, ...] = ()) -> str | None:
    """The rule of an outing that comes back, as in RFC 5545; None for a single one."""
    if every_weeks is None:
        return None
    days = f";BYDAY={','.join(_DAYS[day] for day in weekdays)}" if weekdays else ""
    return f"FREQ=WEEKLY;INTERVAL={every_weeks}{days}"


def go_on_with_series(work: Work, request: RequestRow) -> None:
    """Make the next outings of one that comes back: the round of tomorrow may be late for them."""
    if request.recurrence is not None:
        work.defer(Job.EXTEND_SERIES, request_id=str(request.id))


def promise(work: Work, mission: MissionRow, at: datetime) -> None:
    """The senior has news of the mission by `at`, whatever it is."""
    work.defer(Job.KEEP_PROMISE, at=at, mission_id=str(mission.id), due=at.isoformat())


def keep_promise(work: Work, mission_id: UUID, due: datetime | None) -> None:
    """The promised time has come: if nobody said yes yet, tell the senior and a coordinator.

    Nor has anybody whose outing was moved since, and who did not confirm. A promise is kept once,
    and each one of a mission that was promised twice.
    """
    mission = work.session.exec(
        select(MissionRow).where(col(MissionRow.id) == mission_id).with_for_update()
    ).one()
    looking = mission.status in (MissionStatus.OPEN, MissionStatus.TO_VERIFY)
    unsure = mission.status == MissionStatus.ACCEPTED and mission.confirm_by is not None
    if not looking and not unsure:
        return
    unverified = mission.status == MissionStatus.TO_VERIFY
    add_task(
        work,
        TaskKind.PROMISE_DUE,
        NOT_VERIFIED_YET if unverified else NOBODY_YET,
        mission_id=mission.id,
        senior_id=mission.senior_id,
    )
    occasion = "" if due is None else due.isoformat()
    news = texts.to_verify if unverified else texts.still_looking
    tell_senior(work, mission, "not_yet", news, occasion)


def has_live_mission(work: Work, senior_id: UUID) -> bool:
    """Whether something is under way for this senior."""
    return (
        work.session.exec(
            select(MissionRow.id).where(
                MissionRow.senior_id == senior_id,
                col(MissionRow.status).in_([status.value for status in LIVE_MISSIONS]),
            )
        ).first()
        is not None
    )


def _senior(work: Work, booking: Booking) -> SeniorRow:
    if booking.senior_id is not None:
        return work.session.get_one(SeniorRow, booking.senior_id)
    if booking.address is None and not booking.place_unknown:
        raise ValueError("a request from somebody unknown needs an address")
    home = booking.address
    zone = None if home is None else work.runtime.atlas.territory.find_zone(home.point)
    senior = SeniorRow(
        id=work.new_id(),
        created_at=work.now,
        status=FileStatus.TO_VERIFY.value,
        first_name=booking.first_name,
        phone=booking.phone,
        phone_index=(
            None
            if booking.phone is None or booking.for_other
            else work.runtime.keyring.index(booking.phone)
        ),
        home=None if home is None else home.to_json(),
        access_notes=booking.access_notes,
        zone_code=None if zone is None else zone.code,
        needs=sorted(booking.needs),
    )
    work.session.add(senior)
    work.session.flush()
    return senior


def _mission(work: Work, booking: Booking, senior: SeniorRow, request: RequestRow) -> MissionRow:
    meeting, zone = None, None
    if not booking.place_unknown:
        meeting = senior.home if booking.address is None else booking.address.to_json()
        if meeting is None:
            raise ValueError("a senior without an address cannot be met at home")
        zone = work.runtime.atlas.territory.find_zone(address_of(meeting).point)
    ready = senior.status == FileStatus.ACTIVE and meeting is not None
    status = MissionStatus.OPEN if ready else MissionStatus.TO_VERIFY
    mission = MissionRow(
        id=work.new_id(),
        created_at=work.now,
        request_id=request.id,
        senior_id=senior.id,
        status=status.value,
        purpose=booking.purpose.value,
        needs=sorted(booking.needs | {Need(need) for need in senior.needs}),
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        deadline_at=hand_over_at(booking.starts_at, work.now, WAVES),
        opened_at=work.now,
        meeting=meeting,
        # The new file of somebody unknown has them already.
        access_notes=None if booking.senior_id is None else booking.access_notes or None,
        zone_code=None if zone is None else zone.code,
    )
    work.session.add(mission)
    work.session.flush()
    work.note("mission", mission.id, "created")
    return mission
