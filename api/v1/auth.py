"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from api.problems import domain_problem
from api.v1.deps import SIGNED_IN, OpenWork, bearer_token
from api.v1.idempotency import IdempotentRoute
from api.v1.schemas import CodeCreate, CodeSent, SessionCreate, SessionPublic
from matcher.domain.errors import DomainError
from matcher.services import sign_in
from matcher.store.tables import Channel

router = APIRouter(tags=["connexion"])
sessions = APIRouter(tags=["connexion"], route_class=IdempotentRoute, dependencies=[SIGNED_IN])


@router.post("/auth/codes", status_code=202, response_model=CodeSent)
def create_code(body: CodeCreate, work: OpenWork) -> CodeSent | JSONResponse:
    """Recevoir un code à six chiffres, par SMS ou par appel."""
    channel = None if body.channel is None else Channel(body.channel)
    refusal = sign_in.send_code(work, body.phone, channel)
    if refusal is not None:
        return domain_problem(refusal)
    return CodeSent(valid_for_s=int(sign_in.POLICY.code_life.total_seconds()))


@router.post("/auth/sessions", status_code=201, response_model=SessionPublic)
def create_session(body: SessionCreate, work: OpenWork) -> SessionPublic | JSONResponse:
    """Échanger le code contre un jeton."""
    outcome = sign_in.open_session(work, body.phone, body.code)
    if isinstance(outcome, DomainError):
        return domain_problem(outcome)
    return SessionPublic(token=outcome)


@sessions.delete("/auth/sessions/current", status_code=204)
def delete_session(request: Request, work: OpenWork) -> Response:
    """Se déconnecter."""
    token = bearer_token(request)
    if token is not None:
        sign_in.sign_out(work, token)
    return Response(status_code=204)
