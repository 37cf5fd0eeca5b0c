// Keeps the console up to date: the stream says that something changed, the fragment says what.
const board = document.getElementById("tableau");
const link = document.getElementById("lien");
const word = link.querySelector(".lien-mot");
let waiting = false;
let again = false;

function say(state, text) {
  if (link.dataset.etat === state) return;
  link.dataset.etat = state;
  word.textContent = text;
}

async function refresh() {
  if (waiting) { again = true; return; }
  waiting = true;
  try {
    const answer = await fetch("/console/board", { cache: "no-store" });
    if (answer.status === 401) { location.assign("/console/sign-in"); return; }
    if (answer.ok) replace(await answer.text());
  } catch {
    say("coupe", "Lien coupé, on réessaie…");
  } finally {
    waiting = false;
    if (again) { again = false; refresh(); }
  }
}

function replace(html) {
  const before = new Map([...board.querySelectorAll(".missions tr[id]")].map((row) => [row.id, row.textContent]));
  const open = new Map([...board.querySelectorAll("details[id]")].map((one) => [one.id, one.open]));
  const focused = place(document.activeElement);
  const fresh = new DOMParser().parseFromString(html, "text/html");
  board.replaceChildren(...fresh.body.childNodes);
  for (const [id, was] of open) { const one = document.getElementById(id); if (one) one.open = was; }
  for (const row of board.querySelectorAll(".missions tr[id]")) {
    if (before.get(row.id) !== row.textContent) row.classList.add("neuf");
  }
  if (focused) find(focused)?.focus({ preventScroll: true });
}

// Focus follows what had it: the same link or button of the same thing.
function place(element) {
  if (!board.contains(element)) return null;
  const href = element.getAttribute("href");
  return { id: element.closest("[id]").id, within: href ? `[href="${href}"]` : element.localName };
}

function find({ id, within }) {
  const holder = document.getElementById(id);
  return holder?.querySelector(within) ?? holder;
}

const source = new EventSource("/console/stream");
source.addEventListener("open", () => say("direct", "En direct"));
source.addEventListener("error", () => say("coupe", "Lien coupé, on réessaie…"));
source.addEventListener("changed", refresh);
source.addEventListener("ready", (event) => {
  say("direct", "En direct");
  if (event.data !== board.dataset.last) { board.dataset.last = event.data; refresh(); }
});
addEventListener("pagehide", () => source.close());
