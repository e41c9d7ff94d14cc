// Calls that the agent is given to make: he presses Call, or the page does it for him after a moment.

import { ask } from "./asking.js";

const SOON_S = 3;
const byId = (id) => document.getElementById(id);
const all = (selector) => [...document.querySelectorAll(selector)];

export function callsOut({ phone, toast, choose }) {
  const begun = new Set(); // offers of which this page has thought once: it never begins by itself again
  const busy = new Set(); // contacts that are being called
  let waits = null; // the one that is about to be called: {contact, offer, timer}
  let stopped = false;

  async function call(contact) {
    const row = byId(`row-${contact}`);
    if (!row?.dataset.toCall || busy.has(contact) || stopped) return;
    drop();
    busy.add(contact);
    const { path } = row.dataset;
    show(contact, true);
    choose(contact);
    try {
      const { number } = await ask(`/api/desk/${path}/call`, {});
      await phone.dial(number, contact);
    } catch (error) {
      toast(error.message);
      show(contact, false);
    } finally {
      busy.delete(contact);
    }
  }

  function show(contact, is) {
    for (const button of all(`[data-deed=call][data-contact="${contact}"]`)) {
      button.disabled = is;
      button.lastChild.textContent = is ? "Calling …" : "Call";
    }
  }

  // The agent wants to read first: he presses Call himself then.
  function wait(contact) {
    if (waits?.contact === contact) drop();
    byId(`call-head-${contact}`)?.focus();
  }

  function drop() {
    clearInterval(waits?.timer);
    const note = waits && byId(`soon-${waits.contact}`);
    if (note) note.hidden = true;
    waits = null;
  }

  // After every change of the page: what has gone is called no more, what is new is called soon.
  function look() {
    const rows = all("#offers [data-by-itself]");
    if (waits && !rows.some((row) => row.dataset.toCall === waits.offer)) drop();
    for (const { dataset: { contact, toCall } } of rows) {
      if (begun.has(toCall)) continue;
      begun.add(toCall);
      if (!stopped && !waits && !seenBefore(toCall)) begin(contact, toCall);
    }
    for (const contact of busy) show(contact, true); // drawn anew meanwhile
  }

  // Once for each offer, in whichever window and however often it is loaded.
  function seenBefore(offer) {
    const key = "called-by-itself";
    const last = localStorage.getItem(key);
    localStorage.setItem(key, offer);
    return last === offer;
  }

  function begin(contact, offer) {
    let left = SOON_S;
    const tell = () => {
      const note = byId(`soon-${contact}`);
      if (!note) return;
      note.hidden = false;
      note.querySelector("span").textContent = `Calling in ${left} s`;
    };
    const timer = setInterval(() => {
      left -= 1;
      if (left > 0) return tell();
      drop();
      return call(contact);
    }, 1000);
    waits = { contact, offer, timer };
    tell();
  }

  return {
    call, wait, look,
    stop() { stopped = true; drop(); },
  };
}
