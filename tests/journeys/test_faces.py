"""The pages in Chromium: telephone, console and volunteers, as people use them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import ASK, Desk

AXE = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}


def senior_name(desk: Desk) -> str:
    """A senior who walks well, so that many could go with them."""
    name: str = desk.demo.http.get("/demo/people").json()["seniors"][0]["name"]
    return name


def test_a_call_in_the_browser_shows_on_the_open_console(desk: Desk) -> None:
    console = desk.coordinator()
    expect(console.locator("#lien")).to_have_text("En direct")
    waiting = console.locator("#demandes").get_by_text("Proposée", exact=True)
    expect(waiting).to_have_count(0)
    call = desk.call(senior_name(desk), *ASK)
    expect(call.get_by_role("heading", level=1)).to_have_text("Appel terminé")
    expect(call.locator(".paroles")).to_contain_text("C'est enregistré.")
    expect(waiting).to_have_count(1)
    row = console.locator("#demandes tr").filter(has_text="Proposée")
    expect(row).to_contain_text(senior_name(desk))


def test_of_two_volunteers_who_accept_one_goes_and_one_is_thanked(desk: Desk) -> None:
    desk.call(senior_name(desk), *ASK)
    first, second = (desk.volunteer(phone) for phone in desk.demo.wait_for_offers(2)[:2])
    for page in (first, second):
        offer = page.locator(".offre")
        expect(offer).to_have_count(1)
        expect(offer).to_contain_text("à pied")
        expect(page.locator("body")).not_to_contain_text("Adresse")

    first.get_by_role("button", name="J'accepte").click()
    expect(first.get_by_role("status")).to_contain_text("Merci")
    sheet = first.locator(".mission", has_text="Acceptée").filter(has_text="Rendez-vous médical")
    expect(sheet).to_contain_text(re.compile(r"Adresse.*750\d\d Paris"))
    expect(sheet).to_contain_text("Mot de passe")

    second.get_by_role("button", name="J'accepte").click()
    expect(second.get_by_role("status")).to_contain_text(
        "Une autre personne vient d'accepter. Merci quand même !"
    )
    expect(second.locator(".offre")).to_have_count(0)
    expect(second.locator("body")).not_to_contain_text("Adresse")
    desk.complaints[:] = [one for one in desk.complaints if "409" not in one]

    sheet.get_by_role("button", name="Je suis arrivé(e)").click()
    running = first.locator(".mission", has_text="En cours")
    running.get_by_role("button", name="C'est terminé").click()
    over = first.locator(".mission").filter(has=first.locator(".bilan")).first
    over.get_by_label("Un mot pour l'équipe").fill("Une belle sortie.")
    over.get_by_role("button", name="Très bien").click()
    expect(first.get_by_role("status")).to_contain_text("c'est noté")


def holder(desk: Desk) -> tuple[Page, Locator]:
    """The window of a volunteer who has accepted an outing, and its card."""
    desk.call(senior_name(desk), *ASK)
    page = desk.volunteer(desk.demo.wait_for_offers(1)[0])
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="J'accepte").click()
    expect(page.get_by_role("status")).to_contain_text("Merci")
    accepted = page.locator(".mission", has_text="Acceptée").first
    return page, page.locator(f'[data-id="{accepted.get_attribute("data-id")}"]')


def coordinator_headers(desk: Desk) -> dict[str, str]:
    """What signs a call of the coordinators' API."""
    who = desk.demo.http.get("/demo/people").json()["coordinator"]
    code = pyotp.TOTP(who["totp_secret"]).at(desk.demo.advance(30))
    body = {"email": who["email"], "password": who["password"], "totp": code}
    token = desk.demo.http.post("/v1/coordination/auth/sessions", json=body).json()["token"]
    return {"Authorization": f"Bearer {token}"}


