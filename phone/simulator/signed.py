"""Posting to the webhooks as Twilio does: signed over the exact public URL and all parameters."""

from __future__ import annotations

from urllib.parse import urljoin

import httpx2
from twilio.request_validator import RequestValidator

from phone.simulator.caller import LineFailed, Post

__all__ = ["LineFailed", "signed_post"]

TIMEOUT_S = 15.0
"""As long as Twilio waits for a webhook: the time-out to give the client."""


def signed_post(client: httpx2.Client, public_url: str, auth_token: str) -> Post:
    """A `Post` for `Caller` over HTTP; relative URLs are taken from `public_url`.

    It raises `LineFailed` where Twilio would go to the fallback.
    """
    validator = RequestValidator(auth_token)

    def post(url: str, parameters: dict[str, str]) -> str:
        address = urljoin(f"{public_url}/", url)
        signature = validator.compute_signature(address, parameters)
        try:
            answer = client.post(
                address, data=parameters, headers={"X-Twilio-Signature": signature}
            )
        except httpx2.HTTPError as error:
            raise LineFailed(f"{address}: {error}") from error
        if answer.is_error:
            raise LineFailed(f"{address}: HTTP {answer.status_code}")
        return answer.text

    return post
