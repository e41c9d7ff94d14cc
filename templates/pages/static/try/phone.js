// The Phone card of /try. What is heard is only ever set as text, never as HTML.
const at = (id) => document.getElementById(id);
const form = at("phone-form");
const pad = at("phone-pad");
const sayForm = at("phone-say");
const KEPT = "manyline-try-calls"; // this tab's calls, so that a reload finds them again
const SPEAKERS = { system: "", agent: "Agent: ", customer: "You: ", keys: "You press ", note: "" };
const STATES = {
  menu: "You hear the client's menu",
  waiting: "You are waiting for an agent",
  ringing: "It rings at an agent",
  connected: "You talk to an agent",
  held: "You are on hold",
  goodbye: "The agent has hung up",
  over: "The call is over",
};
const calls = new Map(); // id → {view, lines, happened, last, happenedLast}
let shown = "";

async function ask(path, body) {
  const init = body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  let answer;
  try {
    answer = await fetch(path, init);
  } catch {
    throw new Error("The local stack does not answer. Start it with: make run");
  }
  const view = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(view.detail ?? `The exchange said ${answer.status}.`);
  return view;
}

function keep() {
  const ids = [...calls.values()].filter((call) => call.view.state !== "over").map((call) => call.view.call);
  sessionStorage.setItem(KEPT, JSON.stringify(ids));
}

function item(line, began) {
  const entry = document.createElement("li");
  entry.dataset.who = line.who;
  const time = document.createElement("time");
  const seconds = Math.max((new Date(line.at) - new Date(began)) / 1000, 0);
  time.dateTime = line.at;
  time.textContent = `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")} `;
  entry.append(time, `${SPEAKERS[line.who] ?? ""}${line.text} `);
  if (line.block) {
    const block = document.createElement("small");
    block.textContent = line.block;
    entry.append(block);
  }
  return entry;
}

function add(list, lines, began) {
  if (!lines.length) return;
  list.append(...lines.map((line) => item(line, began)));
  list.scrollTop = list.scrollHeight;
}

function take(view) {
  const call = calls.get(view.call) ?? { lines: [], happened: [], last: 0, happenedLast: 0 };
  const lines = view.lines.filter((line) => line.n > call.last);
  const happened = view.happened.filter((line) => line.n > call.happenedLast);
  call.view = view;
  call.lines.push(...lines);
  call.happened.push(...happened);
  call.last = lines.at(-1)?.n ?? call.last;
  call.happenedLast = happened.at(-1)?.n ?? call.happenedLast;
  calls.set(view.call, call);
  if (view.call === shown) {
    add(at("phone-heard"), lines, view.began_at);
    add(at("phone-happened"), happened, view.began_at);
  }
  keep();
  paint();
  return call;
}

function paint() {
  const view = calls.get(shown)?.view;
  const live = Boolean(view) && view.state !== "over";
  at("phone-hangup").disabled = !live;
  pad.disabled = !live;
  for (const part of sayForm.querySelectorAll("input, button")) part.disabled = !live;
  if (view) {
    const who = view.tenant_name ? ` · ${view.tenant_name}` : "";
    at("phone-state").textContent = `${STATES[view.state]}${who}`;
    links(view);
  }
  const others = [...calls.values()].filter((call) => call.view.call !== shown && call.view.state !== "over");
  at("phone-others-title").hidden = !others.length;
  at("phone-others").replaceChildren(...others.map(({ view: other }) => {
    const entry = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `${other.tenant_name || other.to}: ${STATES[other.state]}`;
    button.addEventListener("click", () => show(other.call));
    entry.append(button);
    return entry;
  }));
}

function links(view) {
  const parts = [];
  if (view.tenant) parts.push(`Contact ${view.contact_id} of ${view.tenant}.`);
  const desk = Object.assign(document.createElement("a"), { href: "/desk", textContent: "Agent desk" });
  desk.target = "_blank";
  const records = Object.assign(document.createElement("a"), {
    href: `/try/api/calls/${encodeURIComponent(view.call)}/records`, textContent: "Contact records",
  });
  records.target = "_blank";
  at("phone-links").replaceChildren(parts.join(" "), " ", desk, " · ", records);
}

function show(id) {
  shown = id;
  const call = calls.get(id);
  at("phone-heard").replaceChildren();
  at("phone-happened").replaceChildren();
  add(at("phone-heard"), call.lines, call.view.began_at);
  add(at("phone-happened"), call.happened, call.view.began_at);
  paint();
}

async function follow(id) {
  let failures = 0;
  while (calls.get(id).view.state !== "over") {
    const call = calls.get(id);
    try {
      take(await ask(`/try/api/calls/${id}?after=${call.last}&happened_after=${call.happenedLast}&wait=20`));
      failures = 0;
    } catch (error) {
      failures += 1;
      complain(error);
      if (failures > 5) return;
      await new Promise((done) => setTimeout(done, 1000 * failures));
    }
  }
  // Whoever hung up, the last words may have come after the state.
  const call = calls.get(id);
  take(await ask(`/try/api/calls/${id}?after=${call.last}&happened_after=${call.happenedLast}`).catch(() => ({ ...call.view, lines: [], happened: [] })));
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

async function deed(path, body) {
  try {
    take(await ask(`/try/api/calls/${shown}/${path}`, body));
  } catch (error) {
    complain(error);
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  once(event.submitter);
  at("phone-state").textContent = "Dialling…";
  try {
    const view = await ask("/try/api/calls", { to: form.elements.to.value, from: form.elements.from.value });
    shown = view.call;
    at("phone-heard").replaceChildren();
    at("phone-happened").replaceChildren();
    take(view);
    pad.querySelector("button").focus();
    follow(view.call);
  } catch (error) {
    complain(error);
  }
});

form.elements.known.addEventListener("change", () => {
  form.elements.to.value = form.elements.known.value;
});

at("phone-hangup").addEventListener("click", () => deed("hangup", {}));

pad.addEventListener("click", (event) => {
  const key = event.target.dataset?.key;
  if (key) deed("keys", { keys: key });
});

pad.addEventListener("keydown", (event) => {
  if (/^[0-9*#]$/.test(event.key)) deed("keys", { keys: event.key });
});

document.addEventListener("keydown", (event) => {
  const live = shown && calls.get(shown).view.state !== "over";
  if (event.key === "Escape" && live && confirm("Hang up?")) deed("hangup", {});
});

sayForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = sayForm.elements.text;
  if (!field.value.trim()) return;
  deed("say", { text: field.value });
  field.value = "";
});

async function begin() {
  try {
    const numbers = await ask("/try/api/numbers");
    form.elements.known.replaceChildren(...numbers.map((one) => new Option(`${one.name} (${one.phone})${one.open ? "" : ", closed now"}`, one.phone)));
    form.elements.to.value = form.elements.known.value;
    for (const id of JSON.parse(sessionStorage.getItem(KEPT) ?? "[]")) {
      const view = await ask(`/try/api/calls/${id}`).catch(() => null);
      if (!view) continue;
      shown = view.call;
      take(view);
      show(view.call);
      follow(view.call);
    }
  } catch (error) {
    complain(error);
  }
}

begin();
