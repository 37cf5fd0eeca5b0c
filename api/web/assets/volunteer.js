// The volunteers' page over /v1: sign in, answer offers, hold a mission to its end.
const KEY = "compagnie-jeton";
const LOOK_EVERY_MS = 10_000;
const PURPOSES = { medical: "Rendez-vous médical", shopping: "Courses", walk: "Promenade", administrative: "Démarche", leisure: "Loisir", visit: "Visite", other: "Autre sortie" };
const NEEDS = { walker: "Déambulateur", cane: "Canne", wheelchair: "Fauteuil roulant", slow: "Marche doucement", visual: "Voit mal", hearing: "Entend mal" };
const STATES = { open: ["a_pourvoir", "À pourvoir"], accepted: ["acceptee", "Acceptée"], in_progress: ["en_cours", "En cours"], completed: ["terminee", "Terminée"], cancelled: ["annulee", "Annulée"], no_show: ["absence", "Absence"], unfilled: ["non_pourvue", "Non pourvue"], to_verify: ["a_verifier", "À vérifier"] };
const REPORTED = "compagnie-bilans";
const PARTED = "compagnie-plus-ensemble";

const byId = (id) => document.getElementById(id);
const zone = byId("contenu").dataset.zone;
const day = new Intl.DateTimeFormat("fr-FR", { weekday: "long", day: "numeric", month: "long", timeZone: zone });
const clock = new Intl.DateTimeFormat("fr-FR", { hour: "2-digit", minute: "2-digit", timeZone: zone });
let shown = "";
let timer = 0;
let notified = false;
let serverKey = null;

class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? "Nous n'avons pas pu répondre. Réessayez dans un instant.");
    this.status = status;
    this.type = problem.type ?? "";
  }
}