def test_whoever_goes_confirms_a_change_tells_a_trouble_and_may_part(desk: Desk) -> None:
    page, card = holder(desk)
    staff = coordinator_headers(desk)
    url = f"/v1/coordination/missions/{card.get_attribute('data-id')}"
    starts_at = datetime.fromisoformat(desk.demo.http.get(url, headers=staff).json()["starts_at"])
    later = {"starts_at": (starts_at + timedelta(minutes=15)).isoformat()}
    assert desk.demo.http.post(f"{url}/time", json=later, headers=staff).status_code == 200
    page.reload()
    expect(card).to_contain_text("La sortie a changé. Venez-vous toujours ?")
    card.get_by_role("button", name="Oui, je viens toujours").click()
    expect(card).not_to_contain_text("La sortie a changé.")

    card.get_by_role("button", name="Je suis arrivé(e)").click()
    card.get_by_text("Signaler un souci").click()
    card.get_by_label("Que se passe-t-il ?").fill("Une chute dans l'escalier.")
    card.get_by_role("button", name="Prévenir l'équipe maintenant").click()
    expect(page.get_by_role("status")).to_contain_text("L'équipe est prévenue.")
    told = desk.demo.http.get("/v1/coordination/tasks", headers=staff).json()["items"]
    assert "Une chute dans l'escalier." in [task["details"].get("note") for task in told]

    card.get_by_role("button", name="C'est terminé").click()
    parting = card.get_by_role("button", name="Ne plus me proposer cette personne")
    expect(parting).to_have_count(0)
    card.get_by_role("button", name="Très bien").click()
    parting.click()
    expect(page.get_by_role("status")).to_contain_text("Nous ne vous proposerons plus")
    expect(parting).to_have_count(0)


def test_from_its_hour_on_nobody_at_the_door_is_said_with_one_button(desk: Desk) -> None:
    page, card = holder(desk)
    nobody = card.get_by_role("button", name="La personne n'est pas là")
    expect(nobody).to_have_count(0)
    url = f"/v1/coordination/missions/{card.get_attribute('data-id')}"
    found = desk.demo.http.get(url, headers=coordinator_headers(desk)).json()
    wait = datetime.fromisoformat(found["starts_at"]) - desk.demo.now()
    page.clock.set_fixed_time(desk.demo.advance(int(wait.total_seconds()) + 60))
    page.reload()
    nobody.click()
    expect(page.get_by_role("status")).to_contain_text("L'équipe s'en occupe")
    expect(card).to_contain_text("Absence")


def test_a_wrong_code_and_a_no_without_guilt(desk: Desk) -> None:
    desk.call(senior_name(desk), *ASK)
    phone = desk.demo.wait_for_offers(1)[0]
    page = desk.window()
    page.goto("/")
    page.get_by_label("Votre numéro de téléphone").fill(phone)
    page.get_by_role("button", name="Être appelé").click()
    page.get_by_label("Le code à 6 chiffres").fill("000000")
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("status")).to_contain_text("n'est pas le bon")
    desk.complaints[:] = [one for one in desk.complaints if "401" not in one]
    page = desk.volunteer(phone)
    page.get_by_role("button", name="Pas cette fois").click()
    expect(page.get_by_role("status")).to_contain_text("À une prochaine fois")
    expect(page.locator(".offre")).to_have_count(0)


def test_the_console_and_the_telephone_work_without_javascript(desk: Desk) -> None:
    desk.call(senior_name(desk), "je veux parler à quelqu'un", java_script_enabled=False)
    console = desk.coordinator(java_script_enabled=False)
    tasks = console.locator(".tache")
    before = tasks.count()
    assert before > 0
    tasks.first.get_by_role("button").click()
    expect(tasks).to_have_count(before - 1)
    console.get_by_role("button", name="Se déconnecter").click()
    expect(console.get_by_role("heading", level=1)).to_have_text("Espace coordination")


def test_every_zone_of_the_map_is_reached_by_keyboard(desk: Desk) -> None:
    console = desk.coordinator(viewport={"width": 1280, "height": 900})
    links = console.locator(".carte-zones a")
    expect(links).to_have_count(20)
    links.first.focus()
    console.keyboard.press("Tab")
    expect(links.nth(1)).to_be_focused()
    console.keyboard.press("Enter")
    code = links.nth(1).get_attribute("href")
    assert code is not None
    expect(console.locator(code)).to_be_in_viewport()


