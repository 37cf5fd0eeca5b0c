"""Which volunteers take notifications in a browser, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from matcher.domain.errors import InvalidInput
from matcher.ports import Subscription
from matcher.services.lives import among
from matcher.services.work import Work
from matcher.store.tables import PushSubscriptionRow, VolunteerRow


def subscribe(work: Work, volunteer_id: UUID, subscription: Subscription) -> None:
    """Send this volunteer's offers to that browser, in the place of the one before.

    Raises:
        InvalidInput: no notification is sent from here, or not to that address.
    """
    if work.runtime.pusher is None:
        raise InvalidInput("Les notifications ne sont pas en service ici.")
    if not _is_known(subscription.endpoint, work.runtime.settings.push_services):
        raise InvalidInput("Ce service de notifications n'est pas connu ici.")
    chosen = {"since": work.now, "subscription": asdict(subscription)}
    work.session.execute(
        insert(PushSubscriptionRow)
        .values(volunteer_id=volunteer_id, **chosen)
        .on_conflict_do_update(index_elements=["volunteer_id"], set_=chosen)
    )
    work.note("volunteer", volunteer_id, "push_subscribed")


def unsubscribe(work: Work, volunteer_id: UUID) -> None:
    """Send this volunteer's offers to the telephone again; doing it twice changes nothing."""
    work.session.execute(
        delete(PushSubscriptionRow).where(col(PushSubscriptionRow.volunteer_id) == volunteer_id)
    )


def list_reached(work: Work, volunteer_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Those of these volunteers who take notifications, each with their E.164 number."""
    if work.runtime.pusher is None:
        return {}
    return dict(
        work.session.exec(
            select(VolunteerRow.id, VolunteerRow.phone)
            .join(PushSubscriptionRow)
            .where(among(col(VolunteerRow.id), volunteer_ids))
        ).all()
    )


def find_subscription(work: Work, volunteer_id: UUID) -> Subscription | None:
    """Where this volunteer takes notifications."""
    row = work.session.get(PushSubscriptionRow, volunteer_id)
    return None if row is None else Subscription(**row.subscription)


def forget(work: Work, volunteer_id: UUID, subscription: Subscription) -> None:
    """That browser takes nothing any more; one that was chosen meanwhile stays."""
    if find_subscription(work, volunteer_id) == subscription:
        unsubscribe(work, volunteer_id)


def _is_known(endpoint: str, services: Sequence[str]) -> bool:
    """Whether this is an address of one of these services, and of nothing else on any network."""
    parts = urlsplit(endpoint)
    named = parts.hostname or ""
    return (
        parts.scheme == "https"
        and parts.netloc == named
        and any(named == one or (one[:1] == "." and named.endswith(one)) for one in services)
    )
