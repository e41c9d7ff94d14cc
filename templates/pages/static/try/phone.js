// The Phone card of /try: several lines, of which one is listened to. What is heard is only ever set as text.
import { ask, Lines } from "/static/try/lines.js";
import { Ringing } from "/static/try/ringing.js";
import { Texts } from "/static/try/texts.js";
import { Voice } from "/static/try/voice.js";

const at = (id) => document.getElementById(id);
const form = at("phone-form");
const pad = at("phone-pad");
const sayForm = at("phone-say");
const MOST_OVER = 5; // lines that are over and still in the list
const SPEAKERS = { system: "", agent: "Agent: ", customer: "You: ", outside: "Outside: ", keys: "You press ", note: "" };
const SPEAKERS_OUTSIDE = { ...SPEAKERS, customer: "Caller: ", outside: "You: ", keys: "Key " };
const STATES = {
  menu: "You hear the client's menu",
  waiting: "You are waiting for an agent",
  ringing: "It rings at an agent",
  connected: "You talk to an agent",
  held: "You are on hold",
  goodbye: "The agent has hung up",
  patched: "You are put through to somebody outside",
  scheduled: "You will be called back",
  dialling: "Your telephone rings",
  over: "The call is over",
};
const STATES_OUTSIDE = { ringing: "Your telephone rings", connected: "You talk to somebody who was put through", over: "The call is over" };
let shown = "";
let loaded = false; // what was said before the page was loaded is not read out again

const voice = new Voice(at("phone-aloud"));
const lines = new Lines({ told, failed: complain });
const texts = new Texts({ list: at("phone-texts"), title: at("phone-texts-title") });
const ringing = new Ringing({ list: at("phone-ringing"), answered: begin, failed: complain });

function item(line, { began_at: began, direction }) {
  const entry = document.createElement("li");
  entry.dataset.who = line.who;
  const time = document.createElement("time");
  const seconds = Math.max((new Date(line.at) - new Date(began)) / 1000, 0);
  time.dateTime = line.at;
  time.textContent = `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")} `;
  const speakers = direction === "outside" ? SPEAKERS_OUTSIDE : SPEAKERS;
  entry.append(time, `${speakers[line.who] ?? ""}${line.text} `);
  if (line.block) {
    const block = document.createElement("small");
    block.textContent = line.block;
    entry.append(block);
  }
  return entry;
}

function add(list, said, view) {
  if (!said.length) return;
  list.append(...said.map((line) => item(line, view)));
  list.scrollTop = list.scrollHeight;
}

function told(call, said, happened) {
  const { view } = call;
  if (view.call === shown) {
    add(at("phone-heard"), said, view);
    add(at("phone-happened"), happened, view);
    if (loaded) voice.read(said, view.language);
  }
  paint();
}

function isLive(view) {
  return Boolean(view) && view.state !== "over";
}

function stateOf(view) {
  // Of a call that we began, no menu speaks: who is on call hears a message.
  if (view.state === "menu" && view.direction !== "inbound") return "You hear a message";
  return (view.direction === "outside" ? STATES_OUTSIDE : STATES)[view.state] ?? view.state;
}

function paint() {
  const view = lines.get(shown)?.view;
  const live = isLive(view);
  at("phone-hangup").disabled = !live;
  pad.disabled = !live;
  for (const part of sayForm.querySelectorAll("input, button")) part.disabled = !live;
  if (view) {
    const who = view.tenant_name ? ` · ${view.tenant_name}` : "";
    const words = `${stateOf(view)}${who}`;
    if (at("phone-state").textContent !== words) at("phone-state").textContent = words;
    links(view);
  }
  paintLines();
}

// The buttons stay the same elements, so that the focus stays where it is. What is over is folded away.
function paintLines() {
  const list = at("phone-lines");
  const folded = at("phone-over");
  const past = folded.querySelector("ul");
  const all = lines.all();
  const entries = () => [...list.children, ...past.children];
  for (const entry of entries()) if (!lines.get(entry.dataset.call)) entry.remove();
  all.forEach(({ view }, place) => {
    const entry = entries().find((one) => one.dataset.call === view.call) ?? line(list, view.call);
    const home = isLive(view) || view.call === shown ? list : past;
    if (entry.parentElement !== home) home.append(entry);
    const button = entry.firstElementChild;
    const words = `${place + 1} · ${view.tenant_name || view.to}: ${stateOf(view)}`;
    if (button.textContent !== words) button.textContent = words;
    button.setAttribute("aria-pressed", String(view.call === shown));
    entry.dataset.over = String(view.state === "over");
  });
  const gone = past.children.length;
  at("phone-lines-title").hidden = all.length < 2;
  list.hidden = all.length < 2;
  folded.hidden = !gone;
  folded.firstElementChild.textContent = gone === 1 ? "1 call is over" : `${gone} calls are over`;
}

