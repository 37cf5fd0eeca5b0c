"""The only user of Twilio's REST client."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from requests.exceptions import RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from matcher.ports import SendingFailed, SendingUnsure
from matcher.settings import Settings
from phone.prompts import load_prompts
from phone.twiml import speak

TIMEOUT_S = 10.0
RING_S = 40
"""A slow walk to the telephone, and short of most voicemails."""
MOST_FOUND = 20


class RedirectedHttpClient(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's HTTP client, with a time-out, and able to talk to another server than Twilio's."""

    def __init__(self, api_url: str) -> None:
        """`api_url` replaces scheme and host of every request; empty for Twilio itself."""
        super().__init__(timeout=TIMEOUT_S)
        self._base = urlsplit(api_url)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """One request, where it is meant to go."""
        if self._base.netloc:
            parts = urlsplit(url)
            url = urlunsplit(parts._replace(scheme=self._base.scheme, netloc=self._base.netloc))
        return super().request(method, url, *args, **kwargs)


class TwilioMessenger:
    """`matcher.ports.Messenger` by Twilio's REST API."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is sent yet; without credentials every sending fails."""
        self._prompts = load_prompts("fr")
        self._settings = settings

    def send_sms(self, to: str, text: str) -> str:
        """See `Messenger.send_sms`."""
        settings = self._settings
        created = self._ask(
            lambda client: client.messages.create(
                to=to, from_=settings.phone_number, body=text
            )
        )
        return str(created.sid)

    def call(self, to: str, text: str, message_id: str | None) -> str:
        """See `Messenger.call`."""
        settings = self._settings
        answer_url = message_id and f"{settings.public_url}/phone/answer?message={message_id}"
        twiml = speak(self._prompts, text, answer_url)
        created = self._ask(
            lambda client: client.calls.create(
                to=to, from_=settings.phone_number, twiml=twiml, timeout=RING_S
            )
        )
        return str(created.sid)

    def find_sent(self, channel: str, to: str, text: str, since: datetime) -> str | None:
        """See `Messenger.find_sent`. A call's words are not kept there: one to `to` counts."""
        if channel == "sms":
            found = self._ask(
                lambda client: client.messages.list(to=to, date_sent_after=since, limit=MOST_FOUND)
            )
            return next((str(one.sid) for one in found if one.body == text), None)
        found = self._ask(
            lambda client: client.calls.list(to=to, start_time_after=since, limit=MOST_FOUND)
        )
        return next((str(one.sid) for one in found), None)

    def _ask(self, request: Callable[[Client], Any]) -> Any:
        settings = self._settings
        try:
            return request(
                Client(
                    settings.twilio_account_sid,
                    settings.twilio_auth_token.get_secret_value(),
                    http_client=RedirectedHttpClient(settings.twilio_api_url),
                )
            )
        # The provider's words may repeat the number: only the kind of failure is kept.
        except TwilioRestException as error:
            # A 429 or any other refusal was not processed; a breakdown may have been.
            kind = SendingUnsure if error.status >= 500 else SendingFailed
            raise kind(f"HTTP {error.status}") from None
        except TwilioException as error:
            raise SendingFailed(type(error).__name__) from None
        except RequestException as error:
            raise SendingUnsure(type(error).__name__) from None
