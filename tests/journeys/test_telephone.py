"""The telephone in Chromium: it asks, it rings, it speaks, and everybody can use it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import ASK, Desk
from tests.journeys.test_faces import examine

AT_ONCE_MS = 1000
"""What is asked for is on the board within a second."""
BUDGET_BYTES = 60_000
SMALLEST_TARGET_PX = 44

VOICES = """
window.said = []; window.hushed = 0; window.tones = 0;
window.AudioContext = class {
  currentTime = 0; destination = null;
  createOscillator() {
    window.tones += 1;
    return { frequency: {}, connect: (next) => next, start() {}, stop() {} };
  }
  createGain() {
    const curve = { setValueAtTime() {}, linearRampToValueAtTime() {} };
    return { gain: curve, connect() {} };
  }
};
window.SpeechSynthesisUtterance = class extends EventTarget {
  constructor(text) { super(); this.text = text; }
};
const all = [
  { name: "Loin", lang: "fr-FR", localService: false },
  { name: "Ici", lang: "fr-FR", localService: true },
];
Object.defineProperty(window, "speechSynthesis", { value: {
  getVoices: () => all, addEventListener: () => {}, cancel: () => { window.hushed += 1; },
  speak: (one) => {
    window.said.push([one.voice.name, one.text]);
    setTimeout(() => one.dispatchEvent(new Event("end")));
  },
} });
"""
EARS = """
window.asked = [];
window.SpeechRecognition = class extends EventTarget {
  static async available(options) { window.asked.push(options); return "available"; }
  start() {
    window.asked.push({ processLocally: this.processLocally, lang: this.lang });
    const heard = new Event("result");
    heard.results = [[{ transcript: "je voudrais sortir demain" }]];
    const events = window.asked.length === 2 ? [heard, new Event("end")] : [];
    setTimeout(() => events.forEach((one) => this.dispatchEvent(one)));
  }
  abort() {}
};
"""


def senior(desk: Desk) -> dict[str, str]:
    """A senior who walks well, so that many could go with them."""
    found: dict[str, str] = desk.demo.http.get("/demo/people").json()["seniors"][0]
    return found


def take(desk: Desk, page: Page, button: str) -> None:
    page.goto("/demo/phone")
    page.get_by_label("Une personne connue").select_option(label=senior(desk)["name"])
    page.get_by_role("button", name=button).click()
    page.wait_for_url("**/demo/phone/*")


def find_somebody(desk: Desk) -> None:
    """An outing of the senior's is accepted: the line calls them."""
    desk.demo.book(senior(desk)["phone"])
    desk.demo.accept(desk.demo.wait_for_offers(1)[0])


def title(page: Page) -> Any:
    return page.get_by_role("heading", level=1)


def test_a_request_by_telephone_is_on_the_board_within_a_second_and_the_answer_rings(
    desk: Desk,
) -> None:
    console = desk.coordinator()
    expect(console.locator("#lien")).to_have_text("En direct")
    rows = console.locator("#demandes tr").filter(has_text=senior(desk)["name"])
    before = rows.count()
    accepted = rows.filter(has_text="Acceptée")
    accepted_before = accepted.count()
    page = desk.call(senior(desk)["name"], *ASK[:-1])
    expect(page.locator("#compris")).to_contain_text("Rendez-vous médical")
    expect(page.locator("#compris")).to_contain_text("15 heures")
    expect(page.locator("#paroles > li.ligne").last).to_contain_text("Est-ce bien cela")
    page.get_by_label("Votre réponse").fill(ASK[-1])
    page.get_by_role("button", name="Répondre").click()
    expect(rows).to_have_count(before + 1, timeout=AT_ONCE_MS)
    expect(title(page)).to_have_text("Appel terminé")

    desk.demo.accept(desk.demo.wait_for_offers(1)[0])
    expect(title(page)).to_have_text("Le téléphone sonne")
    expect(page).to_have_title(re.compile("Le téléphone sonne"))
    page.get_by_role("button", name="Décrocher").click()
    expect(page.locator("#paroles")).to_contain_text("Le mot de passe est")
    page.get_by_role("button", name="1", exact=True).click()
    expect(page.locator("#paroles")).to_contain_text("Merci, c'est bien noté.")
    expect(page.locator("#compris")).to_contain_text("Touche 1 : oui")
    expect(accepted).to_have_count(accepted_before + 1)


