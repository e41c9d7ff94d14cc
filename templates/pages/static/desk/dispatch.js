// Sending for who is on call, and watching until somebody has taken it.

import { ask, busy, open, say } from "./asking.js";
import { element, icon } from "./line.js";

const EVERY_MS = 3_000;
const ICONS = { ringing: "bell", ready: "check", late: "triangle-alert", off: "x" };
const WAYS = { voice: "phone", sms: "message-square", email: "mail" };
const byId = (id) => document.getElementById(id);
const watched = new Map(); // contact → what is known, or null: nothing was begun

export async function openDispatch({ path, contact, toast }) {
  const form = open("dispatch");
  const { ladder, message } = form.elements;
  form.onsubmit = (event) => {
    if (event.submitter?.value === "cancel") return;
    event.preventDefault();
    send(form, { path, contact, toast });
  };
  form.parentElement.onclose = () => { form.onsubmit = null; };
  message.value = noted(contact);
  try {
    const told = await ask(`/api/desk/${path}/dispatch`);
    ladder.replaceChildren(...told.ladders.map((one) => element("option", { value: one.name }, one.title)));
  } catch (error) {
    say(form, error.message);
  }
}

// What the agent has written down so far is most of the message.
function noted(contact) {
  const notes = [...document.querySelectorAll(`#thread-${contact} .msg.note .text`)].map((text) => text.textContent);
  const typed = [byId(`text-${contact}`), byId(`wrap-note-${contact}`)].map((field) => field?.value.trim() ?? "");
  return [...notes, ...typed].filter(Boolean).join("\n").slice(0, 500);
}

async function send(form, { path, contact, toast }) {
  say(form, "");
  busy(form, true);
  try {
    const begun = await ask(`/api/desk/${path}/dispatch`, { ladder: form.elements.ladder.value, message: form.elements.message.value });
    form.parentElement.close();
    toast("They are being tried. You see here who takes it.", "ready");
    known(contact, begun);
  } catch (error) {
    say(form, error.message);
    busy(form, false);
  }
}

// After every change of the page: the panels of what is on the desk.
export function drawDispatches() {
  for (const panel of document.querySelectorAll(".sent[data-may]")) {
    const contact = panel.closest(".pane").dataset.contact;
    if (byId(`head-${contact}`)?.dataset.state === "offered") continue; // nothing can have been begun from it
    if (!watched.has(contact)) fetchOne(contact);
  }
  for (const contact of [...watched.keys()]) if (!byId(`sent-${contact}`)) watched.delete(contact);
}

async function fetchOne(contact) {
  const panel = byId(`sent-${contact}`);
  if (!panel) return;
  if (!watched.has(contact)) watched.set(contact, null);
  try {
    const { dispatch } = await ask(`/api/desk/${panel.dataset.path}/dispatch`);
    if (dispatch) known(contact, dispatch);
  } catch {
    again(contact);
  }
}

function known(contact, dispatch) {
  watched.set(contact, dispatch);
  draw(contact, dispatch);
  if (dispatch.standing === "running") again(contact);
}

function again(contact) {
  setTimeout(() => { if (watched.has(contact)) fetchOne(contact); }, EVERY_MS);
}

function draw(contact, dispatch) {
  const panel = byId(`sent-${contact}`);
  const face = JSON.stringify(dispatch);
  if (!panel || panel.dataset.face === face) return;
  panel.dataset.face = face;
  panel.hidden = false;
  const chip = element("span", { className: `chip ${dispatch.tone}` }, icon(ICONS[dispatch.tone]), dispatch.words);
  const stop = element("button", { type: "button", className: "quiet", id: `stop-dispatch-${contact}` }, icon("x"), "Stop");
  stop.addEventListener("click", () => cancel(contact, stop));
  panel.replaceChildren(
    element("p", { className: "line" }, element("b", {}, dispatch.title), chip, ...(dispatch.standing === "running" ? [stop] : [])),
    element("p", { className: "message" }, dispatch.message),
    element("ol", {}, ...dispatch.attempts.map(attempt)),
  );
}

function attempt({ way, by, who, at, words }) {
  const time = element("time", { dateTime: at }, new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  return element("li", {}, time, icon(WAYS[by] ?? "bell"), element("b", {}, who), element("span", {}, `${way}: ${words}`));
}

async function cancel(contact, button) {
  button.disabled = true;
  try {
    known(contact, await ask(`/api/desk/${byId(`sent-${contact}`).dataset.path}/dispatch/cancel`, {}));
  } catch {
    button.disabled = false;
    fetchOne(contact); // somebody may have taken it in that moment: it is shown as it is
  }
}
