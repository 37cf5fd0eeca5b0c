// The telephone, made live: forms are posted in place, calls ring, and the line may speak and listen
// with this device's own voices. Everything is rendered by the server; without this, forms do it all.
const WATCH_EVERY_MS = 1000;
const LAST_KEY_MS = 3000;
const PARTS = ["tete", "suite", "pave", "compris", "sonneries"];

const main = document.getElementById("contenu");
const telephone = main.querySelector(".telephone");
const thread = document.getElementById("fil");
const byId = (id) => document.getElementById(id);
const state = () => telephone?.dataset.etat ?? "repos";
let turns = 0;
let sending = 0;
let asked = Promise.resolve();
let keysDone = 0;

main.classList.add("vif");
if (thread) scroll();

// To the end, but never past the beginning of what was said last.
function scroll() {
  const last = byId("paroles").lastElementChild;
  thread.scrollTop = last ? last.offsetTop - 16 : 0;
}

// --- what the server rendered takes the place of what was there; focus stays where it was.
function show(html) {
  if (byId("annonce").classList.contains("message")) announce("");
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const before = document.activeElement;
  const held = main.contains(before) ? before : null;
  const was = state();
  for (const id of PARTS) {
    const [old, now] = [byId(id), fresh.getElementById(id)];
    if (!old || !now || old.outerHTML === now.outerHTML) continue;
    const typed = old.querySelector("#say")?.value;
    old.replaceWith(now);
    if (typed && byId("say")) byId("say").value = typed;
  }
  const next = fresh.querySelector(".telephone");
  if (telephone && next) {
    telephone.dataset.etat = next.dataset.etat;
    document.title = fresh.title;
    if (state() !== was) announce(byId("titre").textContent);
    const added = caption(fresh);
    afterwards(was, added);
  }
  if (held && !held.isConnected) keepFocus(held);
}

function caption(fresh) {
  const list = byId("paroles");
  const lines = [...fresh.querySelectorAll("#paroles > li")];
  const same = [...list.children].every((one, i) => lines[i]?.textContent === one.textContent);
  if (!same) list.replaceChildren();
  const added = lines.slice(list.children.length);
  list.append(...added);
  if (added.length) scroll();
  return added;
}

// The same button or field again; else the answer, else a key, else the heading or the first field.
function keepFocus(held) {
  const twin = (one) => one.value === held.value && one.textContent === held.textContent;
  const again = held.id ? byId(held.id) : [...main.querySelectorAll("button")].find(twin);
  const place = [again, byId("say"), main.querySelector(".touches button")].find((one) => one && !one.disabled);
  (place ?? byId("titre") ?? main.querySelector("select")).focus();
}

function afterwards(was, added) {
  clearTimeout(keysDone);
  if (byId("tapees")) keysDone = setTimeout(() => send({ action: "say" }), LAST_KEY_MS);
  if (state() === "sonne") { if (was !== "sonne") ring(); } else stopRinging();
  speak(added);
}

// --- forms: one after the other, so that nothing said while the line answers is lost.
function send(fields) {
  turns += 1;
  sending += 1;
  hush();
  asked = asked.then(() => post(fields)).catch(lost).finally(() => { sending -= 1; });
  return asked;
}

async function post(fields) {
  show(await page({ method: "POST", body: new URLSearchParams(fields) }));
}

async function page(request) {
  const answer = await fetch(main.dataset.watch, request);
  // The demo keeps a few telephones only, and none over a restart.
  if (answer.status === 404) location.assign("/demo/phone");
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer.text();
}

function announce(text, fault = false) {
  const place = byId("annonce");
  place.textContent = text;
  place.className = fault ? "message mauvais" : "lecteur";
}

const lost = () => announce("La démonstration ne répond pas. On réessaie.", true);

telephone?.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = event.target.querySelector("#say");
  const pressed = event.submitter ?? event.target.querySelector("button");
  const fields = { action: pressed.value };
  if (field) { fields.say = field.value; field.value = ""; }
  send(fields);
});

