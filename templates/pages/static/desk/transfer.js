// Giving a call to somebody else: who is there, what he should know, and whether he is asked first.

import { ask, busy, open, say } from "./asking.js";
import { element } from "./line.js";

const NUMBER = /^\+?[\d ()./-]{6,}$/;
const STATES = { available: "available", busy: "busy", paused: "on a break", missed: "not responding" };

export async function openTransfer({ phone, path }) {
  const form = open("transfer");
  const [list, find] = [form.querySelector(".ends"), form.elements.find];
  let ends = [];
  let anyNumber = false;
  const draw = () => drawEnds(list, matching(ends, find.value, anyNumber), chosen(form));
  form.onsubmit = (event) => {
    if (event.submitter?.value === "cancel") return;
    event.preventDefault();
    const end = offered(ends, find.value, anyNumber).find((one) => one.to === chosen(form));
    give(form, { phone, path, end, now: event.submitter?.value === "now" });
  };
  form.parentElement.onclose = () => { form.onsubmit = find.oninput = null; };
  find.oninput = draw;
  list.replaceChildren(element("p", { className: "hint" }, "Looking who is there …"));
  try {
    const told = await ask(`/api/desk/${path}/destinations`);
    anyNumber = told.any_number;
    ends = [
      ...told.agents.map((one) => ({ to: `agent:${one.id}`, kind: "agent", name: one.name, about: STATES[one.state] ?? one.state, group: "Colleagues" })),
      ...told.teams.map((one) => ({ to: `team:${one.id}`, kind: "queue", name: one.name, about: `${one.available} available`, group: "Teams" })),
      ...told.numbers.map((one) => ({ to: `number:${one.number}`, kind: "outside", name: one.name, about: one.number, group: "Numbers" })),
    ];
    find.placeholder = anyNumber ? "Name, team or any number" : "Name, team or number";
    draw();
  } catch (error) {
    list.replaceChildren();
    say(form, error.message);
  }
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

function drawEnds(list, ends, before) {
  const groups = [...new Set(ends.map((one) => one.group))];
  const picked = ends.some((one) => one.to === before) ? before : ends.length === 1 ? ends[0].to : "";
  list.replaceChildren(...groups.map((group) => element("fieldset", {},
    element("legend", {}, group),
    ...ends.filter((one) => one.group === group).map((one) => element("label", {},
      element("input", { type: "radio", name: "to", value: one.to, required: true, checked: one.to === picked }),
      element("span", {}, one.name), element("small", {}, one.about))))));
  if (!ends.length) list.append(element("p", { className: "hint" }, "Nobody of that name is there who may serve this client."));
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