function line(list, id) {
  const entry = document.createElement("li");
  entry.dataset.call = id;
  const button = document.createElement("button");
  button.type = "button";
  button.addEventListener("click", () => show(id));
  entry.append(button);
  list.append(entry);
  return entry;
}

at("phone-over").querySelector(".main").addEventListener("click", () => {
  for (const { view } of lines.all()) if (!isLive(view) && view.call !== shown) lines.forget(view.call);
  at("phone-over").open = false;
  paintLines();
});

function links(view) {
  const contact = view.tenant ? `Contact ${view.contact_id} of ${view.tenant}.` : "";
  const desk = Object.assign(document.createElement("a"), { href: "/desk", textContent: "Agent desk" });
  const records = Object.assign(document.createElement("a"), {
    href: `/try/api/calls/${encodeURIComponent(view.call)}/records`, textContent: "Contact records",
  });
  for (const link of [desk, records]) link.target = "_blank";
  at("phone-links").replaceChildren(contact, " ", desk, " · ", records);
}

function show(id) {
  const call = lines.get(id);
  if (!call) return;
  if (id !== shown) voice.hush();
  shown = id;
  at("phone-heard").replaceChildren();
  at("phone-happened").replaceChildren();
  add(at("phone-heard"), call.lines, call.view);
  add(at("phone-happened"), call.happened, call.view);
  paint();
}

// A call that was dialled or answered here is the one that is listened to.
function begin(view) {
  const over = lines.all().filter((call) => !isLive(call.view));
  for (const { view: old } of over.slice(0, Math.max(over.length - MOST_OVER, 0))) lines.forget(old.call);
  shown = view.call;
  at("phone-heard").replaceChildren();
  at("phone-happened").replaceChildren();
  voice.hush();
  lines.follow(view);
  pad.querySelector("button").focus();
}

function complain(error) {
  at("phone-state").textContent = error.message;
}

// Pressed twice in one go, a button is pressed once.
function once(button) {
  if (!button) return;
  button.disabled = true;
  setTimeout(() => { button.disabled = false; }, 1_000);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  once(event.submitter);
  at("phone-state").textContent = "Dialling…";
  try {
    begin(await ask("/try/api/calls", { to: form.elements.to.value, from: form.elements.from.value }));
  } catch (error) {
    complain(error);
  }
});

form.elements.known.addEventListener("change", () => {
  form.elements.to.value = form.elements.known.value;
});

at("phone-hangup").addEventListener("click", () => lines.act(shown, "hangup"));

pad.addEventListener("click", (event) => {
  const key = event.target.dataset?.key;
  if (key) lines.act(shown, "keys", { keys: key });
});

// Keys of the keyboard are keys of the telephone, unless somebody writes.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, textarea, select")) return;
  if (!isLive(lines.get(shown)?.view)) return;
  if (/^[0-9*#]$/.test(event.key)) lines.act(shown, "keys", { keys: event.key });
  if (event.key === "Escape" && confirm("Hang up?")) lines.act(shown, "hangup");
});

sayForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = sayForm.elements.text;
  if (!field.value.trim()) return;
  lines.act(shown, "say", { text: field.value });
  field.value = "";
});

async function start() {
  try {
    const numbers = await ask("/try/api/numbers");
    form.elements.known.replaceChildren(...numbers.map((one) => new Option(`${one.name} (${one.phone})${one.open ? "" : ", closed now"}`, one.phone)));
    form.elements.to.value = form.elements.known.value;
    for (const view of await lines.kept()) {
      shown = view.call;
      lines.follow(view);
    }
  } catch (error) {
    complain(error);
  }
  loaded = true;
  ringing.watch();
  texts.watch();
}

start();
