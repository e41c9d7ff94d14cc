// The open line from the server to the page. It only ever brings news: every command goes by HTTP.
//
// News is a frame {v, stream, seq, target, swap, content}: a piece of the page with the version of what it shows.
// Frames may come twice, late or not at all: what is older than the page is dropped, a gap is fetched.
// Two ways to swap are added to htmx's: `upsert` puts each child in the place of the one with its id, or appends it;
// `sync` also removes the others. A child with [data-part]s changes in these only, so what is typed between them stays.

const MINUTE = 60_000;
const seen = new Map(); // stream → the newest version that came
let morph;
let fetched = 0; // when the last whole snapshot was asked for
let leftAt = 0; // when something last left the page

htmx.registerExtension("live", {
  init: (api) => { morph = api.morph; },
  handle_swap: (style, target, fragment) => {
    if (style !== "upsert" && style !== "sync") return false;
    const given = [...fragment.children];
    if (style === "sync") {
      const ids = new Set(given.map((child) => child.id));
      // What came by a frame after the snapshot was asked for is not in the snapshot, and yet there.
      for (const old of [...target.children]) if (!ids.has(old.id) && !(old.placedAt > fetched)) old.remove();
    }
    return given.flatMap((child) => place(target, child));
  },
});

function place(target, given) {
  const old = document.getElementById(given.id);
  if (!old) {
    given.placedAt = performance.now();
    target.append(given);
    return [given];
  }
  if (Number(old.dataset.seq) > Number(given.dataset.seq)) return [];
  if (old.parentElement !== target) target.append(old);
  const parts = [...given.querySelectorAll("[data-part]")];
  if (!parts.length) return [change(old, given)];
  old.dataset.seq = given.dataset.seq;
  return parts.map((part) => change(document.getElementById(part.id), part)).filter(Boolean);
}

function change(old, given) {
  if (!old || Number(old.dataset.last) > Number(given.dataset.last)) return null;
  for (const kept of given.querySelectorAll("[data-keep]")) {
    const was = document.getElementById(kept.id);
    if (was) kept.replaceWith(was.cloneNode(true));
  }
  const fragment = document.createDocumentFragment();
  fragment.append(given);
  const { id } = old;
  morph(old, fragment, false);
  return document.getElementById(id);
}

export function left() {
  leftAt = performance.now();
}

// 401 without a cookie; with one that is over, API Gateway itself says 403, and not in the form of our problems.
export function isSignedOut(status, text) {
  return status === 401 || (status === 403 && !/"title"/.test(text));
}

export function signInAgain() {
  location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
}

export async function fetchPieces(url) {
  const asked = performance.now();
  const answer = await fetch(url, { headers: { Accept: "text/html, application/problem+json" }, redirect: "manual" });
  const text = await answer.text();
  if (answer.type === "opaqueredirect" || isSignedOut(answer.status, text)) signInAgain();
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  if (leftAt > asked) return fetchPieces(url); // it may show again what has gone since
  fetched = asked;
  await htmx.swap({ sourceElement: document.body, target: document.body, swap: "none", text });
}

export async function show(frame) {
  const newest = seen.get(frame.stream) ?? 0;
  if (frame.seq <= newest) return;
  seen.set(frame.stream, frame.seq);
  if (frame.content === undefined || missesSome(frame)) return fetchPieces(frame.poke);
  return htmx.swap({ sourceElement: document.body, target: document.querySelector(frame.target) ?? document.body, swap: frame.swap, text: frame.content });
}

// Messages are numbered without a gap; facts are not: the newest of them shows all.
function missesSome(frame) {
  const [kind, contact] = frame.stream.split(":");
  const thread = kind === "messages" && document.getElementById(`thread-${contact}`);
  if (!thread) return false;
  const last = Math.max(Number(thread.dataset.last), ...[...thread.children].map((said) => Number(said.dataset.n)));
  return frame.seq > last + 1;
}

// `told(message)` gets what is no frame; `state(word, since)` is live, reconnecting or stopped.
export function openLine(url, { snapshot, told, state }) {
  const line = { socket: null, tries: 0, stopped: false, lostAt: 0, timers: [] };

  function open() {
    if (line.stopped) return;
    clear();
    const socket = new WebSocket(url);
    line.socket = socket;
    socket.onopen = () => opened(socket);
    socket.onmessage = (event) => { if (socket === line.socket) heard(JSON.parse(event.data)); };
    socket.onclose = () => { if (socket === line.socket) lost(); };
  }

  function opened(socket) {
    line.tries = 0;
    line.lostAt = 0;
    state("live");
    snapshot();
    later(4 * MINUTE, MINUTE / 2, () => ping(socket));
    later(110 * MINUTE, 5 * MINUTE, renew); // API Gateway ends a connection after two hours: be first
  }

  function ping(socket) {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify({ action: "ping" }));
    // A line that is dead and does not know it: no close ever comes, so the answer is what counts.
    line.pong = setTimeout(renew, 15_000);
    later(4 * MINUTE, MINUTE / 2, () => ping(socket));
  }

  function renew() {
    const old = line.socket;
    line.socket = null;
    old?.close();
    open();
  }

  // Whatever the code: 1001 at the end of API Gateway's patience, 1006 in a tunnel, 1009 for a frame too large.
  function lost() {
    clear();
    line.lostAt ||= Date.now();
    state("reconnecting", line.lostAt);
    const wait = Math.min(15_000, 500 * 2 ** line.tries++) * (0.5 + Math.random());
    line.timers.push(setTimeout(open, wait));
  }

  function heard(message) {
    clearTimeout(line.pong);
    if (message.type === "pong") return;
    if (message.stream && message.seq) show(message).catch(snapshot);
    else told(message);
  }

  function later(wait, jitter, deed) {
    line.timers.push(setTimeout(deed, wait + (Math.random() * 2 - 1) * jitter));
  }

  function clear() {
    clearTimeout(line.pong);
    line.timers.forEach(clearTimeout);
    line.timers = [];
  }

  function stop() {
    line.stopped = true;
    clear();
    line.socket?.close();
    state("stopped");
  }

  function again() {
    line.stopped = false;
    line.tries = 0;
    renew();
  }

  // A hidden tab stays connected: contacts ring there too.
  addEventListener("online", () => { if (!line.stopped) again(); });
  open();
  return { stop, again, send: (message) => line.socket?.readyState === WebSocket.OPEN && line.socket.send(JSON.stringify(message)) };
}
