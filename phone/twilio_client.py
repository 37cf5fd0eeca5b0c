"""The only user of Twilio's REST client."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from requests.exceptions import RequestException
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from matcher.ports import NumberSetup, SendingFailed, SendingUnsure
from matcher.settings import Settings
from phone.prompts import Prompts, load_prompts
from phone.twiml import speak

T = TypeVar("T")

TIMEOUT_S = 10.0
"""To connect, and again for every wait for an answer."""

RING_S = 40
"""A slow walk to the telephone, and short of most voicemails."""

MOST_FOUND = 20
CLOCKS_APART = timedelta(minutes=1)
"""Twilio's clock and ours differ, and its times are whole seconds."""

# The library logs whole addresses, telephone numbers included, at INFO.
_quiet = logging.getLogger("compagnie.twilio")
_quiet.setLevel(logging.WARNING)


class RedirectedHttpClient(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's HTTP client, with a time-out, and able to talk to another server than Twilio's."""

    def __init__(self, api_url: str) -> None:
        """`api_url` replaces scheme and host of every request; empty for Twilio itself."""
        super().__init__(timeout=TIMEOUT_S, logger=_quiet)
        self._base = urlsplit(api_url)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """One request, where it is meant to go."""
        if self._base.netloc:
            parts = urlsplit(url)
            url = urlunsplit(parts._replace(scheme=self._base.scheme, netloc=self._base.netloc))
        return super().request(method, url, *args, **kwargs)


def call_document(settings: Settings, prompts: Prompts, text: str, message_id: str | None) -> str:
    """The TwiML of a call out that speaks `text`, and asks for a key when there is a message."""
    answer_url = message_id and f"{settings.public_url}/phone/answer?message={message_id}"
    return speak(prompts, text, answer_url)


class TwilioMessenger:
    """`matcher.ports.Messenger` by Twilio's REST API."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is sent yet; without credentials every sending fails."""
        self._prompts = load_prompts("fr")
        self._settings = settings
        self._account = _Account(settings)

    def send_sms(self, to: str, text: str) -> str:
        """See `Messenger.send_sms`."""
        return self._account.ask(
            lambda client: str(
                client.messages.create(to=to, from_=self._settings.phone_number, body=text).sid
            )
        )

    def call(self, to: str, text: str, message_id: str | None) -> str:
        """See `Messenger.call`."""
        settings = self._settings
        twiml = call_document(settings, self._prompts, text, message_id)
        return self._account.ask(
            lambda client: str(
                client.calls.create(
                    to=to, from_=settings.phone_number, twiml=twiml, timeout=RING_S
                ).sid
            )
        )

    def find_sent(
        self, channel: str, to: str, text: str, tried_at: datetime, known: Collection[str] = ()
    ) -> str | None:
        """See `Messenger.find_sent`. A call's words are not kept there: one to `to` counts."""
        try:
            recent = self._account.ask(lambda client: self._list(client, channel, to))
        except SendingFailed as error:
            # Not having been told, we know no more than before: the try stays in doubt.
            raise SendingUnsure(str(error)) from None
        for one in recent:
            created_at = one.date_created or tried_at
            if one.direction != "outbound-api" or abs(created_at - tried_at) > CLOCKS_APART:
                continue
            if one.sid in known:
                continue
            # A trial account puts a sentence of its own before every SMS.
            if channel == "call" or one.body.endswith(text):
                return str(one.sid)
        return None

    def _list(self, client: Client, channel: str, to: str) -> list[Any]:
        # What waits in Twilio's queue has no date of sending yet: the filters would leave it out.
        resource = client.messages if channel == "sms" else client.calls
        return list(resource.page(to=to, from_=self._settings.phone_number, page_size=MOST_FOUND))


class TwilioNumbers:
    """`matcher.ports.NumberBook` by Twilio's REST API."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is asked yet."""
        self._account = _Account(settings)

    def find(self, number: str) -> NumberSetup | None:
        """See `NumberBook.find`."""
        found = self._account.ask(
            lambda client: client.incoming_phone_numbers.list(phone_number=number, limit=1)
        )
        if not found:
            return None
        one = found[0]
        return NumberSetup(
            voice=(one.voice_url or "", one.voice_method or ""),
            status=(one.status_callback or "", one.status_callback_method or ""),
            sms=(one.sms_url or "", one.sms_method or ""),
            fallback=(one.voice_fallback_url or "", one.voice_fallback_method or ""),
            overridden=bool(one.voice_application_sid or one.sms_application_sid or one.trunk_sid),
        )


class _Account:
    """One Twilio account; whatever goes wrong is told without the provider's words."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def ask(self, request: Callable[[Client], T]) -> T:
        """What `request` is answered.

        Raises:
            SendingFailed: refused; nothing was done.
            SendingUnsure: no answer, or none to be understood; it may have been done.
        """
        sid = self._settings.twilio_account_sid
        token = self._settings.twilio_auth_token.get_secret_value()
        # Given nothing, the library would look for credentials of its own in the environment.
        if not (sid and token):
            raise SendingFailed("no credentials")
        # The library's HTTP client keeps its last answer on itself: two threads sharing one could
        # read each other's.
        http_client = RedirectedHttpClient(self._settings.twilio_api_url)
        # The provider's words may repeat the number: only the kind of failure is kept.
        try:
            return request(Client(sid, token, http_client=http_client))
        except TwilioException as error:
            status = _status(error)
            if 400 <= status < 500:
                raise SendingFailed(f"HTTP {status}") from None
            raise SendingUnsure(f"HTTP {status}" if status else type(error).__name__) from None
        except (RequestException, ValueError) as error:
            raise SendingUnsure(type(error).__name__) from None


def _status(error: TwilioException) -> int:
    """The HTTP status: an attribute, or that of the response a refused list carries along."""
    status = getattr(error, "status", None)
    if status is None and len(error.args) > 1:
        status = getattr(error.args[1], "status_code", None)
    return status if isinstance(status, int) else 0
