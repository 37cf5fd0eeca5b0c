"""The only user of Twilio's REST client."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from requests.exceptions import RequestException
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from matcher.ports import SendingFailed
from matcher.settings import Settings
from phone.prompts import load_prompts
from phone.twiml import speak

TIMEOUT_S = 10.0


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
        self._from = settings.phone_number
        self._prompts = load_prompts("fr")
        self._settings = settings

    def send_sms(self, to: str, text: str) -> str:
        """See `Messenger.send_sms`."""
        return self._create("messages", to=to, body=text)

    def call(self, to: str, text: str) -> str:
        """See `Messenger.call`."""
        return self._create("calls", to=to, twiml=speak(self._prompts, text))

    def _create(self, resource: str, **what: str) -> str:
        settings = self._settings
        try:
            client = Client(
                settings.twilio_account_sid,
                settings.twilio_auth_token.get_secret_value(),
                http_client=RedirectedHttpClient(settings.twilio_api_url),
            )
            created = getattr(client, resource).create(from_=self._from, **what)
        except (TwilioException, RequestException) as error:
            # The provider's words may repeat the number: only the kind of failure is kept.
            raise SendingFailed(type(error).__name__) from None
        return str(created.sid)
