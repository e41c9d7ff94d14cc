// What an agent does on the telephone, in words that the page understands: the panel of a call, transfer, calling out.

import { openDial } from "./dial.js";
import { drawDispatches, openDispatch } from "./dispatch.js";
import { callsOut } from "./calls_out.js";
import { drawLine, drawRings, pad } from "./line.js";
import { openPromise } from "./promise.js";
import { play } from "./voicemail.js";
import { openTransfer } from "./transfer.js";
import { telephone } from "./telephone/index.js";

const byId = (id) => document.getElementById(id);
const AWAY_MS = 4_000;
const CALLED = new Set(["outbound", "callback"]);
const TALKS = new Set(["CONNECTED", "CONNECTED_ONHOLD"]);
const SPEAKERS = { customer: "Customer", agent: "You", colleague: "Colleague", outside: "Outside" };

// `toast(words)`, `taking(contact)` before it is connected, `choose(contact)`, `restore(field)` once a draft is used.
export function talking({ toast, taking, choose, wake, dropDraft }) {
  const { agent, phone: kind, phoneUrl: url } = document.body.dataset;
  let call = null;
  let givenUp = ""; // the contact whose call this agent hung up
  let dropped = ""; // the end that this agent dropped himself
  let stood = ""; // what the telephone was told that this agent is
  let told = Promise.resolve(); // once it knows
  const phone = telephone(agent ? kind : "none", heardOf, { url, frame: byId("ccp") });
  const calls = callsOut({ phone, toast, choose });

  function heardOf(event) {
    if (event.type === "words") event.lines.forEach((line) => heard(event.contact, line));
    if (event.type === "trouble") toast(event.words);
    if (event.type === "call") moved(event);
    if (event.type === "back") { stood = ""; stand(); } // it may have begun anew
    if (event.type === "unanswered") unanswered(event);
    if (event.type === "words" || event.type === "unanswered") return;
    byId("no-phone").hidden = event.type !== "lost";
    byId("phone-elsewhere").hidden = event.type !== "elsewhere";
    byId("phone-sign-in").hidden = event.type !== "sign-in";
  }

  function moved(event) {
    missed(call, event.call);
    call = event.call;
    document.body.dataset.line = event.state;
    drawLine(call);
    sweep();
  }

  // Whom this agent had asked does not take the call: he has his customer again.
  function missed(before, now) {
    const asked = before?.legs?.find((leg) => leg.kind !== "customer");
    const same = now && before?.contact_id === now.contact_id && !before.asked_by;
    if (!same || asked?.state !== "ringing" || !TALKS.has(now.state) || now.legs?.some((leg) => leg.kind !== "customer")) return;
    const name = nameOf(before.contact_id, asked.name) || "Nobody";
    if (dropped !== asked.name) toast(`${name} did not take the call. You have your customer again.`, "due");
    dropped = "";
  }

  function nameOf(contact, name) {
    const known = byId(`line-${contact}`)?.querySelector(`.names option[value="${CSS.escape(name)}"]`);
    return known?.label || name;
  }

  // Who writes with somebody takes no call beside it; letters wait.
  function stand() {
    const status = byId("presence")?.dataset.telephone;
    if (!status) return;
    const busy = status === "Available" && document.querySelector("#mine .row[data-keeps-calls-away], #offers .row[data-keeps-calls-away]");
    const now = busy ? "Busy elsewhere" : status;
    if (now === stood) return;
    stood = now;
    // One after the other: of two that are under way at once, the older one might come last and stay.
    told = told.then(() => (now === stood ? phone.stand(now) : undefined)).catch((error) => { stood = ""; toast(error.message); });
  }

  // A wrap-up that was finished without this page, or never was one, left the telephone waiting for its end.
  function sweep() {
    const isLeft = () => call?.state === "ENDED" && !byId(`row-${call.contact_id}`);
    clearTimeout(sweep.timer);
    if (isLeft()) sweep.timer = setTimeout(() => isLeft() && phone.clear().catch(() => {}), AWAY_MS);
  }

  function unanswered({ contact, call: { direction } }) {
    if (contact === givenUp) return;
    toast(CALLED.has(direction) ? "The customer did not answer." : "The caller was gone before you were connected.");
  }

  function heard(contact, line) {
    const words = byId(`words-${contact}`);
    if (!words || words.querySelector(`[data-n="${line.n}"]`)) return;
    const item = document.createElement("div");
    item.className = `msg ${{ customer: "customer", agent: "agent" }[line.who] ?? "system"}`;
    item.dataset.n = line.n;
    item.dataset.at = line.at ?? "";
    const text = document.createElement("div");
    text.className = "text";
    text.textContent = line.text;
    item.append(said(line), text);
    among(words, item);
    words.scrollTop = words.scrollHeight;
  }

  // Who speaks, and when.
  function said({ who, at }) {
    const meta = document.createElement("p");
    meta.className = "meta";
    const speaker = call?.asked_by && who === "colleague" ? call.asked_by : SPEAKERS[who] ?? "Telephone";
    const time = document.createElement("time");
    if (at) {
      time.dateTime = at;
      time.textContent = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
    }
    meta.append(speaker, ...(at ? [" · ", time] : []));
    return meta;
  }

  // That the recording was paused belongs among what was said, where it happened.
  function mark() {
    for (const told of document.querySelectorAll("[data-mark]")) {
      const words = byId(`words-${told.dataset.mark}`);
      const { at } = told.dataset;
      if (!words || words.querySelector(`[data-marked="${at}"]`)) continue;
      const item = document.createElement("div");
      item.className = "msg system";
      item.dataset.marked = item.dataset.at = at;
      const text = document.createElement("div");
      text.className = "text";
      text.textContent = `${told.textContent} · ${new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" })}`;
      item.append(text);
      among(words, item);
    }
  }

  // In the order in which it happened, whatever was heard of first.
  function among(words, item) {
    const at = Date.parse(item.dataset.at);
    words.insertBefore(item, [...words.children].find((one) => Date.parse(one.dataset.at) > at) ?? null);
  }

  // Buttons that the server's state decides on: answer, decline, hold, resume, hang up.
  async function press(button) {
    const { phone: deed, contact, path } = button.dataset;
    try {
      if (deed === "accept") {
        taking(contact);
        button.disabled = true;
        button.lastChild.textContent = "Connecting …";
        wake();
      }
      if (deed === "end") givenUp = contact;
      await phone[deed](contact);
    } catch (error) {
      if (deed === "end" && path) htmx.ajax("POST", path, { source: button, swap: "none" });
      else toast(error.message);
    }
  }

  // Buttons that the telephone's state decides on.
  const deeds = {
    mute: () => (call?.muted ? phone.unmute() : phone.mute()),
    keypad: (button) => pad(button.closest(".oncall"), button.getAttribute("aria-expanded") !== "true"),
    transfer: (button) => openTransfer({ phone, path: button.dataset.path }),
    swap: () => phone.swap(),
    join: () => phone.join(),
    complete: () => phone.complete(),
    drop: () => {
      dropped = call?.legs?.find((leg) => leg.kind !== "customer")?.name ?? "";
      return phone.drop();
    },
    call: (button) => calls.call(button.dataset.contact),
    wait: (button) => calls.wait(button.dataset.contact),
    promise: (button) => openPromise({ ...button.dataset, toast }),
    dispatch: (button) => openDispatch({ ...button.dataset, toast }),
    dial: (button) => openDial({ phone, choose, ...button.dataset }),
    listen: (button) => play(button),
    "sign-in": () => phone.signIn(),
  };

  async function deed(button) {
    try {
      await deeds[button.dataset.deed](button);
    } catch (error) {
      toast(error.message);
    }
  }

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    if (button.dataset.phone) press(button);
    if (button.dataset.deed) deed(button);
    if (button.dataset.key) phone.keys(button.dataset.key).catch((error) => toast(error.message));
  });
  document.addEventListener("keydown", (event) => {
    const open = event.target.closest?.(".oncall")?.querySelector(".pad:not([hidden])");
    if (!open || event.altKey || event.ctrlKey || event.metaKey) return;
    if (/^[0-9*#]$/.test(event.key)) open.querySelector(`[data-key="${event.key}"]`).click();
    if (event.key !== "Escape") return;
    pad(open.closest(".oncall"), false);
    open.closest(".oncall").querySelector("[data-deed=keypad]").focus();
  });
  document.addEventListener("submit", (event) => {
    const { speak } = event.target.dataset;
    if (!speak) return;
    event.preventDefault();
    const words = event.target.elements.words;
    if (!words.value.trim()) return;
    phone.say(speak, words.value).then(() => { words.value = ""; dropDraft(words); }, (error) => toast(error.message));
  });
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    // Which call of the telephone's it is, only the telephone knows for sure.
    if (ctx.sourceElement.dataset.recording && phone.call()) ctx.request.body.set("call", phone.call().call);
  });
  // A page that is left in the middle of a call drops it.
  addEventListener("beforeunload", (event) => {
    if (["CONNECTED", "CONNECTED_ONHOLD"].includes(document.body.dataset.line)) event.preventDefault();
  });

  return {
    redraw: () => { stand(); drawLine(call); drawRings(call); sweep(); mark(); calls.look(); drawDispatches(); },
    clear: () => phone.clear(),
    signOut: () => phone.signOut(),
    stop: () => { calls.stop(); phone.stop(); },
  };
}
