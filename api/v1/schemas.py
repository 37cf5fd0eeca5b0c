"""The shapes of the volunteers' API."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from matcher.domain.hours import OpenState
from matcher.domain.lifecycle import MissionStatus, OfferStatus
from matcher.domain.people import Need, Purpose, Skill

_UUID = "2f1f3c1e-6a0b-4a58-9d2b-6f1f0a3f5c11"
_HOUR = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


def _only_text(value: Any) -> Any:
    """Times come as ISO 8601 text: numbers, which could be taken for timestamps, do not pass."""
    if not isinstance(value, str):
        raise ValueError("text is expected")
    return value


def _hour(value: Any) -> time:
    if not isinstance(value, str) or _HOUR.fullmatch(value) is None:
        raise ValueError("an hour is written HH:MM")
    return time.fromisoformat(value)


HourText = Annotated[str, Field(pattern=f"^{_HOUR.pattern}$")]
WallTime = Annotated[time, BeforeValidator(_hour, json_schema_input_type=HourText)]
Day = Annotated[date, BeforeValidator(_only_text)]
Instant = Annotated[AwareDatetime, BeforeValidator(_only_text)]
Count = Annotated[int, Field(strict=True)]
Language = Literal["fr", "en", "es", "pt", "it", "ar", "zh", "de"]


class Sent(BaseModel):
    """What a device sends: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class CodeCreate(Sent):
    """Asking for a one-time code."""

    phone: str = Field(min_length=3, max_length=40, examples=["06 12 34 56 78"])
    channel: Literal["sms", "call"] | None = Field(
        default=None,
        description="Par SMS ou par appel ; sans choix, par appel sur un téléphone fixe.",
        examples=["sms"],
    )


class CodeSent(BaseModel):
    """The answer, the same whether somebody has this number or not."""

    valid_for_s: int = Field(examples=[600])


class SessionCreate(Sent):
    """Signing in with the code that came."""

    phone: str = Field(min_length=3, max_length=40, examples=["06 12 34 56 78"])
    code: str = Field(pattern="^[0-9]{6}$", examples=["123456"])


class SessionPublic(BaseModel):
    """A token, to be sent as `Authorization: Bearer`."""

    token: str


class WindowCreate(Sent):
    """Free every week on this day; an end at or before the start is on the next day."""

    weekday: Count = Field(ge=0, le=6, description="0 est lundi.", examples=[1])
    start: WallTime = Field(examples=["09:00"])
    end: WallTime = Field(examples=["12:30"])


class WindowPublic(BaseModel):
    """A weekly window, in the territory's time."""

    weekday: int = Field(examples=[1])
    start: str = Field(examples=["09:00"])
    end: str = Field(examples=["12:30"])


class AvailabilityUpdate(Sent):
    """The whole week, in the place of the one before."""

    windows: list[WindowCreate] = Field(max_length=50)


class ExceptionCreate(Sent):
    """A day unlike the others, whole when it has no hours."""

    day: Day = Field(examples=["2026-12-24"])
    start: WallTime | None = Field(default=None, examples=["14:00"])
    end: WallTime | None = Field(default=None, examples=["18:00"])
    free: bool = Field(strict=True, examples=[False])


class ExceptionPublic(BaseModel):
    """A dated exception."""

    id: UUID = Field(examples=[_UUID])
    day: date = Field(examples=["2026-12-24"])
    start: str | None = Field(examples=["14:00"])
    end: str | None = Field(examples=["18:00"])
    free: bool = Field(examples=[False])


class PresenceUpdate(Sent):
    """Free now, until this instant. The place is checked; walks are counted from home for now."""

    free_until: Instant = Field(examples=["2026-11-24T18:00:00+01:00"])
    lat: float | None = Field(default=None, ge=-90, le=90, examples=[48.8725])
    lon: float | None = Field(default=None, ge=-180, le=180, examples=[2.313])


class MeUpdate(Sent):
    """What is given changes, the rest stays."""

    max_walk_m: Count | None = Field(
        default=None, ge=100, le=20000, multiple_of=100, examples=[2000]
    )
    weekly_cap: Count | None = Field(default=None, ge=0, le=50, examples=[2])
    languages: list[Language] | None = Field(
        default=None, min_length=1, max_length=8, examples=[["fr", "en"]]
    )


class MePublic(BaseModel):
    """The volunteer's own file."""

    id: UUID = Field(examples=[_UUID])
    first_name: str = Field(examples=["Lucas"])
    last_name: str = Field(examples=["Moreau"])
    phone: str = Field(examples=["+33612345678"])
    zone: str | None = Field(examples=["Paris 8e"])
    vetted: bool
    max_walk_m: int = Field(examples=[2000])
    weekly_cap: int = Field(examples=[2])
    languages: list[str] = Field(examples=[["fr"]])
    skills: list[Skill]
    free_until: datetime | None = Field(examples=[None])
    windows: list[WindowPublic]
    exceptions: list[ExceptionPublic]