def test_the_telephone_is_used_with_the_keyboard_alone(desk: Desk) -> None:
    page = desk.window(viewport={"width": 1280, "height": 900})
    page.goto("/demo/phone")
    page.get_by_label("Une personne connue").focus()
    page.keyboard.type(senior(desk)["name"])
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(title(page)).to_be_focused()
    page.keyboard.press("1")
    expect(page.locator("#compris")).to_contain_text("Demander une sortie")
    expect(title(page)).to_be_focused()
    field = page.get_by_label("Votre réponse")
    for _ in range(6):
        if field.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(field).to_be_focused()
    for answer in ASK[1:]:
        page.keyboard.type(answer)
        page.keyboard.press("Enter")
        expect(page.locator("#paroles > li.vous").last).to_contain_text(answer)
    expect(title(page)).to_have_text("Appel terminé")
    expect(title(page)).to_be_focused()

    desk.demo.accept(desk.demo.wait_for_offers(1)[0])
    expect(title(page)).to_have_text("Le téléphone sonne")
    expect(title(page)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Décrocher")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="1", exact=True)).to_be_focused()
    page.keyboard.press("1")
    expect(page.locator("#paroles")).to_contain_text("Merci, c'est bien noté.")
    expect(title(page)).to_be_focused()


def test_a_call_is_picked_up_without_javascript(desk: Desk) -> None:
    page = desk.window(java_script_enabled=False)
    take(desk, page, "Attendre un appel")
    expect(title(page)).to_have_text("En attente d'un appel")
    find_somebody(desk)
    desk.demo.wait_for_call(senior(desk)["phone"])
    page.get_by_role("link", name="Écouter si ça sonne").click()
    page.get_by_role("button", name="Décrocher").click()
    expect(page.locator("#paroles")).to_contain_text("Le mot de passe est")
    page.get_by_role("button", name="2", exact=True).click()
    expect(page.locator("#paroles")).to_contain_text("C'est annulé.")


def test_every_telephone_that_rings_shows_by_itself_and_is_picked_up(desk: Desk) -> None:
    page = desk.window()
    page.goto("/demo/phone")
    expect(page.locator(".sonnerie")).to_have_count(0)
    find_somebody(desk)
    page.get_by_role("button", name=f"Décrocher chez {senior(desk)['name']}").click()
    expect(title(page)).to_have_text("Appel en cours")
    expect(page.locator("#paroles")).to_contain_text("Bonne nouvelle")


def test_what_is_said_while_the_line_answers_is_not_lost(desk: Desk) -> None:
    page = desk.window()
    take(desk, page, "Appeler la ligne")
    field = page.get_by_label("Votre réponse")
    field.fill(ASK[0])
    field.press("Enter")
    field.fill(ASK[1])
    field.press("Enter")
    expect(page.locator("#paroles > li.vous")).to_have_count(2)
    expect(page.locator("#paroles > li.vous").last).to_contain_text(ASK[1])


def test_keys_are_sent_together_when_no_other_follows(desk: Desk) -> None:
    page = desk.window()
    page.goto("/demo/phone")
    page.get_by_label("Ou un autre numéro").fill("01 99 00 55 55")
    page.get_by_role("button", name="Appeler la ligne").click()
    page.locator("button[value=key-3]").click()
    page.locator("button[value=key-7]").click()
    expect(page.locator("#tapees")).to_contain_text("7")
    expect(page.locator("#paroles > li.vous").last).to_contain_text("Touche 7")
    expect(page.locator("#tapees")).to_have_count(0)


def test_the_line_speaks_with_a_voice_of_this_device_only_when_asked(desk: Desk) -> None:
    page = desk.window()
    page.add_init_script(VOICES)
    take(desk, page, "Appeler la ligne")
    voice = page.get_by_label("La ligne parle à voix haute")
    expect(voice).to_be_enabled()
    expect(voice).not_to_be_checked()
    page.get_by_label("Votre réponse").fill(ASK[0])
    page.get_by_role("button", name="Répondre").click()
    expect(page.locator("#paroles > li.vous")).to_have_count(1)
    assert page.evaluate("said") == []
    voice.check()
    page.get_by_label("Votre réponse").fill(ASK[1])
    page.get_by_role("button", name="Répondre").click()
    line = page.locator("#paroles > li.ligne")
    expect(line).to_have_count(3)
    spoken = [["Ici", text] for text in line.last.locator("p").all_inner_texts()]
    page.wait_for_function("wanted => said.length === wanted", arg=len(spoken))
    assert page.evaluate("said") == spoken
    hushed = page.evaluate("hushed")
    page.locator("button[value=key-9]").click()
    page.wait_for_function("before => hushed > before", arg=hushed)
    page.reload()
    expect(voice).to_be_checked()


def test_the_ring_is_heard_where_the_line_may_make_a_sound(desk: Desk) -> None:
    page = desk.window()
    page.add_init_script(VOICES)
    take(desk, page, "Attendre un appel")
    page.get_by_label("La ligne parle à voix haute").check()
    find_somebody(desk)
    expect(title(page)).to_have_text("Le téléphone sonne")
    page.wait_for_function("tones === 1")
    page.get_by_role("button", name="Laisser sonner").click()
    expect(title(page)).to_have_text("En attente d'un appel")


def test_the_page_says_when_the_demo_does_not_answer(desk: Desk) -> None:
    page = desk.window()
    take(desk, page, "Attendre un appel")
    page.route("**/demo/phone/*", lambda route: route.abort())
    expect(page.get_by_text("La démonstration ne répond pas.")).to_be_visible()
    page.unroute("**/demo/phone/*")
    expect(page.get_by_text("La démonstration ne répond pas.")).to_have_count(0)
    desk.complaints[:] = [one for one in desk.complaints if "ERR_FAILED" not in one]


def test_a_telephone_the_demo_forgot_leads_back_to_the_choice(desk: Desk) -> None:
    page = desk.window()
    take(desk, page, "Attendre un appel")
    page.evaluate("document.getElementById('contenu').dataset.watch = '/demo/phone/forgotten'")
    page.wait_for_url("**/demo/phone")
    desk.complaints[:] = [one for one in desk.complaints if "404" not in one]


def test_answers_are_spoken_where_the_browser_understands_them_on_the_device(desk: Desk) -> None:
    page = desk.window()
    page.add_init_script(EARS)
    take(desk, page, "Appeler la ligne")
    ears = page.get_by_label("Je réponds de vive voix")
    expect(ears).to_be_enabled()
    expect(ears).not_to_be_checked()
    ears.check()
    expect(page.locator("#paroles > li.vous").last).to_contain_text("je voudrais sortir demain")
    assert page.evaluate("asked.slice(0, 2)") == [
        {"langs": ["fr-FR"], "processLocally": True},
        {"processLocally": True, "lang": "fr-FR"},
    ]


def test_without_voices_of_its_own_the_device_is_left_alone(desk: Desk) -> None:
    page = desk.window()
    take(desk, page, "Attendre un appel")
    expect(page.get_by_label("La ligne parle à voix haute")).to_be_disabled()
    expect(page.get_by_label("Je réponds de vive voix")).to_be_disabled()


def test_the_telephone_is_light(desk: Desk) -> None:
    http = desk.demo.http
    answer = http.post("/demo/phone", data={"person": senior(desk)["phone"]}, follow_redirects=True)
    assets = [f"/assets/{name}" for name in ("tokens.css", "site.css", "phone.css", "phone.js")]
    sizes = [len(answer.content), *(len(http.get(path).content) for path in assets)]
    assert sum(sizes) < BUDGET_BYTES


def small_targets(page: Page) -> list[str]:
    """What is smaller than a fingertip; links within a sentence and hidden things are not."""
    found: list[str] = page.evaluate(
        """least => [...document.querySelectorAll("button, select, input, .bascule, header a")]
        .filter((one) => !one.closest("[hidden]") && !["checkbox", "hidden"].includes(one.type))
        .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
        .filter(([, box]) => box.height && (box.height < least || box.width < least))
        .map(([html, box]) => `${html} ${box.width}x${box.height}`)""",
        SMALLEST_TARGET_PX,
    )
    return found


def inspect(page: Page, where: str) -> list[str]:
    """Axe at three widths, fingertips, and twice the text."""
    faults = []
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        faults += examine(page, f"{where} at {width}")
    faults += [f"{where}: small {one}" for one in small_targets(page)]
    page.set_viewport_size({"width": 640, "height": 844})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.evaluate("document.documentElement.style.fontSize = ''")
    return faults if wide <= 0 else [*faults, f"{where}: {wide} px too wide at 200 %"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_state_of_the_telephone_has_a_fault(desk: Desk, theme: str) -> None:
    page = desk.window(color_scheme=theme, bypass_csp=True, reduced_motion="reduce")
    page.add_init_script(VOICES)
    take(desk, page, "Attendre un appel")
    faults = inspect(page, "waiting")
    find_somebody(desk)
    expect(title(page)).to_have_text("Le téléphone sonne")
    faults += inspect(page, "ringing")
    listed = desk.window(color_scheme=theme, bypass_csp=True)
    listed.goto("/demo/phone")
    expect(listed.locator(".sonnerie")).to_have_count(1)
    faults += inspect(listed, "the list of what rings")
    listed.goto("/demo")
    faults += inspect(listed, "the start page")
    page.get_by_role("button", name="Décrocher").click()
    expect(title(page)).to_have_text("Appel en cours")
    faults += inspect(page, "picked up")
    page.get_by_role("button", name="1", exact=True).click()
    expect(title(page)).to_have_text("Appel terminé")
    faults += inspect(page, "over")
    page.get_by_role("button", name="Rappeler la ligne").click()
    page.get_by_label("Votre réponse").fill("je voudrais parler à quelqu'un")
    faults += inspect(page, "asked")
    page.get_by_role("button", name="Répondre").click()
    expect(page.get_by_role("button", name="Quelqu'un décroche")).to_be_visible()
    faults += inspect(page, "the team is rung")
    page.get_by_role("button", name="Personne ne répond").click()
    expect(page.locator("#paroles > li.ligne")).to_have_count(3)
    faults += inspect(page, "nobody there")
    assert faults == []