def open_outing(console: Page) -> None:
    """From the board to the page of the outing that has been asked for."""
    console.locator("#demandes tr").filter(has_text="Proposée").get_by_role("link").click()
    console.wait_for_url("**/console/missions/*")


def test_a_click_on_the_map_places_the_outing(desk: Desk) -> None:
    desk.call(senior_name(desk), *ASK)
    desk.demo.wait_for_offers(1)
    console = desk.coordinator()
    open_outing(console)
    map_of_zones = console.get_by_role("img", name="Carte des quartiers")
    box = map_of_zones.bounding_box()
    assert box is not None
    map_of_zones.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    place = console.get_by_role("button", name="Placer ici")
    door = console.locator("#lieu [role=status] strong").inner_text()
    assert re.search(r"\d+ .*, 750\d\d Paris", door)
    assert "?" not in console.url
    place.click()
    expect(console.locator("dl.faits").first).to_contain_text(door)
    expect(console.locator("#histoire")).to_contain_text("Lieu placé à la main")


def examine(page: Page, where: str) -> list[str]:
    """What axe finds, and whether the page scrolls sideways."""
    found = Axe().run(page, options=AXE).response["violations"]
    faults = [
        f"{where}: {one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}"
        for one in found
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        faults.append(f"{where}: {wide} px too wide")
    return faults


def test_two_people_are_kept_apart_and_brought_together_again(desk: Desk) -> None:
    holder(desk)
    console = desk.coordinator()
    console.locator("#demandes tr").filter(has_text="Acceptée").first.get_by_role(
        "link"
    ).first.click()
    console.get_by_text("Ne plus les réunir", exact=True).click()
    console.get_by_role("button", name="Oui, ne plus les réunir").click()
    expect(console.locator("body")).to_contain_text("Plus de sortie avec")
    expect(console.locator("body")).to_contain_text("Personne pour l'instant.")
    console.get_by_role("button", name="Les réunir de nouveau").click()
    expect(console.locator("body")).not_to_contain_text("Plus de sortie avec")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_has_a_fault_that_axe_can_see(desk: Desk, theme: str, width: int) -> None:
    look = {"viewport": {"width": width, "height": 844}, "color_scheme": theme, "bypass_csp": True}
    desk.call(senior_name(desk), *ASK)
    faults: list[str] = []
    page = desk.window(**look)
    for path in ("/demo", "/demo/phone", "/", "/console/sign-in"):
        page.goto(path)
        faults += examine(page, path)
    faults += examine(desk.call(senior_name(desk), "oui", **look), "call")
    console = desk.coordinator(**look)
    faults += examine(console, "/console")
    open_outing(console)
    console.locator("details summary").click()
    faults += examine(console, "an outing")
    console.get_by_label("Adresse du rendez-vous").fill("55 rue du Faubourg Saint-Honoré")
    console.get_by_role("button", name="Chercher").click()
    console.get_by_role("button", name="Placer ici").wait_for()
    faults += examine(console, "a place found")
    console.goto("/console/week?half_day=afternoon&zone=75108&more=3")
    faults += examine(console, "/console/week")
    for path in (
        "/console/series",
        "/console/campaigns",
        "/console/digest",
        "/console/volunteers?words=a",
    ):
        console.goto(path)
        faults += examine(console, path)
    console.goto("/console/campaigns")
    console.get_by_label("Nom").fill("Canicule")
    console.get_by_label("Zones").select_option(label="Paris 5e")
    console.get_by_role("button", name="Lancer les appels").click()
    console.wait_for_url("**/console/campaigns/*")
    faults += examine(console, "a campaign")
    console.goto("/console/campaigns")
    faults += examine(console, "the campaigns")
    phone = desk.demo.wait_for_offers(1)[0]
    volunteer = desk.volunteer(phone, **look)
    volunteer.get_by_role("button", name="J'accepte").wait_for()
    faults += examine(volunteer, "offers")
    volunteer.get_by_role("button", name="J'accepte").click()
    volunteer.locator(".mission").first.wait_for()
    faults += examine(volunteer, "missions")
    assert faults == []
