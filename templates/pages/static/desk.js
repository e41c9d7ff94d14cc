// An agent's page: which contact is before him, his keys, his telephone, and the line that brings news.

import { ring, notify, play, muteButton, wakeSound } from "./desk/bell.js";
import { startClock, tick } from "./desk/clock.js";
import { dropDraft, forget, keepDrafts, restoreDrafts } from "./desk/drafts.js";
import { asNote, needed } from "./desk/forms.js";
import { talking } from "./desk/talking.js";
import { fetchPieces, isSignedOut, left as leftThePage, openLine, signInAgain } from "./live.js";

const $ = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const byId = (id) => document.getElementById(id);

let chosen = sessionStorage.getItem("chosen") ?? "";
const unread = new Set();
const known = new Map(); // contact → the state that the page showed last
let takeOnConnect = ""; // the contact that this page said yes to: its screen comes to the front

// Which contact is before the agent

function choose(contact, { focus = false } = {}) {
  const before = byId(`pane-${chosen}`);
  chosen = contact;
  sessionStorage.setItem("chosen", contact);
  unread.delete(contact);
  arrange();
  const pane = byId(`pane-${contact}`);
  if (!pane) return;
  scrollDown(contact);
  if (before && before !== pane && before.dataset.client !== pane.dataset.client) flash(pane);
  if (focus) focusOn(contact);
}

function focusOn(contact) {
  const text = byId(`text-${contact}`);
  const target = byId(`pane-${contact}`)?.classList.contains("voice") || !text?.checkVisibility() ? byId(`title-${contact}`) : text;
  target?.focus();
}

// Somebody who talks for two clients in turn must not greet in the wrong name.
function flash(pane) {
  const head = $(".head", pane);
  head?.classList.add("changed");
  setTimeout(() => head?.classList.remove("changed"), 1200);
}

function arrange() {
  if (!byId(`pane-${chosen}`)) chosen = $("#mine .row, #offers .row")?.dataset.contact ?? "";
  if (!document.hidden) unread.delete(chosen);
  for (const part of all(".pane, .side")) part.hidden = part.dataset.contact !== chosen;
  for (const row of all(".row")) {
    const { contact } = row.dataset;
    $(".open", row).setAttribute("aria-current", String(contact === chosen));
    $(".unread", row).hidden = !unread.has(contact);
  }
  document.body.classList.toggle("nothing-open", !chosen);
  const waiting = all("#offers .row").length + unread.size;
  document.title = waiting ? `(${waiting}) Desk · Manyline` : "Desk · Manyline";
}

// After every change of the page: what is new, what is gone

function refresh() {
  const rows = new Map(all(".row").map((row) => [row.dataset.contact, row]));
  for (const [contact, row] of rows) {
    const [before, state] = [known.get(contact), row.dataset.state];
    known.set(contact, state);
    if (state === "offered" && before !== "offered") offered(row);
    if (state === "connected" && before === "offered" && takeOnConnect === contact) taken(contact);
    if (state === "ended" && before && before !== "ended") say(`${row.dataset.client}: ${row.dataset.handedOn === undefined ? "the conversation has ended" : "you handed it on"}. Wrap-up.`);
  }
  for (const contact of known.keys()) if (!rows.has(contact)) left(contact);
  ring(all('#offers .row[data-channel="voice"]:not([data-outbound])').length);
  restoreDrafts();
  arrange();
  phone.redraw();
  all(".wrap").forEach(needed);
  tick();
}

const CALLED = { voice: "Call", voicemail: "Message of a caller" };

function offered(row) {
  const { client, channel, contact, outbound } = row.dataset;
  if (row.dataset.toCall) return toCall(row);
  if (outbound !== undefined) return choose(contact); // he dials himself
  say(`${CALLED[channel] ?? channel} for ${client}. Alt and A answers.`);
  if (channel === "chat" || channel === "voicemail") play("chat");
  notify(client, channel);
  return chosen || choose(contact);
}

// A call of a campaign, or one that was promised. It comes to the front only where nothing else is there.
function toCall({ dataset: { client, contact, byItself } }) {
  const how = byItself === undefined ? "Alt and A calls." : "It is made in 3 seconds.";
  say(`A call to make for ${client}. ${how}`);
  play("chat");
  notify(client, "voice");
  if (!byId(`pane-${chosen}`) || byItself !== undefined || known.get(chosen) === undefined) choose(contact);
}

function taken(contact) {
  takeOnConnect = "";
  choose(contact, { focus: true });
}

