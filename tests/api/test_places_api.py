"""The directory of places over HTTP."""

from __future__ import annotations

from datetime import timedelta

from fastapi.testclient import TestClient

from matcher.services.work import Runtime
from matcher.store.tables import PlaceRow
from matcher.store.transitions import SYSTEM
from tests.people import NEARBY, add_session, add_volunteer


def test_places_come_by_name_and_page_without_those_that_are_over(
    client: TestClient, runtime: Runtime
) -> None:
    with runtime.begin(SYSTEM) as work:
        headers = add_session(work, add_volunteer(work, "+33612345678"))
        yesterday = work.now.date() - timedelta(days=1)
        for name, category, until in (
            ("Chorale", "leisure", None),
            ("Atelier", "leisure", work.now.date()),
            ("Braderie", "leisure", yesterday),
            ("Mairie", "administrative", None),
        ):
            work.session.add(
                PlaceRow(
                    id=work.new_id(),
                    source_ref=name,
                    name=name,
                    category=category,
                    description="",
                    address="12 rue de la Pépinière",
                    lat=NEARBY[0],
                    lon=NEARBY[1],
                    valid_until=until,
                )
            )
    seen, url = [], "/v1/places?limit=2"
    while url:
        page = client.get(url, headers=headers).json()
        seen += page["items"]
        url = page["next"] and f"/v1/places?limit=2&cursor={page['next']}"
    assert [place["name"] for place in seen] == ["Atelier", "Chorale", "Mairie"]
    assert {place["walk_minutes"] for place in seen} == {1}
    leisure = client.get("/v1/places?category=leisure", headers=headers).json()["items"]
    assert [place["name"] for place in leisure] == ["Atelier", "Chorale"]
    assert client.get("/v1/places?category=%00", headers=headers).status_code == 422
