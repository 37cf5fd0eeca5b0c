"""What volunteers say about themselves: how far, how often, when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func
from sqlmodel import col, select

from matcher.domain.availability import DatedException, WeeklyWindow
from matcher.domain.errors import InvalidInput, NotFound
from matcher.domain.geo import Point
from matcher.domain.people import LANGUAGES, VettingStep
from matcher.services.work import Work
from matcher.store.tables import (
    AvailabilityExceptionRow,
    AvailabilityWindowRow,
    VettingCheckRow,
    VolunteerRow,
)

MAX_WINDOWS = 50
MAX_EXCEPTIONS = 200
LONGEST_PRESENCE = timedelta(hours=24)
FARTHEST_EXCEPTION = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Me:
    """A volunteer's own file, with their availability in order of day and hour."""

    volunteer: VolunteerRow
    vetted: bool
    windows: Sequence[AvailabilityWindowRow]
    exceptions: Sequence[AvailabilityExceptionRow]


def get_me(work: Work, volunteer_id: UUID) -> Me:
    """The volunteer's own file; past exceptions are left out."""
    today = work.now.astimezone(work.runtime.settings.zone).date()
    return Me(
        volunteer=work.session.get_one(VolunteerRow, volunteer_id),
        vetted=is_vetted(work, volunteer_id),
        windows=work.session.exec(
            select(AvailabilityWindowRow)
            .where(AvailabilityWindowRow.volunteer_id == volunteer_id)
            .order_by(col(AvailabilityWindowRow.weekday), col(AvailabilityWindowRow.start))
        ).all(),
        exceptions=work.session.exec(
            select(AvailabilityExceptionRow)
            .where(
                AvailabilityExceptionRow.volunteer_id == volunteer_id,
                AvailabilityExceptionRow.day >= today,
            )
            .order_by(col(AvailabilityExceptionRow.day), col(AvailabilityExceptionRow.id))
        ).all(),
    )


def get_volunteer(work: Work, volunteer_id: UUID) -> VolunteerRow:
    """A volunteer's file, for a coordinator.

    Raises:
        NotFound: there is no such volunteer.
    """
    volunteer = work.session.get(VolunteerRow, volunteer_id)
    if volunteer is None:
        raise NotFound
    return volunteer


def is_vetted(work: Work, volunteer_id: UUID) -> bool:
    """Whether every step of the vetting was marked seen."""
    seen = work.session.exec(
        select(func.count())
        .select_from(VettingCheckRow)
        .where(VettingCheckRow.volunteer_id == volunteer_id)
    ).one()
    return seen == len(VettingStep)


def update_me(
    work: Work,
    volunteer_id: UUID,
    *,
    max_walk_m: int | None = None,
    weekly_cap: int | None = None,
    languages: Iterable[str] | None = None,
) -> Me:
    """Change what is given and leave the rest.

    Raises:
        InvalidInput: no language, or one that is not in `LANGUAGES`.
    """
    volunteer = _locked(work, volunteer_id)
    if max_walk_m is not None:
        volunteer.max_walk_m = max_walk_m
    if weekly_cap is not None:
        volunteer.weekly_cap = weekly_cap
    if languages is not None:
        spoken = sorted(set(languages))
        if not spoken or not LANGUAGES.keys() >= set(spoken):
            raise InvalidInput("Choisissez au moins une langue de la liste.")
        volunteer.languages = spoken
    work.note("volunteer", volunteer_id, "updated")
    return get_me(work, volunteer_id)


def replace_availability(work: Work, volunteer_id: UUID, windows: Sequence[WeeklyWindow]) -> Me:
    """Put these weekly windows in the place of the old ones.

    Raises:
        InvalidInput: more than `MAX_WINDOWS`.
    """
    if len(windows) > MAX_WINDOWS:
        raise InvalidInput(f"Pas plus de {MAX_WINDOWS} créneaux par semaine.")
    _locked(work, volunteer_id)
    work.session.execute(
        delete(AvailabilityWindowRow).where(col(AvailabilityWindowRow.volunteer_id) == volunteer_id)
    )
    work.session.add_all(
        AvailabilityWindowRow(
            id=work.new_id(),
            volunteer_id=volunteer_id,
            weekday=window.weekday,
            start=window.start,
            end=window.end,
        )
        for window in set(windows)
    )
    work.note("volunteer", volunteer_id, "availability")
    return get_me(work, volunteer_id)


def add_exception(
    work: Work, volunteer_id: UUID, exception: DatedException
) -> AvailabilityExceptionRow:
    """Say that one day is unlike the others.

    Raises:
        InvalidInput: the day is past or too far away, one hour is given without the other, or
            there are `MAX_EXCEPTIONS` already.
    """
    today = work.now.astimezone(work.runtime.settings.zone).date()
    if not today <= exception.day <= today + FARTHEST_EXCEPTION:
        raise InvalidInput("Cette date est passée, ou elle est trop lointaine.")
    if (exception.start is None) != (exception.end is None):
        raise InvalidInput("Donnez les deux heures, ou aucune pour la journée entière.")
    _locked(work, volunteer_id)
    kept = work.session.exec(
        select(func.count())
        .select_from(AvailabilityExceptionRow)
        .where(
            AvailabilityExceptionRow.volunteer_id == volunteer_id,
            AvailabilityExceptionRow.day >= today,
        )
    ).one()
    if kept >= MAX_EXCEPTIONS:
        raise InvalidInput(f"Pas plus de {MAX_EXCEPTIONS} exceptions à venir.")
    row = AvailabilityExceptionRow(
        id=work.new_id(),
        volunteer_id=volunteer_id,
        day=exception.day,
        start=exception.start,
        end=exception.end,
        free=exception.free,
    )
    work.session.add(row)
    work.note("volunteer", volunteer_id, "exception_added")
    return row


def remove_exception(work: Work, volunteer_id: UUID, exception_id: UUID) -> None:
    """Take an exception back.

    Raises:
        NotFound: it is not one of theirs.
    """
    row = work.session.get(AvailabilityExceptionRow, exception_id)
    if row is None or row.volunteer_id != volunteer_id:
        raise NotFound
    work.session.delete(row)
    work.note("volunteer", volunteer_id, "exception_removed")


def set_presence(
    work: Work, volunteer_id: UUID, free_until: datetime, here: Point | None = None
) -> Me:
    """Say "libre maintenant" until `free_until`; where is only checked, walks start at home.

    Raises:
        InvalidInput: not in the next `LONGEST_PRESENCE`, or `here` is outside the territory.
    """
    if not work.now < free_until <= work.now + LONGEST_PRESENCE:
        raise InvalidInput("Choisissez une heure dans les 24 heures qui viennent.")
    if here is not None and not work.runtime.atlas.territory.contains(here):
        raise InvalidInput("Cet endroit est en dehors du territoire.")
    _locked(work, volunteer_id).free_until = free_until
    work.note("volunteer", volunteer_id, "presence_set")
    return get_me(work, volunteer_id)


def clear_presence(work: Work, volunteer_id: UUID) -> None:
    """Take "libre maintenant" back; doing it twice changes nothing."""
    _locked(work, volunteer_id).free_until = None
    work.note("volunteer", volunteer_id, "presence_cleared")


def _locked(work: Work, volunteer_id: UUID) -> VolunteerRow:
    """The volunteer, held until the end: limits on how many things they keep are counted alone."""
    return work.session.exec(
        select(VolunteerRow).where(VolunteerRow.id == volunteer_id).with_for_update(key_share=True)
    ).one()
