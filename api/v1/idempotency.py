"""Unsafe calls that may be repeated: with an `Idempotency-Key`, the first answer is given again.

The key is claimed and the answer kept in the call's own transaction, so that what was done and the
answer to it are there together or not at all. A second call with the same key waits on the unique
index until the first one is through.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from starlette.concurrency import run_in_threadpool

from api.v1.present import as_kept, as_shown_now
from matcher.domain.errors import InvalidInput
from matcher.services.work import Work
from matcher.store.tables import IdempotencyRow

HEADER = "Idempotency-Key"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_KEY = re.compile(r"[\x21-\x7e]{1,200}")

_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Un texte choisi par l'appareil : répéter l'appel avec lui redonne la réponse.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]{1,200}$"},
}


class Replay(Exception):
    """The call was answered before; `response` is that answer."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def claim(request: Request, work: Work, owner_id: UUID, body: bytes) -> None:
    """Claim the key of an unsafe call, if it has one, for as long as the transaction lives.

    Raises:
        InvalidInput: the key is malformed, or was used for another call.
        Replay: this very call was answered before.
    """
    key = request.headers.get(HEADER)
    if key is None or request.method in SAFE_METHODS:
        return
    if _KEY.fullmatch(key) is None:
        raise InvalidInput("La clé Idempotency-Key n'est pas lisible.")
    fingerprint = work.runtime.keyring.index(body.hex())
    route = f"{request.method} {request.url.path} {fingerprint}"
    claimed = work.session.execute(
        insert(IdempotencyRow)
        .values(owner_id=owner_id, key=key, route=route, at=work.now, body="")
        .on_conflict_do_nothing(index_elements=["owner_id", "key"])
        .returning(col(IdempotencyRow.key))
    ).first()
    if claimed is None:
        kept = work.session.get_one(IdempotencyRow, (owner_id, key))
        if kept.route != route:
            raise InvalidInput("Cette clé Idempotency-Key a déjà servi pour autre chose.")
        raise Replay(_answer_again(work, owner_id, json.loads(kept.body)))

    def keep(response: Response) -> None:
        body = bytes(response.body)
        kept = as_kept(json.loads(body)) if body else None
        answer = {"status": response.status_code, "body": kept}
        work.session.execute(
            update(IdempotencyRow)
            .where(col(IdempotencyRow.owner_id) == owner_id, col(IdempotencyRow.key) == key)
            .values(body=json.dumps(answer))
        )

    request.state.keep_answer = keep


def _answer_again(work: Work, owner_id: UUID, answer: dict[str, Any]) -> Response:
    if answer["body"] is None:
        return Response(status_code=answer["status"])
    return JSONResponse(as_shown_now(work, answer["body"], owner_id), answer["status"])


class IdempotentRoute(APIRoute):
    """A route whose answer is kept when `claim` asked for it; the key is in its OpenAPI."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if not set(options.get("methods") or ()) <= SAFE_METHODS:
            options["openapi_extra"] = {"parameters": [_PARAMETER]}
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Answer as ever, then keep the answer while the transaction is still open."""
        answer = super().get_route_handler()

        async def handle(request: Request) -> Response:
            response = await answer(request)
            keep = getattr(request.state, "keep_answer", None)
            if keep is not None:
                await run_in_threadpool(keep, response)
            return response

        return handle