async function call(method, path, body) {
  const headers = {};
  const token = sessionStorage.getItem(KEY);
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && token) headers["Idempotency-Key"] = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  let answer;
  try {
    answer = await fetch(`/v1${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Refused(0, { detail: "Pas de réseau. Rien n'a été envoyé." });
  }
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    if (answer.status === 401 && token) signedOut("Votre session est finie. Reconnectez-vous.");
    throw new Refused(answer.status, problem);
  }
  return answer.status === 204 ? null : answer.json();
}

function announce(text, kind = "info") {
  const place = byId("annonce");
  place.replaceChildren();
  if (!text) return;
  const message = document.createElement("p");
  message.className = `message ${kind}`;
  message.textContent = text;
  place.append(message);
  message.scrollIntoView({ block: "nearest" });
}

const when = (mission) => {
  const said = day.format(new Date(mission.starts_at));
  const hours = [mission.starts_at, mission.ends_at].map((at) => clock.format(new Date(at)).replace(":", " h "));
  return `${said[0].toUpperCase()}${said.slice(1)}, de ${hours[0]} à ${hours[1]}`;
};

function what(mission) {
  const parts = [PURPOSES[mission.purpose]];
  if (mission.senior_initial && !mission.senior_name) parts.push(`avec ${mission.senior_initial}`);
  if (mission.zone) parts.push(mission.zone);
  if (mission.walk_minutes) parts.push(`à ${mission.walk_minutes} min à pied`);
  return parts.join(" · ");
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function button(text, action, full = false) {
  const made = element("button", text, full ? "btn plein" : "btn");
  made.type = "button";
  made.addEventListener("click", () => busy(made, action));
  return made;
}

async function busy(pressed, action) {
  if (pressed.disabled) return;
  pressed.disabled = true;
  announce("");
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    announce(error.message, error.type.endsWith("/mission-taken") ? "info" : "mauvais");
    if (error.status === 409 || error.status === 404) await look();
  } finally {
    pressed.disabled = false;
  }
}

function offerCard(offer) {
  const card = byId("modele-offre").content.firstElementChild.cloneNode(true);
  const mission = offer.mission;
  card.querySelector(".quand").textContent = when(mission);
  card.querySelector(".quoi").textContent = what(mission);
  card.querySelector(".besoins").append(...mission.needs.map((need) => element("span", NEEDS[need])));
  card.querySelector(".raisons").append(...offer.reasons.map((reason) => element("li", reason)));
  card.querySelector(".reponse").textContent = `Répondez avant ${day.format(new Date(offer.expires_at))}, ${clock.format(new Date(offer.expires_at)).replace(":", " h ")}.`;
  const [yes, no] = card.querySelectorAll("button");
  yes.addEventListener("click", () => busy(yes, async () => {
    await call("POST", `/offers/${offer.id}/accept`);
    await look();
    announce("Merci ! L'adresse et le mot de passe sont dans vos sorties.", "bon");
    byId("missions").querySelector(`[data-id="${mission.id}"]`)?.focus();
  }));
  no.addEventListener("click", () => busy(no, async () => {
    await call("POST", `/offers/${offer.id}/decline`);
    await look();
    announce("C'est noté. À une prochaine fois !");
  }));
  return card;
}

function missionCard(mission) {
  const card = byId("modele-mission").content.firstElementChild.cloneNode(true);
  card.dataset.id = mission.id;
  card.tabIndex = -1;
  const [chip, word] = STATES[mission.status];
  card.querySelector(".puce").classList.add(chip);
  card.querySelector(".puce").textContent = word;
  card.querySelector(".quand").textContent = when(mission);
  card.querySelector(".quoi").textContent = what(mission);
  const facts = card.querySelector(".faits");
  const fact = (label, value, className) => value && facts.append(element("dt", label), element("dd", value, className));
  fact("Avec", mission.senior_name);
  fact("Adresse", mission.address);
  fact("Accès", mission.access_notes);
  fact("Besoins", mission.needs.map((need) => NEEDS[need]).join(", "));
  fact("Mot de passe", mission.code_word, "mot");
  const buttons = card.querySelector(".boutons");
  const quiet = element("div", undefined, "discrets");
  const step = (path, said) => async () => {
    await call("POST", `/missions/${mission.id}/${path}`);
    await look();
    announce(said, "bon");
  };
  if (mission.status === "accepted" && mission.confirm_by && !begun(mission)) {
    const until = new Date(mission.confirm_by);
    const asked = `La sortie a changé. Venez-vous toujours ? Répondez avant ${day.format(until)}, ${clock.format(until).replace(":", " h ")}.`;
    card.insertBefore(element("p", asked, "message info"), facts);
    buttons.append(button("Oui, je viens toujours", step("confirm", "Merci ! La personne est prévenue."), true));
  } else if (mission.status === "accepted") {
    buttons.append(button("Je suis arrivé(e)", step("start", "Bonne sortie !"), true));
  }
  if (mission.status === "accepted") {
    buttons.append(button("Je ne peux plus venir", async () => {
      if (confirm("Vous ne pouvez plus venir ? Nous chercherons quelqu'un d'autre.")) {
        await step("withdraw", "C'est noté. Nous cherchons quelqu'un d'autre.")();
      }
    }));
  }
  if (mission.status === "in_progress") buttons.append(button("C'est terminé", step("complete", "Merci ! Dites-nous comment c'était."), true));
  if (mission.call_link && mission.status !== "completed") {
    const link = element("a", "Appeler la ligne", "btn");
    link.href = mission.call_link;
    buttons.append(link);
  }
  if (begun(mission)) {
    quiet.append(button("La personne n'est pas là", async () => {
      if (confirm("Vous avez sonné et appelé, sans réponse ? L'équipe vérifie tout de suite que la personne va bien.")) {
        await step("no-show", "Merci. L'équipe s'en occupe tout de suite. Restez joignable.")();
      }
    }));
  }
  if (mission.status === "in_progress") quiet.append(trouble(mission));
  if (mission.status === "completed") {
    if (!kept(REPORTED).includes(mission.id) && recent(mission)) buttons.append(report(mission));
    else if (!kept(PARTED).includes(mission.id)) quiet.append(notAgain(mission));
  }
  card.append(quiet);
  return card;
}

const kept = (name) => JSON.parse(localStorage.getItem(name) ?? "[]");
const keep = (name, id) => localStorage.setItem(name, JSON.stringify([...kept(name), id].slice(-50)));
const recent = (mission) => Date.now() - new Date(mission.ends_at) < 3 * 86_400_000;
const begun = (mission) => ["accepted", "in_progress"].includes(mission.status) && Date.now() >= new Date(mission.starts_at);

function noteField(id, text) {
  const field = element("div", undefined, "champ");
  const label = element("label", text);
  const note = element("textarea");
  note.id = id;
  note.maxLength = 2000;
  label.htmlFor = id;
  field.append(label, note);
  return [field, note];
}

function trouble(mission) {
  const box = element("details", undefined, "souci");
  const [field, note] = noteField(`souci-${mission.id}`, "Que se passe-t-il ? (si vous voulez)");
  box.append(element("summary", "Signaler un souci"), element("p", "En danger : appelez le 15 ou le 112."), field);
  box.append(button("Prévenir l'équipe maintenant", async () => {
    await call("POST", `/missions/${mission.id}/report`, { answer: "problem", note: note.value });
    shown = "";
    await look();
    announce("L'équipe est prévenue. Restez joignable.", "bon");
  }, true));
  return box;
}

function notAgain(mission) {
  return button("Ne plus me proposer cette personne", async () => {
    if (!confirm("Ne plus vous proposer de sortie avec cette personne ? Aucune raison n'est demandée.")) return;
    await call("POST", `/missions/${mission.id}/not-again`);
    keep(PARTED, mission.id);
    shown = "";
    await look();
    announce("C'est noté. Nous ne vous proposerons plus cette personne.", "bon");
  });
}

function report(mission) {
  const box = element("div", undefined, "bilan");
  box.append(element("h3", "Comment c'était ?"));
  const [field, note] = noteField(`mot-${mission.id}`, "Un mot pour l'équipe (si vous voulez)");
  const answers = element("div", undefined, "boutons");
  for (const [answer, text] of [["well", "Très bien"], ["mixed", "Moyen"], ["problem", "Un souci"]]) {
    answers.append(button(text, async () => {
      await call("POST", `/missions/${mission.id}/report`, { answer, note: note.value });
      keep(REPORTED, mission.id);
      shown = "";
      await look();
      announce("Merci, c'est noté.", "bon");
    }));
  }
  box.append(field, answers);
  return box;
}

async function look() {
  const [me, offers, missions] = await Promise.all([call("GET", "/me"), call("GET", "/offers?status=sent"), call("GET", "/missions/mine")]);
  const fresh = JSON.stringify([me, offers, missions, missions.items.map(begun)]);
  if (fresh === shown) return;
  shown = fresh;
  byId("t-espace").textContent = `Bonjour ${me.first_name}`;
  byId("attente").hidden = me.vetted;
  const soonest = [...offers.items].sort((a, b) => a.mission.starts_at.localeCompare(b.mission.starts_at));
  fill(byId("offres"), soonest.map(offerCard), "Rien pour l'instant. Nous vous prévenons.");
  const order = ({ status }) => (["in_progress", "accepted"].includes(status) ? 0 : 1);
  const sorted = [...missions.items].sort((a, b) => order(a) - order(b) || (order(a) ? -1 : 1) * a.starts_at.localeCompare(b.starts_at));
  fill(byId("missions"), sorted.slice(0, 10).map(missionCard), "Vos sorties acceptées seront ici.");
}

function fill(place, cards, nothing) {
  place.replaceChildren(...(cards.length ? cards : [element("p", nothing, "rien")]));
}

async function signedIn() {
  byId("connexion").hidden = true;
  await look();
  byId("espace").hidden = false;
  byId("sortir").hidden = false;
  await showNotifying();
  clearInterval(timer);
  timer = setInterval(() => {
    const typing = document.activeElement?.tagName === "TEXTAREA";
    if (!document.hidden && !typing) look().catch((error) => announce(error.message, "mauvais"));
  }, LOOK_EVERY_MS);
}

function signedOut(text = "") {
  clearInterval(timer);
  sessionStorage.removeItem(KEY);
  shown = "";
  byId("espace").hidden = true;
  byId("sortir").hidden = true;
  byId("connexion").hidden = false;
  askForNumber();
  announce(text);
}

// Notifications: one browser a volunteer. Where they do not work, SMS stay as they are.
const worker = () => navigator.serviceWorker.getRegistration("/");
const subscription = async () => (await (await worker())?.pushManager.getSubscription()) ?? null;
const bytes = (key) => Uint8Array.from(atob(key.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

async function showNotifying() {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return;
  const known = await call("GET", "/me/push-subscription");
  const here = await subscription();
  notified = Boolean(here && here.endpoint === known.endpoint && Notification.permission === "granted");
  serverKey = known.server_key;
  const elsewhere = known.endpoint ? "Les demandes arrivent en notification sur un autre appareil." : "Les demandes arrivent par SMS.";
  byId("notifie").textContent = notified ? "Les demandes arrivent en notification sur cet appareil." : elsewhere;
  byId("notifications").textContent = notified ? "Revenir aux SMS" : "Recevoir des notifications ici";
  byId("notifier").hidden = !serverKey;
}

async function notify() {
  if (await Notification.requestPermission() !== "granted") {
    throw new Refused(0, { detail: "Votre navigateur refuse les notifications. Les SMS continuent." });
  }
  await navigator.serviceWorker.register("/service-worker.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  await (await pushManager.getSubscription())?.unsubscribe();
  const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(serverKey) })
    .catch(() => { throw new Refused(0, { detail: "Les notifications n'ont pas pu être mises en place. Les SMS continuent." }); });
  await call("PUT", "/me/push-subscription", made.toJSON());
}

async function stopNotifying() {
  await call("DELETE", "/me/push-subscription");
  await (await subscription())?.unsubscribe();
}

byId("notifications").addEventListener("click", () => busy(byId("notifications"), async () => {
  await (notified ? stopNotifying() : notify());
  await showNotifying();
  announce(notified ? "C'est fait. Les demandes arrivent en notification." : "C'est fait. Les demandes arrivent par SMS.", "bon");
}));

function askForNumber() {
  byId("demander").hidden = false;
  byId("entrer").hidden = true;
}

byId("demander").addEventListener("submit", (event) => {
  event.preventDefault();
  const pressed = event.submitter ?? event.target.querySelector("button");
  busy(pressed, async () => {
    await call("POST", "/auth/codes", { phone: byId("telephone").value, channel: pressed.value });
    byId("demander").hidden = true;
    byId("entrer").hidden = false;
    byId("code").value = "";
    byId("code").focus();
    announce(pressed.value === "call" ? "Nous vous appelons." : "Le code arrive par SMS.");
  });
});

byId("entrer").addEventListener("submit", (event) => {
  event.preventDefault();
  busy(event.target.querySelector("button"), async () => {
    const code = byId("code").value.replaceAll(" ", "");
    const { token } = await call("POST", "/auth/sessions", { phone: byId("telephone").value, code });
    sessionStorage.setItem(KEY, token);
    await signedIn();
    byId("t-espace").focus();
  });
});

byId("autre-numero").addEventListener("click", () => { announce(""); askForNumber(); byId("telephone").focus(); });
byId("sortir").addEventListener("click", () => busy(byId("sortir"), async () => {
  if (notified) await stopNotifying();
  await call("DELETE", "/auth/sessions/current");
  signedOut("Vous êtes déconnecté(e).");
  byId("t-connexion").focus();
}));

if (sessionStorage.getItem(KEY)) {
  signedIn().catch((error) => { if (error.status !== 401) { signedOut(error.message); } });
} else {
  signedOut();
}