function left(contact) {
  leftThePage();
  known.delete(contact);
  unread.delete(contact);
  const wasChosen = chosen === contact;
  arrange();
  if (wasChosen) (chosen ? $(`[data-open="${chosen}"]`) : byId("work")).focus();
}

function said(thread) {
  const contact = thread.id.slice("thread-".length);
  const last = thread.lastElementChild;
  if (!last?.classList.contains("customer") || known.get(contact) === "offered" || (contact === chosen && !document.hidden)) return;
  unread.add(contact);
  play("line");
  arrange();
}

function scrollDown(contact) {
  for (const thread of all(".thread", byId(`pane-${contact}`))) thread.scrollTop = thread.scrollHeight;
}

const say = (words) => { byId("announce").textContent = words; };

function toast(words, tone = "late") {
  const note = document.createElement("p");
  note.className = `toast ${tone}`;
  note.textContent = words;
  byId("toasts").append(note);
}

// A toast stays long enough to be read, and as long as it is looked at.
new MutationObserver((changes) => {
  for (const note of changes.flatMap((change) => [...change.addedNodes]))
    if (note.nodeType === 1) setTimeout(() => note.remove(), 9000);
}).observe(byId("toasts"), { childList: true });

// Commands: htmx sends them; here they get their ids, and their failures a voice

function problem(event) {
  const { ctx } = event.detail;
  if (isSignedOut(ctx.response?.status, ctx.text)) return signInAgain();
  const told = (() => { try { return JSON.parse(ctx.text); } catch { return {}; } })();
  const kept = ctx.sourceElement.dataset.composer ? " Your text is kept." : "";
  toast(`${told.detail ?? "That did not work."}${kept}`);
  if (ctx.response?.status === 409 || ctx.response?.status === 404) snapshot();
}

// Sent again after a failure it is the same message; changed in between it is another one.
function sending(form, body) {
  const id = $("[name=client_id]", form);
  const text = body.get("text");
  if (form.lastTried !== text || !id.value) id.value = crypto.randomUUID();
  form.lastTried = text;
  body.set("client_id", id.value);
}

function sent(form) {
  const text = $("textarea", form);
  if (text.value === form.lastTried) {
    text.value = "";
    dropDraft(text);
  }
  form.lastTried = undefined;
  $("[name=client_id]", form).value = "";
  scrollDown(form.dataset.composer);
}

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const { sourceElement: source, request } = ctx;
  if (source.dataset.composer) sending(source, request.body);
  if (source.dataset.accept) takeOnConnect = source.dataset.accept;
  if (source.dataset.status) wakeSound();
});
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const { sourceElement: source, response } = ctx;
  if (!response?.raw.ok) return;
  if (source.dataset.composer) sent(source);
  if (source.dataset.wrap) finished(source);
});
document.addEventListener("htmx:response:error", problem);
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (ctx?.request) toast(`Nothing was sent: the connection failed.${ctx.sourceElement?.dataset.composer ? " Your text is kept." : ""} Try again.`);
});
document.addEventListener("htmx:after:swap", refresh);

function finished(form) {
  if (form.dataset.phone) phone.clear().catch(() => {});
  forget(form.dataset.wrap);
}

// The telephone

const agent = document.body.dataset.agent;
const phone = talking({ toast, choose, dropDraft, taking: (contact) => { takeOnConnect = contact; }, wake: wakeSound });

document.addEventListener("click", ({ target }) => {
  for (const menu of all(".menu[open]")) if (!menu.contains(target)) menu.open = false;
  const button = target.closest("button");
  if (!button) return;
  if (button.dataset.open) choose(button.dataset.open);
});
document.addEventListener("change", ({ target }) => {
  const form = target.closest(".wrap");
  if (form) needed(form);
  if (target.name === "kind") asNote(target.form);
});

// Keys

function neighbour(step) {
  const rows = all(".row");
  const at = rows.findIndex((row) => row.dataset.contact === chosen);
  const next = rows[(at + step + rows.length) % rows.length];
  if (next) choose(next.dataset.contact, { focus: true });
}

function write(kind) {
  const choice = byId(`${kind}-${chosen}`);
  if (choice) {
    choice.checked = true;
    asNote(choice.form);
  }
  byId(`text-${chosen}`)?.focus();
}

