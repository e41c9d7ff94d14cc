// The chat window: what the visitor sees and does. The parts: words, visit (requests), line (news), log (messages).

import { Line } from "./line.js";
import { Log } from "./log.js";
import { fresh_id, Refused, Visit } from "./visit.js";
import { words } from "./words.js";

const page = document.body.dataset;
const say_it = words(document.documentElement.lang);
const at = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
// Chromium and WebKit name the page around us themselves; elsewhere the loader does.
const around = location.ancestorOrigins?.[0] || asked.get("origin") || "";

const visit = new Visit(page.key, (kept) => tell({ manyline: "keep", kept }));
const log = new Log(at("log"), say_it, page.name);
const line = new Line({ ticket: visit.ticket, heard, look });
const LIVE = ["resuming", "queued", "active"];
const other_tabs = channel();

let state = ""; // new, connecting, resuming, queued, active, ended, closed, refused
let version = 0;
let stream = "";
let is_shown = window.parent === window;
let unread = 0;
let looking = null;
let look_again = false;
const outbox = [];

// What is shown

function become(next, text = "") {
  if (next === state && !text) return;
  const before = state;
  state = next;
  document.body.dataset.state = next;
  at("hello").hidden = !["new", "connecting"].includes(next);
  at("talk").hidden = !["queued", "active", "ended"].includes(next);
  at("say").hidden = !["queued", "active"].includes(next);
  at("end").hidden = !["queued", "active"].includes(next);
  at("over").hidden = !["ended", "closed", "refused"].includes(next);
  at("start").disabled = next === "connecting";
  // That an agent is here stands once, where it happened in the conversation.
  at("state").textContent = text || (next === "active" ? "" : say_it[next]) || "";
  if (LIVE.includes(next)) line.start();
  else line.stop();
  if (next === "active" && before === "queued") log.notice(say_it.active);
  if (next === "ended") visit.forget();
  banner(true);
}

function banner(is_up) {
  at("banner").hidden = (is_up && navigator.onLine) || !LIVE.includes(state);
}

function complain(text) {
  at("complaint").textContent = text;
}

function typing_shown() {
  at("typing").textContent = `${page.name} ${say_it.typing}`;
  clearTimeout(typing_shown.timer);
  typing_shown.timer = setTimeout(typing_gone, 4_000);
}

function typing_gone() {
  at("typing").textContent = "";
}

// What comes in

function heard(frame, from_other_tab = false) {
  if (frame.stream !== stream) return;
  if (!from_other_tab) other_tabs?.postMessage(frame);
  if (frame.typing === "agent") typing_shown();
  if (frame.state) news_of_state(frame.version, frame.state);
  if (!frame.seq || frame.seq <= log.last) return;
  if (frame.message && frame.seq === log.last + 1) show(frame.message);
  else look();
}

function show(message) {
  if (message.by === "agent" && state === "queued") become("active"); // her first words may overtake that news
  if (!log.add(message) || message.by !== "agent") return;
  typing_gone();
  if (!is_shown) tell({ manyline: "unread", count: ++unread });
}

function news_of_state(number, next) {
  if (number < version) return;
  version = number;
  become(next);
}

// One look at a time; asked while one is under way, one more follows.
function look() {
  look_again = Boolean(looking);
  looking ??= fetch_news().finally(() => {
    looking = null;
    if (look_again) look();
  });
  return looking;
}

async function fetch_news() {
  try {
    const after = log.last;
    const news = await visit.read(after);
    if (!news || after > log.last) return;
    draw(news);
    banner(true);
  } catch (fault) {
    if (fault instanceof Refused && [401, 404].includes(fault.status)) become("ended");
    else banner(false);
  }
}

function draw(snapshot) {
  stream = snapshot.stream;
  snapshot.messages.forEach(show);
  log.last = Math.max(log.last, snapshot.last); // what only agents may see has a number too
  news_of_state(snapshot.version, snapshot.state);
}

// What the visitor does

async function open_chat(event) {
  event.preventDefault();
  const text = at("question").value;
  if (!text.trim()) return at("question").focus();
  complain("");
  become("connecting");
  try {
    const answer = await visit.open({
      name: at("name").value.trim(),
      email: at("email").value.trim(),
      text,
      origin: around === "null" ? "" : around,
      language: document.documentElement.lang,
    });
    begin(answer);
  } catch (fault) {
    become("new");
    if (fault instanceof Refused && fault.status === 409) visit.forget(); // an old chat: the next try is a new one
    complain(fault instanceof Refused && fault.status === 403 ? say_it.not_here : say_it.failed);
  }
}

function begin(answer) {
  if (answer.snapshot) {
    at("question").value = "";
    draw(answer.snapshot);
    at("text").focus();
    return;
  }
  become(answer.refused ? "refused" : "closed", answer.answer);
  at("again").hidden = Boolean(answer.refused); // asked again, it would be the same answer
  const mailbox = answer.mailbox || "";
  at("mailbox").hidden = !mailbox;
  at("mailbox-link").textContent = mailbox;
  at("mailbox-link").href = `mailto:${mailbox}`;
  at("opens").textContent = answer.opens_at ? say_it.opens_at(moment(answer.opens_at)) : "";
  at(answer.refused ? "close" : "again").focus();
}

