"""Notifications in Chromium: turned on, shown, turned off. The push service is a stand-in."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Desk

TEXT = "Près de chez vous, une personne aimerait sortir demain à 15 heures. Touchez pour répondre."

SUBSCRIBES = """
    let made = null;
    PushManager.prototype.getSubscription = async () => made;
    PushManager.prototype.subscribe = async () => {
        const endpoint = "https://fcm.googleapis.com/fcm/send/abc";
        const keys = { p256dh: "B".repeat(87), auth: "k".repeat(22) };
        const unsubscribe = async () => { made = null; return true; };
        made = { endpoint, unsubscribe, toJSON: () => ({ endpoint, expirationTime: null, keys }) };
        return made;
    };
"""
"""What a browser answers that reaches its push service."""

SHOWN = """async () => {
    const registration = await navigator.serviceWorker.getRegistration("/");
    return (await registration.getNotifications()).map(({ title, body }) => [title, body]);
}"""


def turned_on(desk: Desk, phone: str) -> Page:
    page = desk.volunteer(phone, permissions=["notifications"])
    page.add_init_script(SUBSCRIBES)
    page.reload()
    expect(page.locator("#notifier")).to_contain_text("Les demandes arrivent par SMS.")
    page.get_by_role("button", name="Recevoir des notifications ici").click()
    expect(page.get_by_role("status")).to_contain_text("en notification")
    return page


def test_a_volunteer_turns_them_on_and_off_again(desk: Desk) -> None:
    phone = desk.demo.http.get("/demo/people").json()["volunteers"][0]["phone"]
    page = turned_on(desk, phone)
    page.get_by_role("button", name="Revenir aux SMS").click()
    expect(page.get_by_role("status")).to_contain_text("par SMS")
    expect(page.get_by_role("button", name="Recevoir des notifications ici")).to_be_visible()


def test_who_chose_another_browser_is_told_so(desk: Desk) -> None:
    phone = desk.demo.http.get("/demo/people").json()["volunteers"][0]["phone"]
    page = turned_on(desk, phone)
    page.reload()  # The stand-in forgets, so that this is a browser without notifications.
    expect(page.locator("#notifier")).to_contain_text("sur un autre appareil")
    expect(page.get_by_role("button", name="Recevoir des notifications ici")).to_be_visible()


def test_what_is_pushed_is_shown_and_opens_the_app(desk: Desk) -> None:
    phone = desk.demo.http.get("/demo/people").json()["volunteers"][0]["phone"]
    page = turned_on(desk, phone)
    protocol = page.context.new_cdp_session(page)
    registrations: list[str] = []
    protocol.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registrations.extend(one["registrationId"] for one in told["registrations"]),
    )
    protocol.send("ServiceWorker.enable")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    protocol.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": desk.demo.url, "registrationId": registrations[-1], "data": TEXT},
    )
    page.wait_for_function(f"async () => (await ({SHOWN})()).length === 1")
    assert page.evaluate(SHOWN) == [["Compagnie", TEXT]]


def test_where_the_browser_refuses_them_sms_go_on(desk: Desk) -> None:
    phone = desk.demo.http.get("/demo/people").json()["volunteers"][0]["phone"]
    page = desk.volunteer(phone)
    page.get_by_role("button", name="Recevoir des notifications ici").click()
    expect(page.get_by_role("status")).to_contain_text("Les SMS continuent.")
    expect(page.locator("#notifier")).to_contain_text("Les demandes arrivent par SMS.")
