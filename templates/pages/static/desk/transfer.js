// Giving a call to somebody else: who is there, what he should know, and whether he is asked first.

import { ask, busy, open, say } from "./asking.js";
import { element } from "./line.js";

const EVERY_MS = 5_000;
const NUMBER = /^\+?[\d ()./-]{6,}$/;
const STATES = { available: "available", busy: "busy", paused: "on a break", missed: "not responding" };

let watch = 0; // one dialog, one watch

export async function openTransfer({ phone, path }) {
  const form = open("transfer");
  const [list, find] = [form.querySelector(".ends"), form.elements.find];
  let ends = null;
  let anyNumber = false;
  const draw = (picks) => drawEnds(list, matching(ends, find.value, anyNumber), chosen(form), picks);
  // Who is there, and whether that is news.
  const look = async () => {
    const told = await ask(`/api/desk/${path}/destinations`);
    const before = JSON.stringify(ends);
    anyNumber = told.any_number;
    ends = endsOf(told);
    return JSON.stringify(ends) !== before;
  };
  // People come and go while he chooses: what he has chosen, and where he is, stays.
  const again = async () => {
    if (!form.parentElement.open) clearInterval(watch);
    if (!form.parentElement.open || !ends || form.getAttribute("aria-busy") === "true") return;
    const mine = watch;
    const changed = await look().catch(() => false); // the next time, then
    if (changed && mine === watch && form.parentElement.open) draw(false);
  };
  form.onsubmit = (event) => {
    if (event.submitter?.value === "cancel") return;
    event.preventDefault();
    const end = offered(ends ?? [], find.value, anyNumber).find((one) => one.to === chosen(form));
    give(form, { phone, path, end, now: event.submitter?.value === "now" });
  };
  clearInterval(watch);
  watch = setInterval(again, EVERY_MS);
  form.parentElement.onclose = () => { form.onsubmit = find.oninput = null; };
  find.oninput = () => ends && draw(true);
  list.replaceChildren(element("p", { className: "hint" }, "Looking who is there …"));
  try {
    await look();
    find.placeholder = anyNumber ? "Name, team or any number" : "Name, team or number";
    draw(true);
  } catch (error) {
    list.replaceChildren();
    say(form, error.message);
  }
}

function endsOf({ agents, teams, numbers }) {
  return [
    ...agents.map((one) => ({ to: `agent:${one.id}`, kind: "agent", name: one.name, about: STATES[one.state] ?? one.state, group: "Colleagues" })),
    ...teams.map((one) => ({ to: `team:${one.id}`, kind: "queue", name: one.name, about: `${one.available} available`, group: "Teams" })),
    ...numbers.map((one) => ({ to: `number:${one.number}`, kind: "outside", name: one.name, about: one.number, group: "Numbers" })),
  ];
}

const chosen = (form) => form.querySelector("[name=to]:checked")?.value ?? "";

// What was typed is an end itself where the client lets its calls go anywhere.
function offered(ends, typed, anyNumber) {
  const number = typed.trim();
  if (!anyNumber || !NUMBER.test(number) || ends.some((one) => one.to === `number:${number}`)) return ends;
  return [...ends, { to: `number:${number}`, kind: "outside", name: number, about: "as typed", group: "Numbers" }];
}

function matching(ends, typed, anyNumber) {
  const words = typed.trim().toLowerCase();
  return offered(ends, typed, anyNumber).filter((one) => `${one.name} ${one.about} ${one.to}`.toLowerCase().includes(words));
}

// `picks`: the only one who fits what was typed is chosen. Nobody else is put in the place of one who has gone.
function drawEnds(list, ends, before, picks) {
  const groups = [...new Set(ends.map((one) => one.group))];
  const picked = ends.some((one) => one.to === before) ? before : picks && ends.length === 1 ? ends[0].to : "";
  const [had, top] = [list.contains(document.activeElement) && document.activeElement.value, list.scrollTop];
  list.replaceChildren(...groups.map((group) => element("fieldset", {},
    element("legend", {}, group),
    ...ends.filter((one) => one.group === group).map((one) => element("label", {},
      element("input", { type: "radio", name: "to", value: one.to, required: true, checked: one.to === picked }),
      element("span", {}, one.name), element("small", {}, one.about))))));
  if (!ends.length) list.append(element("p", { className: "hint" }, "Nobody of that name is there who may serve this client."));
  list.scrollTop = top;
  if (had) (list.querySelector(`[value="${CSS.escape(had)}"]`) ?? list.closest("form").elements.find).focus({ preventScroll: true });
}

async function give(form, { phone, path, end, now }) {
  if (!end) return say(form, "Choose who gets the call.");
  say(form, "");
  busy(form, true);
  try {
    await ask(`/api/desk/${path}/transfer`, { to: end.to, note: form.elements.note.value, warm: now ? "no" : "yes" });
    await phone.transfer({ kind: end.kind, name: end.name });
    if (now) await phone.complete();
    return form.parentElement.close();
  } catch (error) {
    busy(form, false);
    return say(form, error.message);
  }
}
