// Promising a customer a call at a time: on the client's clock, with his own beside it where that is another.

import { ask, busy, open, say } from "./asking.js";
import { element } from "./line.js";

const TYPED_MS = 300; // nobody is asked for half a number

export async function openPromise({ path, toast }) {
  const form = open("promise");
  const fields = form.elements;
  const clock = form.querySelector("[role=status]");
  const known = form.querySelector(".promised");
  let zones = { zone: "UTC", theirs: [] };
  let [asked, typing] = [0, 0];
  const tell = () => { clock.textContent = inWords(zones, fields.date.value, fields.time.value); };
  const look = async () => {
    const mine = ++asked;
    const told = await ask(`/api/desk/${path}/appointment?number=${encodeURIComponent(fields.number.value.trim())}`);
    if (mine !== asked) return; // typed on since, or closed
    zones = told;
    tell();
    drawPromised(known, told);
  };
  // Another number has another clock: until that is known, none is shown.
  const retyped = () => {
    clearTimeout(typing);
    asked += 1;
    zones = { ...zones, theirs: [] };
    typing = setTimeout(() => look().catch((error) => say(form, error.message)), TYPED_MS);
  };
  clock.textContent = "";
  drawPromised(known, zones);
  form.onsubmit = (event) => {
    if (event.submitter?.value === "cancel") return;
    event.preventDefault();
    promise(form, { path, toast, zone: zones.zone });
  };
  form.oninput = ({ target }) => {
    if (target === fields.number) retyped();
    tell();
  };
  form.parentElement.onclose = () => {
    form.onsubmit = form.oninput = null;
    clearTimeout(typing);
    asked += 1;
  };
  try {
    await look();
  } catch (error) {
    return say(form, error.message);
  }
  fields.number.value ||= zones.number;
  const [day, time] = wall(Date.now() + 3_600_000, zones.zone).split(" ");
  fields.date.min = wall(Date.now(), zones.zone).split(" ")[0];
  fields.date.value ||= day;
  fields.time.value ||= time;
  return tell();
}

// So that nobody promises a call twice.
function drawPromised(place, { zone, promised = [] }) {
  const when = (at) => new Date(at).toLocaleString(undefined, { timeZone: zone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  place.hidden = !promised.length;
  place.replaceChildren("Promised to this customer already:", element("ul", {}, ...promised.map(({ at, number, who, out }) =>
    element("li", {}, `${when(at)}, ${number} · ${who || "anybody of the team"}${out ? " · is due now" : ""}`))));
}

async function promise(form, { path, toast, zone }) {
  say(form, "");
  busy(form, true);
  const { number, date, time, note } = form.elements;
  const body = { number: number.value, at: `${date.value}T${time.value}`, note: note.value, whose: form.elements.whose.value };
  try {
    await ask(`/api/desk/${path}/appointment`, body);
    form.parentElement.close();
    toast(`A call is promised for ${date.value}, ${time.value} (${zone}).`, "ready");
  } catch (error) {
    say(form, error.message);
    busy(form, false);
  }
}

// "2026-11-23 15:30": what a clock there shows.
function wall(instant, zone) {
  return new Date(instant).toLocaleString("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
}

// The instant at which the clock in that zone shows this: guessed, and set right by what it shows then.
function instantOf(date, time, zone) {
  const wanted = Date.parse(`${date}T${time}Z`);
  const off = (instant) => Date.parse(`${wall(instant, zone).replace(" ", "T")}Z`) - instant;
  return wanted - off(wanted - off(wanted));
}

function inWords({ zone, theirs }, date, time) {
  if (!date || !time || !theirs.length) return `The time is that of ${zone}.`;
  const at = instantOf(date, time, zone);
  const own = `${date} ${time}`;
  const others = [...new Set(theirs.map((one) => wall(at, one)).filter((shown) => shown !== own))].sort();
  if (!others.length) return `The time is that of ${zone}, as at the customer's.`;
  const [first, last] = [others[0], others.at(-1)].map((shown) => (shown.startsWith(date) ? shown.split(" ")[1] : shown));
  const there = first === last ? first : `between ${first} and ${last}`;
  return `The time is that of ${zone}. The customer's clock then shows ${there}.`;
}
