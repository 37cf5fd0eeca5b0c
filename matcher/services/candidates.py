"""Who could be asked: the walk, the order and the chance of a yes, as the policies see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matcher.domain.eligibility import Rejection, Rule, Sifted, Walk, assess, sift
from matcher.domain.geo import distance_m
from matcher.domain.people import Outing, Purpose, Volunteer
from matcher.domain.ranking import Ranked, rank
from matcher.domain.waves import (
    Candidate,
    Expectation,
    OutingFacts,
    expectation,
    open_time,
)
from matcher.services.policies import ELIGIBILITY, RANKING, WAVES
from matcher.services.roll import Enrolled, outing_of
from matcher.services.walks import walks_to
from matcher.services.work import Work
from matcher.store.tables import MissionRow


def walk_to(work: Work, outing: Outing, volunteers: Iterable[Volunteer]) -> Walk:
    """The walking time from each home to the outing, along the streets where they were asked."""
    return walks_to(work, [one.home for one in volunteers], outing.meeting_point)


def sift_for(work: Work, outing: Outing, volunteers: Sequence[Volunteer]) -> tuple[Sifted, Walk]:
    """Who of them could go and why each of the others cannot, with the walks that were counted."""
    walk = walk_to(work, outing, volunteers)
    zone = work.runtime.settings.zone
    sifted = sift(outing, volunteers, now=work.now, zone=zone, walk=walk, policy=ELIGIBILITY)
    return sifted, walk


def assess_for(
    work: Work, outing: Outing, volunteer: Volunteer, walk: Walk, rules: frozenset[Rule]
) -> Rejection | None:
    """The first of `rules` that keeps them from it, or None."""
    return assess(
        outing,
        volunteer,
        now=work.now,
        zone=work.runtime.settings.zone,
        walk=walk,
        policy=ELIGIBILITY,
        rules=rules,
    )


def order(
    work: Work, outing: Outing, kept: tuple[Volunteer, ...], walk: Walk
) -> tuple[Ranked, ...]:
    """Those kept, best first, each with reasons."""
    return rank(
        outing,
        kept,
        now=work.now,
        walk=walk,
        policy=RANKING,
        zone=work.runtime.settings.zone,
    )


def facts_of(mission: MissionRow) -> OutingFacts:
    """What the waves go by, of the outing."""
    return OutingFacts(
        mission.starts_at,
        medical=mission.purpose == Purpose.MEDICAL,
        opened_at=mission.opened_at,
    )


def candidate(outing: Outing, enrolled: Enrolled) -> Candidate:
    """What the waves go by, of one volunteer."""
    volunteer = enrolled.volunteer
    return Candidate(
        volunteer_id=volunteer.id,
        walk_m=distance_m(volunteer.home, outing.meeting_point),
        max_walk_m=volunteer.max_walk_m,
        met=volunteer.id in outing.senior.circle,
        alerts_7d=volunteer.alerts_7d,
        alerts_today=enrolled.alerts_today,
        missions_7d=enrolled.missions_7d,
        missions_30d=enrolled.missions_30d,
        missions_90d=enrolled.missions_90d,
        offers_seen=enrolled.offers_seen,
        yes=enrolled.yes,
        answers=enrolled.answers,
        answer_min=enrolled.answer_min,
        demand=enrolled.demand,
    )


def expected(work: Work, mission: MissionRow, enrolled: Enrolled) -> Expectation:
    """How likely this volunteer is to say yes, asked now."""
    outing = outing_of(work, mission)
    left = open_time(work.now, mission.deadline_at, WAVES, work.runtime.settings.zone)
    return expectation(facts_of(mission), candidate(outing, enrolled), work.now, left, WAVES)