function moment(instant) {
  const options = { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" };
  return new Date(instant).toLocaleString(document.documentElement.lang, options);
}

function send() {
  const text = at("text").value;
  if (!text.trim()) return;
  if (text.length > Number(page.most)) return complain(say_it.too_long(page.most));
  complain("");
  at("text").value = "";
  deliver(fresh_id(), text);
}

// One after the other, in the order in which they were written. What cannot be sent stops what was written after it:
// nothing goes out late on its own, and nothing overtakes.
function deliver(id, text) {
  log.on_its_way(id, text, () => deliver(id, text));
  outbox.push({ id, text });
  if (outbox.length === 1) send_all();
}

async function send_all() {
  while (outbox.length && (await try_to_send(outbox[0]))) outbox.shift();
  for (const { id } of outbox.splice(0)) log.not_sent(id);
}

async function try_to_send({ id, text }) {
  try {
    const message = await visit.say(id, text);
    complain("");
    if (message.n === log.last + 1) show(message);
    else if (message.n > log.last) await look();
    else log.drop(id); // it had come already
    return true;
  } catch (fault) {
    if (fault instanceof Refused && fault.status === 429) complain(say_it.too_fast);
    else if (fault instanceof Refused && [401, 404, 409].includes(fault.status)) await look();
    else banner(false);
    return false;
  }
}

async function end_chat() {
  const button = at("end");
  if (!button.dataset.sure) {
    button.dataset.sure = "yes";
    button.textContent = say_it.end_really;
    setTimeout(() => {
      delete button.dataset.sure;
      button.textContent = say_it.end;
    }, 4_000);
    return;
  }
  try {
    await visit.end();
    become("ended");
    at("again").focus();
  } catch {
    complain(say_it.failed);
  }
}

function start_over() {
  visit.forget();
  log.clear();
  version = 0;
  stream = "";
  at("mailbox").hidden = true;
  at("opens").textContent = "";
  become("new");
  at("question").focus();
}

// The page around us

function tell(message) {
  if (window.parent !== window && around && around !== "null") window.parent.postMessage(message, around);
}

function channel() {
  try {
    return new BroadcastChannel(`manyline:${page.key}`);
  } catch {
    return null; // an old browser, or one that denies it to frames of other sites
  }
}

// The session that the site around us kept; nothing after a second, so that a chat can begin anyhow.
function kept_outside() {
  return new Promise((resolve) => {
    setTimeout(resolve, 1_000);
    addEventListener("message", (event) => {
      if (from_outside(event) && event.data?.manyline === "kept") resolve(event.data.kept);
    });
    tell({ manyline: "ask" });
  });
}

const from_outside = (event) => event.source === window.parent && event.origin === around;

function told(event) {
  if (!from_outside(event) || !["open", "close"].includes(event.data?.manyline)) return;
  is_shown = event.data.manyline === "open";
  if (!is_shown) return;
  unread = 0;
  tell({ manyline: "unread", count: 0 });
  (state === "new" ? at("question") : at("text")).focus();
}

function close_window() {
  tell({ manyline: "close" });
}

function translate() {
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say_it[element.dataset.word];
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say_it[element.dataset.label]);
  }
  at("text").placeholder = say_it.write;
}

function listen() {
  at("hello").addEventListener("submit", open_chat);
  at("say").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  at("text").addEventListener("input", () => line.typing());
  for (const [id, act] of [["text", send], ["question", () => at("hello").requestSubmit()]]) {
    at(id).addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      act();
    });
  }
  at("end").addEventListener("click", end_chat);
  at("again").addEventListener("click", start_over);
  at("close").addEventListener("click", close_window);
  at("close").hidden = window.parent === window;
  addEventListener("keydown", (event) => event.key === "Escape" && close_window());
  addEventListener("message", told);
  addEventListener("offline", () => banner(false));
  addEventListener("pagehide", () => other_tabs?.postMessage({ bye: stream }));
  other_tabs?.addEventListener("message", ({ data }) => {
    // The server pushes to the tab that connected last: when it closes, another one takes over.
    if (data.bye && data.bye === stream) line.reopen();
    else heard(data, true);
  });
}

async function start() {
  document.documentElement.style.setProperty("--brand", page.colour);
  document.documentElement.style.setProperty("--ink", page.ink);
  translate();
  listen();
  if (!visit.has_storage && window.parent !== window) visit.take_up(await kept_outside());
  become(visit.is_open ? "resuming" : "new");
  tell({ manyline: "ready", label: `${say_it.launcher}: ${page.name}`, colour: page.colour, ink: page.ink });
  if (visit.is_open) look();
}

start();