const pressIf = (button) => button?.checkVisibility() && !button.disabled && button.click();
const KEYS = {
  KeyA: () => pressIf($(`#head-${CSS.escape(chosen)} :is([data-accept], [data-deed=call])`) ?? $("#offers :is([data-accept], [data-deed=call])")),
  KeyJ: () => neighbour(1),
  KeyK: () => neighbour(-1),
  KeyL: () => write("reply"),
  KeyP: () => write("note"),
  KeyH: () => pressIf(byId(`hold-${chosen}`) ?? byId(`resume-${chosen}`)),
  KeyT: () => pressIf(byId(`transfer-${chosen}`)),
  KeyM: () => pressIf(byId(`mute-${chosen}`)),
  KeyE: () => pressIf(byId(`end-${chosen}`)),
  KeyW: () => pressIf(byId(`finish-${chosen}`)),
};

document.addEventListener("keydown", (event) => {
  // By the place of the key: on some keyboards Alt and a letter is a sign of its own.
  if (event.altKey && !event.ctrlKey && !event.metaKey && KEYS[event.code]) {
    event.preventDefault();
    KEYS[event.code]();
  }
  const menu = event.key === "Escape" && event.target.closest?.(".menu[open]");
  if (menu) {
    menu.open = false;
    $("summary", menu).focus();
  }
  const form = event.target.closest?.("[data-composer]");
  if (event.key === "Enter" && event.target.matches?.("textarea") && form && !event.isComposing) {
    const send = form.dataset.channel === "chat" ? !event.shiftKey : event.ctrlKey || event.metaKey;
    if (send) {
      event.preventDefault();
      form.requestSubmit();
    }
  }
});

// The line

const snapshot = () => fetchPieces("/desk/inbox").catch(() => {});
const chip = byId("link");

function lineState(word, since) {
  clearInterval(lineState.timer);
  const show = () => {
    const gone = since ? Math.round((Date.now() - since) / 1000) : 0;
    const [text, tone, icon] =
      word === "live" ? ["Live", "ready", "wifi"]
      : word === "stopped" ? ["Open elsewhere", "off", "wifi-off"]
      : gone < 30 ? [`Reconnecting (${gone} s)`, "due", "wifi-off"]
      : [`Offline: showing ${new Date(since).toLocaleTimeString()}`, "late", "wifi-off"];
    chip.className = `link chip ${tone}`;
    $("span", chip).textContent = text;
    $("use", chip).setAttribute("href", `/static/icons.svg#${icon}`);
    byId("reconnect").hidden = gone < 30;
  };
  if (word !== "reconnecting") return show();
  // A blink of the line is nothing to look at.
  lineState.timer = setInterval(() => Date.now() - since > 3000 && show(), 1000);
}

function told(message) {
  if (message.type === "taken_over") {
    line.stop();
    phone.stop();
    byId("taken").showModal();
  }
  if (message.typing === "customer") {
    const sign = byId(`typing-${message.stream.split(":")[1]}`);
    if (!sign) return;
    sign.hidden = false;
    clearTimeout(sign.timer);
    sign.timer = setTimeout(() => { sign.hidden = true; }, 5000);
  }
}

const address = new URL("/ws", location.href);
address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
const line = agent ? openLine(address, { snapshot, told, state: lineState }) : null;

document.addEventListener("input", ({ target }) => {
  const form = target.closest("[data-composer]");
  if (form?.dataset.channel !== "chat" || Date.now() - (form.typedAt ?? 0) < 3000 || byId(`note-${form.dataset.composer}`)?.checked) return;
  form.typedAt = Date.now();
  line?.send({ action: "typing", contact: form.dataset.composer });
});

new MutationObserver((changes) => {
  for (const thread of new Set(changes.map((change) => change.target)))
    if (thread.matches?.(".thread[id^=thread-]")) {
      said(thread);
      thread.scrollTop = thread.scrollHeight;
    }
}).observe(byId("panes"), { childList: true, subtree: true });

byId("reconnect").addEventListener("click", () => line.again());
byId("take-back").addEventListener("click", () => location.reload());
byId("taken").addEventListener("cancel", (event) => event.preventDefault());
byId("help").addEventListener("click", () => byId("keys").showModal());
muteButton(byId("sound"));

// Signing out ends the shift; with customers still there it does not.
byId("leave").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await fetch("/api/desk/status", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ status: "offline" }),
  }).catch(() => ({}));
  if (answer.status === 409) return toast((await answer.json()).detail);
  await phone.signOut().catch(() => {});
  event.target.submit();
});

for (const row of all(".row")) known.set(row.dataset.contact, row.dataset.state);
keepDrafts();
startClock();
refresh();
if (chosen) scrollDown(chosen);
