// A call as its agent sees it: who is on the line, what he can press, what the telephone rings.
//
// All of it follows from one call as the telephone tells it (telephone/index.js); it is drawn anew for each.

const $ = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const byId = (id) => document.getElementById(id);

const TALKS = new Set(["CONNECTED", "CONNECTED_ONHOLD"]);
const RINGS = { ringing: "ringing", connected: "on the line", held: "on hold" };
const ICONS = { customer: "user", agent: "users", outside: "phone-outgoing", queue: "users" };
const WAYS = { customer: "Customer", agent: "Colleague", outside: "Outside", queue: "Team" };

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.classList.add("icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// none, single, consult (one of two is on hold, or still rings), conference (all hear all), asked (by a colleague who
// has the customer: what becomes of the call is his to say)
export function talk(call) {
  if (!call || !TALKS.has(call.state)) return "none";
  const [customer, other] = [call.legs?.find((leg) => leg.kind === "customer"), call.legs?.find((leg) => leg.kind !== "customer")];
  if (!other) return "single";
  if (call.asked_by || !customer) return "asked";
  return customer?.state === "connected" && other.state === "connected" ? "conference" : "consult";
}

export function drawLine(call) {
  for (const line of all(".oncall")) {
    const mine = call?.contact_id === line.dataset.contact ? call : null;
    const kind = talk(mine);
    const pane = byId(`pane-${line.dataset.contact}`);
    pane.dataset.talk = kind;
    pane.dataset.recording = mine?.recording ?? "off";
    line.hidden = kind === "none";
    if (kind === "none") pad(line, false);
    else fill(line, mine, kind);
  }
  drawRings(call);
}

function fill(line, call, kind) {
  const mute = $("[data-deed=mute]", line);
  mute.setAttribute("aria-pressed", String(Boolean(call.muted)));
  $("span", mute).textContent = call.muted ? "Muted" : "Mute";
  $("use", mute).setAttribute("href", `/static/icons.svg#${call.muted ? "mic-off" : "mic"}`);
  line.classList.toggle("muted", Boolean(call.muted));
  const waits = call.legs.some((leg) => leg.kind !== "customer" && leg.state === "ringing");
  for (const deed of ["swap", "join"]) $(`[data-deed=${deed}]`, line).disabled = waits;
  $("[data-deed=complete]", line).classList.toggle("go", !waits);
  const [legs, speaks] = [$(".legs", line), $(".speaks", line)];
  const names = Object.fromEntries(all(".names option", line).map((known) => [known.value, known.label]));
  const ends = call.legs.map((leg) => ({ ...leg, name: names[leg.name] ?? leg.name }));
  const shown = ends.map((leg) => `${leg.kind}:${leg.name}:${leg.state}`).join("|");
  legs.hidden = speaks.hidden = kind === "single";
  if (legs.dataset.shown === shown) return; // read out only when it changed
  legs.dataset.shown = shown;
  legs.replaceChildren(...ends.map(drawLeg));
  speaks.textContent = inWords(ends, kind);
}

// With whom the agent speaks, and who waits.
function inWords(ends, kind) {
  const customer = ends.find((leg) => leg.kind === "customer");
  const other = ends.find((leg) => leg.kind !== "customer");
  if (!other) return "";
  const name = other.name || WAYS[other.kind];
  const waits = customer?.state === "held" ? " · the customer is on hold" : "";
  if (other.state === "ringing") return `Waiting for ${name}${waits}`;
  if (other.state === "held") return kind === "asked" ? `You are on hold · ${name} speaks with the customer` : `You speak with the customer · ${name} is on hold`;
  return customer?.state === "connected" ? "All three are on the line" : `You speak with ${name}${waits}`;
}

function drawLeg(leg) {
  const tone = leg.state === "held" ? "due" : leg.state === "ringing" ? "ringing" : "ready";
  const state = element("span", { className: `chip ${tone}` }, icon(leg.state === "held" ? "pause" : leg.state === "ringing" ? "bell" : "check"), RINGS[leg.state]);
  return element("li", {}, icon(ICONS[leg.kind] ?? "user"), element("b", {}, leg.name || WAYS[leg.kind]), element("small", {}, WAYS[leg.kind]), state);
}

// An offered call rings when the telephone says so: routing chose the agent a moment before.
export function drawRings(call) {
  for (const ring of all("[data-ring]")) {
    const rings = call?.contact_id === ring.dataset.ring && call.state === "CONNECTING";
    const words = !rings ? "on its way" : call.direction === "outbound" ? "calling the customer" : call.accepted ? "connecting" : "rings";
    $("span", ring).textContent = words;
    ring.classList.toggle("rings", words === "rings");
  }
}

export function pad(line, open) {
  $(".pad", line).hidden = !open;
  $("[data-deed=keypad]", line).setAttribute("aria-expanded", String(open));
}
