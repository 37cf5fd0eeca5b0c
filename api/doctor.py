"""Whether a running service has what it needs, and what to do when it has not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import func, text
from sqlmodel import select

from matcher.domain.addresses import AddressFound, StreetFound
from matcher.domain.geo import VOLUNTEER_KMH
from matcher.geocoding.ban import GeocoderUnavailable
from matcher.ports import NumberBook, SendingFailed, TravelTimesUnavailable
from matcher.services.work import Runtime, Work
from matcher.settings import Settings
from matcher.store.tables import AddressRow, StaffRow, ZoneRow
from matcher.store.transitions import SYSTEM

STALE_S = 60
"""A worker that has not shown itself for so long is taken for dead; they do every 10 s."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    fine: bool
    text: str

    def to_json(self) -> dict[str, object]:
        """As JSON values."""
        return {"fine": self.fine, "text": self.text}


def examine(runtime: Runtime, numbers: NumberBook) -> list[Finding]:
    """Everything worth a look before people ring.

    `numbers` is asked when there are credentials, the address and route services when they are
    configured: about doors of the gazetteer, nobody's in particular.
    """
    with runtime.begin(SYSTEM) as work:
        findings = [
            Finding(True, "Base de données : joignable, à jour."),
            *_settings(runtime.settings),
            *_stored(work),
            *_jobs(work),
        ]
    return [
        *findings,
        _second_opinion(runtime),
        _travel_times(runtime),
        _notifications(runtime),
        *_telephone(runtime.settings, numbers),
    ]


def _settings(settings: Settings) -> Iterator[Finding]:
    yield _finding(
        bool(settings.secret_keys.get_secret_value()),
        "Clés : données par l'environnement.",
        "Clés : fichier local. En production, COMPAGNIE_SECRET_KEYS et COMPAGNIE_INDEX_KEY.",
    )
    yield _finding(
        settings.public_url.startswith("https://"),
        "Adresse publique : en https.",
        "Adresse publique : COMPAGNIE_PUBLIC_URL doit commencer par https://.",
    )
    yield _finding(
        bool(settings.coordinator_numbers),
        "Coordination : des numéros à faire sonner.",
        "Coordination : COMPAGNIE_COORDINATOR_NUMBERS est vide, personne ne décrochera.",
    )


def _notifications(runtime: Runtime) -> Finding:
    """A key that cannot be read has ended the start already."""
    if runtime.pusher is None:
        return Finding(True, "Notifications : sans clé, les demandes partent par SMS.")
    return Finding(True, "Notifications : la clé est lisible.")


def _stored(work: Work) -> Iterator[Finding]:
    addresses = work.session.exec(select(func.count()).select_from(AddressRow)).one()
    approximate = work.session.exec(
        select(func.count()).select_from(ZoneRow).where(ZoneRow.approximate)
    ).one()
    staff = work.session.exec(select(func.count()).select_from(StaffRow)).one()
    yield _finding(
        addresses > 0,
        f"Adresses : {addresses}.",
        "Adresses : le petit répertoire intégré. Importez le fichier officiel : "
        "compagnie import addresses.",
    )
    yield _finding(
        approximate == 0,
        "Zones : officielles.",
        "Zones : approximatives. Importez le fichier officiel : compagnie import zones.",
    )
    yield _finding(
        staff > 0,
        f"Comptes de coordination : {staff}.",
        "Aucun compte de coordination : compagnie user create.",
    )


def _jobs(work: Work) -> Iterator[Finding]:
    alive, failed = work.session.execute(
        text(
            "SELECT (SELECT count(*) FROM procrastinate_workers"
            "        WHERE last_heartbeat > now() - make_interval(secs => :stale)),"
            "       (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed')"
        ),
        {"stale": STALE_S},
    ).one()
    yield _finding(
        alive > 0,
        f"Travaux : {alive} en marche.",
        "Travaux : rien ne les fait, aucun message ne part. Lancez compagnie worker.",
    )
    yield _finding(
        failed == 0,
        "Travaux : aucun en échec.",
        f"Travaux : {failed} en échec. Voyez procrastinate_jobs, status 'failed'.",
    )


