// Shows what the service pushes, and opens the app when it is touched.
const ANSWER_HERE = "/";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const text = event.data?.text() ?? "";
  const shown = { body: text, tag: text, icon: "/assets/icon.svg", lang: "fr" };
  event.waitUntil(self.registration.showNotification("Compagnie", shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: "window" });
    const app = open.find(({ url }) => new URL(url).pathname === ANSWER_HERE);
    return app ? app.focus() : self.clients.openWindow(ANSWER_HERE);
  })());
});
