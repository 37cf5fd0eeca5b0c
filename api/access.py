"""Who may see and do what, in which state: one table, and what is not in it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from matcher.domain.errors import NotAllowed, SignInRefused
from matcher.domain.lifecycle import MissionStatus
from matcher.services.sign_in import Person
from matcher.store.tables import MissionRow, PersonKind


class Who(StrEnum):
    """Who may call a route."""

    ANYONE = "anyone"
    VOLUNTEER = "volunteer"
    COORDINATOR = "coordinator"
    TWILIO = "twilio"


Rule = frozenset[Who]

_ANYONE: Rule = frozenset({Who.ANYONE})
_VOLUNTEER: Rule = frozenset({Who.VOLUNTEER})
_COORDINATOR: Rule = frozenset({Who.COORDINATOR})
_SIGNED_IN: Rule = _VOLUNTEER | _COORDINATOR
_TWILIO: Rule = frozenset({Who.TWILIO})

ACCESS: Mapping[tuple[str, str], Rule] = MappingProxyType(
    {
        ("GET", "/healthz"): _ANYONE,
        ("GET", "/readyz"): _ANYONE,
        ("GET", "/metrics"): _ANYONE,
        ("POST", "/phone/voice"): _TWILIO,
        ("POST", "/phone/turn"): _TWILIO,
        ("POST", "/phone/dial"): _TWILIO,
        ("POST", "/phone/whisper"): _TWILIO,
        ("POST", "/phone/partner"): _TWILIO,
        ("POST", "/phone/joined"): _TWILIO,
        ("POST", "/phone/voicemail"): _TWILIO,
        ("POST", "/phone/answer"): _TWILIO,
        ("POST", "/phone/status"): _TWILIO,
        ("POST", "/phone/sms"): _TWILIO,
        ("POST", "/phone/fallback"): _TWILIO,
        ("GET", "/v1/openapi.json"): _ANYONE,
        ("GET", "/v1/docs"): _ANYONE,
        ("POST", "/v1/auth/codes"): _ANYONE,
        ("POST", "/v1/auth/sessions"): _ANYONE,
        ("DELETE", "/v1/auth/sessions/current"): _SIGNED_IN,
        ("GET", "/v1/me"): _VOLUNTEER,
        ("PATCH", "/v1/me"): _VOLUNTEER,
        ("PUT", "/v1/me/availability"): _VOLUNTEER,
        ("POST", "/v1/me/exceptions"): _VOLUNTEER,
        ("DELETE", "/v1/me/exceptions/{exception_id}"): _VOLUNTEER,
        ("PUT", "/v1/me/presence"): _VOLUNTEER,
        ("DELETE", "/v1/me/presence"): _VOLUNTEER,
        ("GET", "/v1/me/push-subscription"): _VOLUNTEER,
        ("PUT", "/v1/me/push-subscription"): _VOLUNTEER,
        ("DELETE", "/v1/me/push-subscription"): _VOLUNTEER,
        ("GET", "/v1/offers"): _VOLUNTEER,
        ("POST", "/v1/offers/{offer_id}/accept"): _VOLUNTEER,
        ("POST", "/v1/offers/{offer_id}/decline"): _VOLUNTEER,
        ("GET", "/v1/missions"): _VOLUNTEER,
        ("GET", "/v1/missions/mine"): _VOLUNTEER,
        ("GET", "/v1/missions/{mission_id}"): _VOLUNTEER,
        ("POST", "/v1/missions/{mission_id}/accept"): _VOLUNTEER,
        ("POST", "/v1/missions/{mission_id}/withdraw"): _VOLUNTEER,
        ("POST", "/v1/missions/{mission_id}/start"): _VOLUNTEER,
        ("POST", "/v1/missions/{mission_id}/complete"): _VOLUNTEER,
        ("POST", "/v1/missions/{mission_id}/report"): _VOLUNTEER,
        ("POST", "/v1/missions/{mission_id}/confirm"): _VOLUNTEER,
        ("POST", "/v1/missions/{mission_id}/no-show"): _VOLUNTEER,
        ("POST", "/v1/missions/{mission_id}/not-again"): _VOLUNTEER,
        ("GET", "/v1/places"): _VOLUNTEER,
        ("POST", "/v1/coordination/auth/sessions"): _ANYONE,
        ("GET", "/v1/coordination/missions"): _COORDINATOR,
        ("GET", "/v1/coordination/missions/{mission_id}"): _COORDINATOR,
        ("GET", "/v1/coordination/missions/{mission_id}/ranking"): _COORDINATOR,
        ("POST", "/v1/coordination/missions/{mission_id}/verify"): _COORDINATOR,
        ("POST", "/v1/coordination/missions/{mission_id}/place"): _COORDINATOR,
        ("POST", "/v1/coordination/missions/{mission_id}/time"): _COORDINATOR,
        ("POST", "/v1/coordination/missions/{mission_id}/cancel"): _COORDINATOR,
        ("POST", "/v1/coordination/missions/{mission_id}/reopen"): _COORDINATOR,
        ("POST", "/v1/coordination/missions/{mission_id}/release"): _COORDINATOR,
        ("POST", "/v1/coordination/missions/{mission_id}/no-show"): _COORDINATOR,
        ("PUT", "/v1/coordination/seniors/{senior_id}/refusals/{volunteer_id}"): _COORDINATOR,
        ("DELETE", "/v1/coordination/seniors/{senior_id}/refusals/{volunteer_id}"): _COORDINATOR,
        ("PUT", "/v1/coordination/volunteers/{volunteer_id}/refusals/{senior_id}"): _COORDINATOR,
        ("DELETE", "/v1/coordination/volunteers/{volunteer_id}/refusals/{senior_id}"): _COORDINATOR,
        ("PUT", "/v1/coordination/volunteers/{volunteer_id}/suspension"): _COORDINATOR,
        ("DELETE", "/v1/coordination/volunteers/{volunteer_id}/suspension"): _COORDINATOR,
        ("POST", "/v1/coordination/plan"): _COORDINATOR,
        ("GET", "/v1/coordination/coverage"): _COORDINATOR,
        ("POST", "/v1/coordination/coverage/what-if"): _COORDINATOR,
        ("GET", "/v1/coordination/tasks"): _COORDINATOR,
        ("POST", "/v1/coordination/tasks/{task_id}/done"): _COORDINATOR,
        ("GET", "/v1/coordination/series"): _COORDINATOR,
        ("POST", "/v1/coordination/series/{request_id}/stop"): _COORDINATOR,
        ("GET", "/v1/coordination/campaign-templates"): _COORDINATOR,
        ("GET", "/v1/coordination/campaigns"): _COORDINATOR,
        ("POST", "/v1/coordination/campaigns"): _COORDINATOR,
        ("GET", "/v1/coordination/campaigns/{campaign_id}"): _COORDINATOR,
        ("POST", "/v1/coordination/campaigns/{campaign_id}/stop"): _COORDINATOR,
        ("POST", "/v1/coordination/campaign-calls/{call_id}/reached"): _COORDINATOR,
        ("GET", "/v1/coordination/digest"): _COORDINATOR,
        ("GET", "/"): _ANYONE,
        ("GET", "/service-worker.js"): _ANYONE,
        ("GET", "/console"): _COORDINATOR,
        ("GET", "/console/board"): _COORDINATOR,
        ("GET", "/console/stream"): _COORDINATOR,
        ("GET", "/console/week"): _COORDINATOR,
        ("POST", "/console/tasks/{task_id}/done"): _COORDINATOR,
        ("GET", "/console/missions/{mission_id}"): _COORDINATOR,
        ("POST", "/console/missions/{mission_id}/cancel"): _COORDINATOR,
        ("POST", "/console/missions/{mission_id}/places"): _COORDINATOR,
        ("POST", "/console/missions/{mission_id}/place"): _COORDINATOR,
        ("POST", "/console/missions/{mission_id}/refuse"): _COORDINATOR,
        ("POST", "/console/missions/{mission_id}/allow"): _COORDINATOR,
        ("POST", "/console/missions/{mission_id}/{action}"): _COORDINATOR,
        ("GET", "/console/volunteers"): _COORDINATOR,
        ("GET", "/console/volunteers/{volunteer_id}"): _COORDINATOR,
        ("POST", "/console/volunteers/{volunteer_id}/suspend"): _COORDINATOR,
        ("POST", "/console/volunteers/{volunteer_id}/bring-back"): _COORDINATOR,
        ("GET", "/console/campaigns"): _COORDINATOR,
        ("POST", "/console/campaigns"): _COORDINATOR,
        ("GET", "/console/campaigns/{campaign_id}"): _COORDINATOR,
        ("POST", "/console/campaigns/{campaign_id}/stop"): _COORDINATOR,
        ("POST", "/console/campaign-calls/{call_id}/reached"): _COORDINATOR,
        ("GET", "/console/series"): _COORDINATOR,
        ("POST", "/console/series/{request_id}/stop"): _COORDINATOR,
        ("GET", "/console/digest"): _COORDINATOR,
        ("GET", "/console/sign-in"): _ANYONE,
        ("POST", "/console/sign-in"): _ANYONE,
        ("POST", "/console/sign-out"): _ANYONE,
        ("GET", "/demo"): _ANYONE,
        ("GET", "/demo/messages"): _ANYONE,
        ("GET", "/demo/people"): _ANYONE,
        ("POST", "/demo/clock"): _ANYONE,
        ("POST", "/demo/advance"): _ANYONE,
        ("GET", "/demo/phone"): _ANYONE,
        ("POST", "/demo/phone"): _ANYONE,
        ("GET", "/demo/phone/{key}"): _ANYONE,
        ("POST", "/demo/phone/{key}"): _ANYONE,
    }
)
"""Who may call each route, by method and path template; Twilio signs, people sign in."""

_ROLES: Mapping[PersonKind, Who] = MappingProxyType(
    {PersonKind.VOLUNTEER: Who.VOLUNTEER, PersonKind.STAFF: Who.COORDINATOR}
)


def check_access(method: str, path: str, person: Person | None) -> None:
    """Let through whoever the table lets call `method` on the route template `path`.

    Raises:
        SignInRefused: nobody is signed in and somebody has to be.
        NotAllowed: it is for others, or the route has no rule.
    """
    rule = ACCESS.get((method, path), frozenset())
    if Who.ANYONE in rule:
        return
    if person is None and rule & _SIGNED_IN:
        raise SignInRefused("Connectez-vous pour continuer.")
    if person is None or _ROLES.get(person.kind) not in rule:
        raise NotAllowed


@dataclass(frozen=True, slots=True)
class DetailsPolicy:
    """When the exact details of a mission are shown to the volunteer who holds it.

    Attributes:
        lead: from this long before the start, or from the acceptance when that is later; None
            shows them from the acceptance on.
        after_end: until this long after the end, and in any case while the outing lasts.
    """

    lead: timedelta | None = None
    after_end: timedelta = timedelta(hours=2)


DETAILS = DetailsPolicy()

_SHOWN_IN = frozenset({MissionStatus.ACCEPTED, MissionStatus.IN_PROGRESS, MissionStatus.COMPLETED})


def may_see_details(
    mission: MissionRow, volunteer_id: UUID, now: datetime, policy: DetailsPolicy = DETAILS
) -> bool:
    """Whether this volunteer may see the address, the name and the rest of it, at `now`."""
    if mission.volunteer_id != volunteer_id or mission.status not in _SHOWN_IN:
        return False
    if policy.lead is not None and now < mission.starts_at - policy.lead:
        return False
    under_way = mission.status == MissionStatus.IN_PROGRESS
    return under_way or now <= mission.ends_at + policy.after_end