def _second_opinion(runtime: Runtime) -> Finding:
    if runtime.second_opinion is None:
        return Finding(True, "Adresses en ligne : non configurées, le répertoire décide seul.")
    door = next(iter(runtime.atlas.gazetteer))
    try:
        found = runtime.second_opinion.find(door.label)
    except GeocoderUnavailable as error:
        return Finding(
            False,
            f"Adresses en ligne : le service n'a pas répondu comme une BAN ({error}). "
            "Vérifiez COMPAGNIE_BAN_URL.",
        )
    return _finding(
        isinstance(found, AddressFound | StreetFound),
        "Adresses en ligne : le service répond et connaît le territoire.",
        f"Adresses en ligne : le service répond, mais ne connaît pas le {door.label}. "
        "COMPAGNIE_BAN_URL est-elle une BAN ou un addok de ce territoire ?",
    )


def _travel_times(runtime: Runtime) -> Finding:
    if runtime.travel_times is None:
        return Finding(True, "Temps de marche : Valhalla non configuré, ils sont estimés.")
    points = [door.point for door in islice(runtime.atlas.gazetteer, 2)]
    try:
        times = runtime.travel_times.list_walking_times_s(points, points[0], VOLUNTEER_KMH)
    except TravelTimesUnavailable as error:
        return Finding(
            False,
            f"Temps de marche : Valhalla n'a pas répondu comme prévu ({error}), ils sont estimés. "
            "Vérifiez COMPAGNIE_VALHALLA_URL, et que sa carte couvre le territoire.",
        )
    return _finding(
        None not in times,
        "Temps de marche : Valhalla répond et connaît le territoire.",
        "Temps de marche : Valhalla répond, mais ne trouve pas de chemin d'une porte d'ici à "
        "l'autre. Sa carte couvre-t-elle le territoire ?",
    )


def _telephone(settings: Settings, numbers: NumberBook) -> Iterator[Finding]:
    if not (settings.twilio_account_sid and settings.twilio_auth_token.get_secret_value()):
        yield Finding(
            False, "Twilio : COMPAGNIE_TWILIO_ACCOUNT_SID et COMPAGNIE_TWILIO_AUTH_TOKEN manquent."
        )
        for what, path in _WEBHOOKS:
            yield Finding(True, f"Twilio, à régler : {what}, {settings.public_url}{path} en POST.")
        yield Finding(True, f"Twilio, à régler : {_FALLBACK_ADVICE}")
        return
    try:
        setup = numbers.find(settings.phone_number)
    except SendingFailed as error:
        yield Finding(False, f"Twilio : le numéro n'a pas pu être vérifié ({error}).")
        return
    if setup is None:
        yield Finding(
            False,
            f"Twilio : {settings.phone_number} n'est pas à ce compte (COMPAGNIE_PHONE_NUMBER).",
        )
        return
    if setup.overridden:
        yield Finding(
            False, "Twilio : une application ou un trunk est réglé sur le numéro. Enlevez-le."
        )
    for (what, path), found in zip(_WEBHOOKS, (setup.voice, setup.status, setup.sms), strict=True):
        wanted = (f"{settings.public_url}{path}", "POST")
        yield _finding(
            found == wanted,
            f"Twilio, {what} : {' en '.join(wanted)}.",
            f"Twilio, {what} : mettez {' en '.join(wanted)}. {_now(*found)}",
        )
    url, method = setup.fallback
    yield _finding(
        bool(url) and not url.startswith(settings.public_url),
        f"Twilio, secours : {url} en {method}. Le document est celui de compagnie fallback.",
        f"Twilio, secours : {_FALLBACK_ADVICE} {_now(url, method)}",
    )


_WEBHOOKS = (
    ("un appel arrive", "/phone/voice"),
    ("l'état de l'appel change", "/phone/status"),
    ("un SMS arrive", "/phone/sms"),
)
_FALLBACK_ADVICE = (
    "l'adresse où vous hébergez, ailleurs, le document que donne compagnie fallback, en GET."
)


def _now(url: str, method: str) -> str:
    return f"Actuellement : {url} en {method}." if url else "Actuellement : rien."


def _finding(fine: bool, yes: str, no: str) -> Finding:
    return Finding(fine, yes if fine else no)
