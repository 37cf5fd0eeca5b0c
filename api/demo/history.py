"""Three weeks of outings that are over, and those already promised for the days to come.

It is history: it goes in as rows, with the lines the journal would have kept and the answers people
would have given. Every status is one that the lifecycle's table leads to.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from api.demo.people import People, demo_id, pick
from matcher.domain import lifecycle
from matcher.domain.availability import Availability, DatedException, Interval, WeeklyWindow
from matcher.domain.geo import VOLUNTEER_KMH, Point, Territory, distance_m, walking_minutes
from matcher.domain.lifecycle import MissionEvent, MissionStatus, OfferEvent, OfferStatus
from matcher.domain.people import SKILL_FOR_NEED, Need, Purpose, VettingStep
from matcher.domain.timeline import REMINDERS, Step
from matcher.domain.waves import (
    Candidate,
    OutingFacts,
    WavePolicy,
    expectation,
    hand_over_at,
    offer_expires_at,
)
from matcher.services.intake import weekly_rule
from matcher.services.roll import address_of
from matcher.services.texts import CODE_WORDS
from matcher.store.tables import (
    ActorKind,
    AskedBy,
    BondKind,
    BondRow,
    EventRow,
    MissionRow,
    OfferRow,
    RequestRow,
    SeniorRow,
    VolunteerRow,
)

DAYS_BACK = 21
DAYS_AHEAD = 2
WEEKDAY_OUTINGS = 7
WEEKEND_OUTINGS = 3
HOURS = (time(9), time(10), time(10, 30), time(14), time(14, 30), time(15), time(16))
ASKED_AT = time(9, 20)
PURPOSES = (
    (Purpose.MEDICAL, 0.34),
    (Purpose.WALK, 0.22),
    (Purpose.SHOPPING, 0.18),
    (Purpose.LEISURE, 0.12),
    (Purpose.ADMINISTRATIVE, 0.08),
    (Purpose.VISIT, 0.06),
)
RING_FIRST = 5
"""So many seniors, the first of `/demo/people`, have no outing to come."""

WAVE = 5
WAVES = 3
SAYS_YES = 0.3
SAYS_NO = 0.2
CALLED_OFF = 0.05
NOT_THERE = 0.02
GETS_ON_WELL = 0.6
EVERY_WEEKS = 3
POLICY = WavePolicy()


@dataclass(frozen=True, slots=True)
class History:
    """Rows to insert in this order; the events in the order they happened."""

    requests: list[RequestRow] = field(default_factory=list)
    missions: list[MissionRow] = field(default_factory=list)
    offers: list[OfferRow] = field(default_factory=list)
    bonds: dict[tuple[UUID, UUID], BondRow] = field(default_factory=dict)
    events: list[EventRow] = field(default_factory=list)


def make_history(
    rng: np.random.Generator, people: People, territory: Territory, now: datetime, zone: ZoneInfo
) -> History:
    """The outings around `now`, one a week at most for each senior."""
    chronicle = _Chronicle(rng, people, territory, now, zone)
    today = now.astimezone(zone).date()
    for offset in range(-DAYS_BACK, DAYS_AHEAD + 1):
        day = today + timedelta(days=offset)
        for _ in range(WEEKDAY_OUTINGS if day.weekday() < 5 else WEEKEND_OUTINGS):
            chronicle.add_outing(day)
    chronicle.add_older_ties()
    chronicle.let_one_come_back()
    chronicle.history.events.sort(key=lambda event: event.at)
    return chronicle.history


class _Chronicle:
    """Writes the history down, outing by outing."""

    def __init__(
        self,
        rng: np.random.Generator,
        people: People,
        territory: Territory,
        now: datetime,
        zone: ZoneInfo,
    ) -> None:
        self.history = History()
        self._rng, self._territory, self._now, self._zone = rng, territory, now, zone
        self._seniors = people.seniors
        # The line greets whoever is expected otherwise, and a visitor rings as these.
        self._first = set(sorted(senior.id for senior in people.seniors)[:RING_FIRST])
        self._weeks: dict[UUID, set[tuple[int, int]]] = defaultdict(set)
        self._taken: dict[UUID, list[Interval]] = defaultdict(list)
        steps: dict[UUID, int] = defaultdict(int)
        for check in people.checks:
            steps[check.volunteer_id] += 1
        self._volunteers = [
            one for one in people.volunteers if one.active and steps[one.id] == len(VettingStep)
        ]
        windows: dict[UUID, list[WeeklyWindow]] = defaultdict(list)
        for window in people.windows:
            weekly = WeeklyWindow(window.weekday, window.start, window.end)
            windows[window.volunteer_id].append(weekly)
        exceptions: dict[UUID, list[DatedException]] = defaultdict(list)
        for kept in people.exceptions:
            dated = DatedException(kept.day, kept.start, kept.end, kept.free)
            exceptions[kept.volunteer_id].append(dated)
        self._availability = {
            one.id: Availability(tuple(windows[one.id]), tuple(exceptions[one.id]))
            for one in self._volunteers
        }

    def add_outing(self, day: date) -> None:
        """One outing on `day`, for a senior who has none that week."""
        week = day.isocalendar()[:2]
        to_come = day >= self._now.astimezone(self._zone).date()
        free = [
            senior
            for senior in self._seniors
            if week not in self._weeks[senior.id] and not (to_come and senior.id in self._first)
        ]
        if not free:
            return
        senior = pick(self._rng, free)
        starts_at = datetime.combine(day, pick(self._rng, HOURS), self._zone)
        outing = Interval(starts_at, starts_at + timedelta(hours=pick(self._rng, (1.5, 2.0, 2.5))))
        mission = self._mission(senior, outing)
        self._weeks[senior.id].add(week)
        accepted = self._ask_around(mission, senior, outing)
        if accepted is None and outing.start > self._now:
            return  # nothing that is still being looked for is invented here
        self._keep(mission, accepted)

    def add_older_ties(self) -> None:
        """Seniors without a familiar face know the nearest volunteer from before."""
        known = {senior_id for senior_id, _ in self.history.bonds}
        for senior in self._seniors:
            if senior.id not in known:
                home = _home(senior)
                nearest = min(
                    self._volunteers, key=lambda one: distance_m(Point(one.lat, one.lon), home)
                )
                self._tie(senior.id, nearest.id, self._now - timedelta(days=60))

    def let_one_come_back(self) -> None:
        """The last outing that went well, of a senior with none to come, is one of a series.

        The next one is made some days from now: a demo that just begins shows nothing but what
        its visitor does.
        """
        last = {one.senior_id: one for one in sorted(self.history.missions, key=_by_start)}
        over = [one for one in last.values() if one.status == MissionStatus.COMPLETED]
        if over:
            mission = max(over, key=_by_start)
            request = next(one for one in self.history.requests if one.id == mission.request_id)
            request.recurrence, request.repeats_from = weekly_rule(EVERY_WEEKS), mission.starts_at

    def _mission(self, senior: SeniorRow, outing: Interval) -> MissionRow:
        rng = self._rng
        number = len(self.history.missions)
        asked_day = outing.start.astimezone(self._zone).date() - timedelta(
            days=int(rng.integers(2, 7))
        )
        asked_at = datetime.combine(asked_day, ASKED_AT, self._zone) + timedelta(
            minutes=int(rng.integers(0, 420))
        )
        asked_at = min(asked_at, self._now - timedelta(hours=4, minutes=number % 50))
        purposes = [purpose for purpose, _ in PURPOSES]
        chosen = rng.choice(len(purposes), p=[share for _, share in PURPOSES])
        identity = demo_id("mission", f"{senior.id}/{outing.start.isoformat()}")
        return MissionRow(
            id=identity,
            created_at=asked_at,
            request_id=demo_id("request", identity),
            senior_id=senior.id,
            status=MissionStatus.OPEN.value,
            purpose=purposes[int(chosen)].value,
            needs=senior.needs,
            starts_at=outing.start,
            ends_at=outing.end,
            deadline_at=hand_over_at(outing.start, asked_at, POLICY),
            opened_at=asked_at,
            meeting=senior.home or {},
            zone_code=senior.zone_code,
        )

    def _ask_around(
        self, mission: MissionRow, senior: SeniorRow, outing: Interval
    ) -> OfferRow | None:
        """Ask wave after wave until one says yes; everybody's offer is kept with its end."""
        near = self._suitable(senior, outing)
        offers: list[OfferRow] = []
        accepted = None
        for wave in range(WAVES):
            sent_at = mission.created_at + timedelta(minutes=45 * wave)
            asked = [
                self._offer(mission, one, walk_m, wave + 1, sent_at)
                for walk_m, one in near[WAVE * wave : WAVE * (wave + 1)]
            ]
            offers += asked
            answers = [offer for offer in asked if self._answer(offer)]
            if answers:
                accepted = min(answers, key=lambda offer: offer.answered_at or sent_at)
                break
        for offer in offers:
            _close(offer, accepted)
        if accepted is not None or outing.start <= self._now:
            self.history.offers.extend(offers)
        return accepted

    def _suitable(self, senior: SeniorRow, outing: Interval) -> list[tuple[float, VolunteerRow]]:
        """Who could have gone, roughly the nearest first."""
        home = _home(senior)
        skills = {SKILL_FOR_NEED.get(Need(need)) for need in senior.needs} - {None}
        found = []
        for one in self._volunteers:
            walk_m = distance_m(Point(one.lat, one.lon), home)
            if walk_m > one.max_walk_m or not skills <= set(one.skills):
                continue
            if any(outing.overlaps(taken) for taken in self._taken[one.id]):
                continue
            if self._availability[one.id].is_free(outing.start, outing.end, self._zone):
                found.append((walk_m, one))
        spread = self._rng.uniform(0.7, 1.3, len(found))
        order = sorted(range(len(found)), key=lambda index: found[index][0] * spread[index])
        return [found[index] for index in order]

    def _offer(
        self, mission: MissionRow, one: VolunteerRow, walk_m: float, wave: int, sent_at: datetime
    ) -> OfferRow:
        facts = OutingFacts(mission.starts_at, medical=mission.purpose == Purpose.MEDICAL)
        candidate = Candidate(one.id, walk_m=walk_m, max_walk_m=one.max_walk_m)
        expected = expectation(facts, candidate, sent_at, mission.deadline_at - sent_at, POLICY)
        home, meeting = Point(one.lat, one.lon), address_of(mission.meeting).point
        walk_s = round(self._territory.walking_time_s(home, meeting, VOLUNTEER_KMH))
        return OfferRow(
            id=demo_id("offer", f"{mission.id}/{one.id}"),
            mission_id=mission.id,
            volunteer_id=one.id,
            wave=wave,
            status=OfferStatus.SENT.value,
            sent_at=sent_at,
            expires_at=offer_expires_at(sent_at, mission.deadline_at, POLICY),
            walk_s=walk_s,
            context=expected.context,
            chance=expected.chance,
            reasons=[f"À {walking_minutes(walk_s)} minutes à pied de chez vous."],
        )

    def _answer(self, offer: OfferRow) -> bool:
        """Let the volunteer answer within the wave, or not; whether it is a yes."""
        draw = self._rng.random()
        if draw < SAYS_YES + SAYS_NO:
            offer.answered_at = offer.sent_at + timedelta(minutes=int(self._rng.integers(2, 40)))
        offer.said_yes = bool(draw < SAYS_YES)
        return offer.said_yes

    def _keep(self, mission: MissionRow, accepted: OfferRow | None) -> None:
        """Write the mission down as it ended, or as it stands."""
        history = self.history
        history.requests.append(
            RequestRow(
                id=mission.request_id,
                created_at=mission.created_at,
                senior_id=mission.senior_id,
                asked_by=AskedBy.SENIOR.value,
                purpose=mission.purpose,
                promised_call_at=mission.created_at + timedelta(hours=4),
            )
        )
        history.missions.append(mission)
        self._note(mission.created_at, "mission", mission.id, "created", ActorKind.CALLER)
        self._note_offers(mission)
        if accepted is None:
            self._step(mission, mission.deadline_at, MissionEvent.GIVE_UP)
            return
        accepted_at = accepted.answered_at or accepted.sent_at
        walk = timedelta(seconds=accepted.walk_s)
        mission.volunteer_id, mission.accepted_at = accepted.volunteer_id, accepted_at
        mission.walk_s = accepted.walk_s
        mission.busy_from, mission.busy_until = mission.starts_at - walk, mission.ends_at + walk
        mission.code_word = CODE_WORDS[mission.id.int % len(CODE_WORDS)]
        self._taken[accepted.volunteer_id].append(Interval(mission.busy_from, mission.busy_until))
        # Who was told before the demo began is not told again.
        mission.steps_done = [step.value for step in Step if step in REMINDERS]
        who = accepted.volunteer_id
        self._step(mission, accepted_at, MissionEvent.ACCEPT, who)
        if mission.starts_at <= self._now:
            self._live_through(mission, who)

    def _live_through(self, mission: MissionRow, who: UUID) -> None:
        draw = self._rng.random()
        if draw < CALLED_OFF:
            at = mission.starts_at - timedelta(hours=3)
            self._step(mission, at, MissionEvent.CANCEL)
            return
        if draw < CALLED_OFF + NOT_THERE:
            self._step(mission, mission.starts_at, MissionEvent.MARK_NO_SHOW)
            return
        started = mission.starts_at
        self._step(mission, started, MissionEvent.START, who)
        if mission.ends_at > self._now:
            return
        self._step(mission, mission.ends_at, MissionEvent.COMPLETE, who)
        mission.completed_at = mission.closed_at = mission.ends_at
        if self._rng.random() < GETS_ON_WELL:
            self._tie(mission.senior_id, who, mission.ends_at)

    def _tie(self, senior_id: UUID, volunteer_id: UUID, since: datetime) -> None:
        self.history.bonds.setdefault(
            (senior_id, volunteer_id),
            BondRow(
                senior_id=senior_id,
                volunteer_id=volunteer_id,
                kind=BondKind.CIRCLE.value,
                since=since,
            ),
        )

    def _step(
        self,
        mission: MissionRow,
        at: datetime,
        event: MissionEvent,
        who: UUID | None = None,
    ) -> None:
        change = lifecycle.apply(MissionStatus(mission.status), event, at)
        mission.status = change.after.value
        kind = ActorKind.SYSTEM if who is None else ActorKind.VOLUNTEER
        before, after = change.before.value, change.after.value
        self._note(at, "mission", mission.id, change.event, kind, who, before, after)

    def _note_offers(self, mission: MissionRow) -> None:
        for offer in self.history.offers:
            if offer.mission_id != mission.id:
                continue
            self._note(offer.sent_at, "offer", offer.id, "sent", ActorKind.SYSTEM)
            event = _EVENTS[OfferStatus(offer.status)]
            own = offer.status in (OfferStatus.ACCEPTED, OfferStatus.DECLINED)
            self._note(
                offer.answered_at or offer.expires_at,
                "offer",
                offer.id,
                event.value,
                ActorKind.VOLUNTEER if own else ActorKind.SYSTEM,
                offer.volunteer_id if own else None,
                OfferStatus.SENT.value,
                offer.status,
            )

    def _note(
        self,
        at: datetime,
        entity: str,
        entity_id: UUID,
        kind: str,
        actor: ActorKind,
        who: UUID | None = None,
        before: str | None = None,
        after: str | None = None,
    ) -> None:
        self.history.events.append(
            EventRow(
                at=at,
                actor_kind=actor.value,
                actor_id=who,
                entity=entity,
                entity_id=entity_id,
                kind=kind,
                before=before,
                after=after,
                data={},
            )
        )


_EVENTS = {
    OfferStatus.ACCEPTED: OfferEvent.ACCEPT,
    OfferStatus.DECLINED: OfferEvent.DECLINE,
    OfferStatus.EXPIRED: OfferEvent.EXPIRE,
    OfferStatus.WITHDRAWN: OfferEvent.WITHDRAW,
}


def _close(offer: OfferRow, accepted: OfferRow | None) -> None:
    """Give an offer the end it had once the winner, if any, had said yes."""
    taken_at = None if accepted is None else accepted.answered_at
    if offer is accepted:
        event = OfferEvent.ACCEPT
    elif offer.answered_at is not None and not offer.said_yes:
        event = OfferEvent.DECLINE
    elif taken_at is None:
        event, offer.answered_at = OfferEvent.EXPIRE, offer.expires_at
    else:
        event, offer.answered_at = OfferEvent.WITHDRAW, taken_at
    ended_at = offer.answered_at or offer.expires_at
    offer.status = lifecycle.apply(OfferStatus(offer.status), event, ended_at).after.value


def _home(senior: SeniorRow) -> Point:
    return address_of(senior.home or {}).point


def _by_start(mission: MissionRow) -> tuple[datetime, UUID]:
    return mission.starts_at, mission.id