// --- the keyboard's digits are keys, while the focus is on the telephone and not in a field.
telephone?.addEventListener("keydown", (event) => {
  if (event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = /^[0-9*#]$/.test(event.key) && telephone.querySelector(`button[value="key-${CSS.escape(event.key)}"]`);
  if (!key || key.disabled) return;
  event.preventDefault();
  key.classList.add("enfoncee");
  setTimeout(() => key.classList.remove("enfoncee"), 150);
  send({ action: key.value });
});

// --- does it ring? Asked once a second, unless a call is on.
async function watch() {
  const turn = turns;
  // While a form is answered the page may show half of it, and lead the focus away.
  if (state() !== "ligne" && !sending) {
    try {
      const html = await page({ cache: "no-store" });
      if (turn === turns) show(html);
    } catch { lost(); }
  }
  setTimeout(watch, WATCH_EVERY_MS);
}
setTimeout(watch, WATCH_EVERY_MS);

// --- a voice: only those that live on this device.
const voices = window.speechSynthesis;
const voiceSwitch = byId("voix");
const localVoice = (language) => voices?.getVoices().find((one) => one.localService && one.lang.toLowerCase().startsWith(language));
let sound = null;
let ringing = 0;

function hush() { voices?.cancel(); ears?.abort(); ears = null; }

function speak(added) {
  const lines = voiceSwitch?.checked ? added.filter((one) => one.classList.contains("ligne")) : [];
  const said = lines.flatMap((line) => [...line.querySelectorAll("p")].map((one) => utterance(one.textContent, line.lang || "fr")));
  const spoken = said.filter((one) => one.voice);
  for (const one of spoken) voices.speak(one);
  if (!added.length) return;
  if (spoken.length) spoken.at(-1).addEventListener("end", listen);
  else listen();
}

function utterance(text, language) {
  const said = new SpeechSynthesisUtterance(text);
  said.voice = localVoice(language) ?? null;
  said.lang = said.voice?.lang ?? language;
  said.rate = 0.9;
  return said;
}

// A soft ring, in the French rhythm, where the line may make a sound at all.
function ring() {
  stopRinging();
  if (!voiceSwitch?.checked || !window.AudioContext) return;
  sound ??= new AudioContext();
  const once = () => {
    const [tone, volume] = [sound.createOscillator(), sound.createGain()];
    const at = sound.currentTime;
    tone.frequency.value = 440;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.06, at + 0.1);
    volume.gain.setValueAtTime(0.06, at + 1.3);
    volume.gain.linearRampToValueAtTime(0, at + 1.5);
    tone.connect(volume).connect(sound.destination);
    tone.start(at);
    tone.stop(at + 1.5);
  };
  once();
  ringing = setInterval(once, 5000);
}

function stopRinging() { clearInterval(ringing); ringing = 0; }

// --- ears: only where the browser understands speech on this device.
const Recognition = window.SpeechRecognition;
const microphone = byId("micro");
let ears = null;

function listen() {
  if (!microphone?.checked || !byId("say") || ears) return;
  const mine = new Recognition();
  mine.processLocally = true;
  mine.lang = byId("paroles").lastElementChild?.lang === "en" ? "en-GB" : "fr-FR";
  mine.addEventListener("result", (event) => send({ action: "say", say: event.results[0][0].transcript }));
  mine.addEventListener("end", () => { if (ears === mine) ears = null; });
  ears = mine;
  mine.start();
}

function offer(input, possible, help, key) {
  input.disabled = !possible;
  byId(`${input.id}-aide`).textContent = help;
  input.checked = possible && localStorage.getItem(key) === "oui";
  input.onchange = () => {
    localStorage.setItem(key, input.checked ? "oui" : "non");
    if (!input.checked) { hush(); stopRinging(); } else if (input === microphone) listen();
  };
}

function offerVoice() {
  const found = localVoice("fr");
  offer(voiceSwitch, Boolean(found), found ? "" : "Cet appareil n'a pas de voix française. Les sous-titres disent tout.", "compagnie-voix");
}

async function offerEars() {
  const asks = { langs: ["fr-FR"], processLocally: true };
  const found = (await Recognition?.available?.(asks).catch(() => "unavailable")) === "available";
  offer(microphone, found, found ? "" : "Ce navigateur ne reconnaît pas la voix sur l'appareil. Écrivez la réponse.", "compagnie-micro");
}

if (telephone) {
  byId("t-confort").closest("section").hidden = false;
  offerVoice();
  voices?.addEventListener("voiceschanged", offerVoice);
  offerEars();
  addEventListener("pagehide", hush);
  if (state() === "sonne") ring();
  // The fragment of the plain page would take the focus back.
  history.replaceState(null, "", location.pathname);
  if (state() === "ligne") byId("titre").focus({ preventScroll: true });
}
