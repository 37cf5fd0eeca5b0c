"""Errors as RFC 9457 problem documents: a stable type, words a person can read, nothing echoed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from procrastinate.exceptions import ConnectorException
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from matcher.domain.errors import DomainError, InvalidInput, TooManyAttempts

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5

STATUSES: dict[str, int] = {
    "refused": 409,
    "not-found": 404,
    "not-allowed": 403,
    "invalid": 422,
    "state-conflict": 409,
    "mission-taken": 409,
    "offer-closed": 409,
    "missions-overlap": 409,
    "not-eligible": 409,
    "outside-territory": 422,
    "place-unknown": 409,
    "too-many-attempts": 429,
    "sign-in-refused": 401,
    "import-refused": 422,
}
"""The HTTP status of each domain error, by its slug."""

TITLES: dict[str, str] = {
    "refused": "Action impossible",
    "not-found": "Introuvable",
    "not-allowed": "Accès refusé",
    "invalid": "Demande incorrecte",
    "state-conflict": "Action impossible dans cet état",
    "mission-taken": "Sortie déjà prise",
    "offer-closed": "Proposition fermée",
    "missions-overlap": "Deux sorties en même temps",
    "not-eligible": "Sortie impossible à confier",
    "outside-territory": "Hors du territoire",
    "place-unknown": "Lieu à placer",
    "too-many-attempts": "Trop d'essais",
    "sign-in-refused": "Connexion refusée",
    "import-refused": "Fichier refusé",
    "unavailable": "Service momentanément indisponible",
    "method-not-allowed": "Méthode refusée",
    "request-refused": "Demande refusée",
    "internal": "Erreur interne",
}

SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["/problems/mission-taken"]},
        "title": {"type": "string", "examples": ["Sortie déjà prise"]},
        "status": {"type": "integer", "examples": [409]},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string", "examples": ["body.phone"]},
                    "code": {"type": "string", "examples": ["missing"]},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
"""A problem document as OpenAPI describes it."""

_OUT_OF_REACH = (
    OperationalError,
    InterfaceError,
    PoolTimeout,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    ConnectorException,
    TimeoutError,
)

# pydantic's own sentences may quote what was sent, so that only these are ever answered.
_FIELD_MESSAGES: dict[str, str] = {
    "missing": "Ce champ manque.",
    "extra_forbidden": "Un champ n'est pas connu.",
    "json_invalid": "Le texte envoyé n'est pas du JSON.",
}
_ANY_FIELD_MESSAGE = "Cette valeur n'est pas acceptée."

_HTTP_ERRORS: dict[int, tuple[str, str]] = {
    404: ("not-found", "Introuvable."),
    405: ("method-not-allowed", "Cette adresse ne répond pas à cette méthode."),
}
_ANY_HTTP_ERROR = ("request-refused", "Cette demande n'est pas acceptée.")


def problem(
    slug: str,
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, str]] | None = None,
) -> JSONResponse:
    """One problem document; `errors` names the fields at fault, never their values."""
    body: dict[str, Any] = {
        "type": f"/problems/{slug}",
        "title": TITLES[slug],
        "status": status,
        "detail": detail,
    }
    if errors is not None:
        body["errors"] = list(errors)
    return JSONResponse(body, status, headers, MEDIA_TYPE)


def domain_problem(error: DomainError) -> JSONResponse:
    """The document for an error of the rules."""
    headers: dict[str, str] = {}
    if isinstance(error, TooManyAttempts):
        headers["Retry-After"] = str(error.retry_after_s)
    status = STATUSES[error.slug]
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return problem(error.slug, status, str(error), headers=headers)


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem document."""

    @app.exception_handler(DomainError)
    def on_domain_error(_: Request, error: DomainError) -> JSONResponse:
        return domain_problem(error)

    @app.exception_handler(RequestValidationError)
    def on_invalid_request(_: Request, error: RequestValidationError) -> JSONResponse:
        errors = [_field(one["type"], one["loc"]) for one in error.errors()]
        return problem("invalid", 422, str(InvalidInput()), errors=errors)

    @app.exception_handler(HTTPException)
    def on_http_exception(_: Request, error: HTTPException) -> JSONResponse:
        slug, detail = _HTTP_ERRORS.get(error.status_code, _ANY_HTTP_ERROR)
        return problem(slug, error.status_code, detail, headers=error.headers)

    @app.exception_handler(Exception)
    def on_surprise(_: Request, __: Exception) -> JSONResponse:
        return problem("internal", 500, "Une erreur est survenue. Elle est notée dans le journal.")

    for kind in _OUT_OF_REACH:
        app.add_exception_handler(kind, _on_database_away)


def _on_database_away(_: Request, __: Exception) -> JSONResponse:
    return problem(
        "unavailable",
        503,
        "Nous ne pouvons pas répondre pour le moment. Réessayez dans quelques instants.",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


def _field(kind: str, location: Sequence[str | int]) -> dict[str, str]:
    # The name of an unknown field is the sender's own text, and so is the place in broken JSON.
    known = location[:-1] if kind in ("extra_forbidden", "json_invalid") else location
    return {
        "field": ".".join(str(part) for part in known),
        "code": kind,
        "message": _FIELD_MESSAGES.get(kind, _ANY_FIELD_MESSAGE),
    }
