"""A network between Twilio and the line that repeats, reorders and loses what goes over it."""

from __future__ import annotations

from random import Random

from phone.simulator.caller import LineFailed, Post

FALLBACK = "/phone/fallback"
STATUS = "/phone/status"


class UnrulyNetwork:
    """A `Post` that delivers some requests twice, some late once more, and loses a few.

    A request that is lost never arrives, or its answer does not: either way Twilio goes to the
    fallback. Status callbacks come late and repeated, and are never lost for good.
    """

    def __init__(
        self, post: Post, chance: Random, *, twice: float, late: float, lost: float
    ) -> None:
        """A network in front of `post`; each figure is the share of requests it happens to."""
        self._post, self._chance = post, chance
        self._twice, self._late, self._lost = twice, late, lost
        self._earlier: list[tuple[str, dict[str, str]]] = []

    def __call__(self, url: str, form: dict[str, str]) -> str:
        chance = self._chance
        if self._earlier and chance.random() < self._late:
            self._post(*chance.choice(self._earlier))
        sure = url in (FALLBACK, STATUS) or "/whisper" in url
        if not sure and chance.random() < self._lost:
            if chance.random() < 0.5:
                self._post(url, form)
            raise LineFailed(url)
        answer = self._post(url, form)
        self._earlier.append((url, form))
        if chance.random() < self._twice:
            again = self._post(url, form)
            assert again == answer, f"{url} answered a copy otherwise"
        return answer