class PresencePublic(MePublic):
    """The volunteer's own file, and which street they are taken to be near.

    `near_street` is made from the place sent and kept nowhere: it is null without a place, where
    no known door is near, and when the call is repeated with its `Idempotency-Key`.
    """

    near_street: str | None = Field(examples=["rue du Faubourg Saint-Honoré, dans le huitième"])


class PushKeys(Sent):
    """What a notification is encrypted for, in base64url."""

    p256dh: str = Field(pattern="^[A-Za-z0-9_-]{87}=?$", examples=["B" + "N" * 86])
    auth: str = Field(pattern="^[A-Za-z0-9_-]{22}(==)?$", examples=["k" * 22])


class PushSubscriptionUpdate(Sent):
    """What the browser's `PushSubscription.toJSON()` says; its time of expiry is not needed."""

    endpoint: str = Field(
        min_length=10, max_length=1000, examples=["https://fcm.googleapis.com/fcm/send/abc"]
    )
    expirationTime: float | None = None  # noqa: N815 - the browser's own name
    keys: PushKeys


class PushSubscriptionPublic(BaseModel):
    """`server_key` is null where no notification is sent, `endpoint` while no browser has any."""

    server_key: str | None = Field(examples=["B" + "A" * 86])
    endpoint: str | None = Field(examples=[None])


class MissionPublic(BaseModel):
    """An outing. The last fields are there only for the volunteer who holds it, while it lasts."""

    id: UUID = Field(examples=[_UUID])
    status: MissionStatus
    starts_at: datetime = Field(examples=["2026-11-25T15:00:00+01:00"])
    ends_at: datetime = Field(examples=["2026-11-25T17:00:00+01:00"])
    purpose: Purpose
    needs: list[Need]
    zone: str | None = Field(examples=["Paris 8e"])
    walk_minutes: int = Field(
        description="À pied ; arrondi aux 5 minutes au-dessus avant l'acceptation.", examples=[10]
    )
    senior_initial: str = Field(examples=["O."])
    address: str | None = Field(
        default=None, examples=["55 rue du Faubourg Saint-Honoré, 75008 Paris"]
    )
    access_notes: str | None = Field(default=None, examples=["Digicode 1234A"])
    senior_name: str | None = Field(default=None, examples=["Odette Lambert"])
    code_word: str | None = Field(default=None, examples=["tilleul"])
    confirm_by: datetime | None = Field(
        default=None,
        description="La sortie a changé : dire avant cet instant si on vient toujours.",
        examples=["2026-11-25T12:00:00+01:00"],
    )
    call_link: str | None = Field(default=None, examples=["tel:+33185000000"])


class OfferPublic(BaseModel):
    """An outing proposed to the volunteer, blurred."""

    id: UUID = Field(examples=[_UUID])
    mission_id: UUID = Field(examples=[_UUID])
    status: OfferStatus
    reasons: list[str] = Field(examples=[["Vous habitez tout près."]])
    expires_at: datetime = Field(examples=["2026-11-24T21:00:00+01:00"])
    mission: MissionPublic


class ReportCreate(Sent):
    """How it went."""

    answer: Literal["well", "mixed", "problem"]
    note: str = Field(default="", max_length=2000, examples=["Une belle promenade."])


class PlacePublic(BaseModel):
    """An association, service or activity. `null` is what nobody knows yet."""

    id: UUID = Field(examples=[_UUID])
    name: str = Field(examples=["Café des aînés"])
    category: str = Field(examples=["rencontre"])
    description: str = Field(examples=["On y boit un café et on y parle."])
    address: str
    zone: str | None = Field(examples=["Paris 8e"])
    phone: str = Field(examples=["+33142000000"])
    hours: str = Field(examples=["du lundi au vendredi de 14 h à 18 h"])
    state: OpenState = Field(description="Maintenant, ou au début de la sortie demandée.")
    step_free: bool | None
    seats: bool | None
    toilets: bool | None
    audience: str = Field(examples=["les personnes âgées"])
    verified_on: date | None = Field(examples=["2026-10-03"])
    valid_until: date | None = Field(examples=[None])
    walk_minutes: int = Field(
        description="De chez moi ; du rendez-vous et au pas de la personne avec une sortie.",
        examples=[12],
    )
    told: list[str] = Field(
        description="À dire à la personne, phrase par phrase.",
        examples=[["Ouvert jusqu'à 17 heures.", "L'entrée est sans marche."]],
    )
