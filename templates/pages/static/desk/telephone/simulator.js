// The telephone of the local stack: the simulator's, which waits with its answer until there is news.

const RETRY_MS = 3_000;
const BREATH_MS = 500;
const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

export function simulator(on) {
  let call = null; // as /softphone/state tells: with the lines that are new, and the number of the last
  let known = ""; // the state by which the simulator knows what this page has seen
  let face = ""; // all of the call but its words
  let lost = false;
  let running = true;
  const wanted = new Set(); // answered on the desk before the telephone rang

  async function listen() {
    while (running) {
      try {
        // After a loss it is asked without patience: that it is there again is the news.
        const query = new URLSearchParams({ wait: lost ? "0" : "20", after: String(call?.last ?? 0), state: known });
        const answer = await fetch(`/softphone/state?${query}`);
        if (!answer.ok) throw new Error(String(answer.status));
        const found = lost;
        lost = false;
        if (found) on({ type: "back" });
        if (found) face = ""; // whatever the state is, it is news again
        // An answer without news came at once, or it would have waited for some: ask again, but not in a rush.
        if (!take(await answer.json())) await pause(BREATH_MS);
      } catch {
        if (!running) return;
        if (!lost) on({ type: "lost" });
        lost = true;
        await pause(RETRY_MS);
      }
    }
  }

  // A missed call that rings again is a ring of its own, with lines of its own. False when there was no news.
  function take(view) {
    const before = call;
    const sameCall = before && view.call && before.call === view.call.call;
    const sameRing = sameCall && before.began_at === view.call.began_at;
    const overtaken = sameRing ? view.call.last < before.last : sameCall && view.call.began_at < before.began_at;
    if (overtaken) return false;
    call = view.call;
    known = view.state;
    const now = call ? JSON.stringify({ ...call, lines: 0, last: 0 }) : "-";
    const moved = now !== face;
    face = now;
    if (moved) changed(before);
    const news = call?.lines.filter((line) => !sameRing || line.n > before.last) ?? [];
    if (news.length) on({ type: "words", contact: call.contact_id, lines: news });
    return moved || news.length > 0;
  }

  function changed(before) {
    const contact = call?.contact_id ?? before?.contact_id;
    on({ type: "call", contact, state: call?.state ?? "IDLE", call });
    if (call?.state === "CONNECTING" && !call.accepted && wanted.delete(contact)) byItself("accept");
    if (call?.state === "MISSED") byItself("clear");
  }

  function byItself(deed) {
    act(deed).catch((error) => on({ type: "trouble", words: error.message }));
  }

  async function act(deed, body = {}) {
    const answer = await fetch(`/softphone/${deed}?after=${call?.last ?? 0}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(told.detail ?? "The telephone did not answer.");
    take(told);
  }

  const mine = (contact) => call?.contact_id === contact;
  listen();
  return {
    async accept(contact) {
      if (mine(contact) && call.state === "CONNECTING") await act("accept");
      else wanted.add(contact); // the caller is still on his way to this telephone
    },
    async reject(contact) {
      wanted.delete(contact);
      if (mine(contact) && call.state === "CONNECTING") await act("reject");
    },
    async end(contact) {
      if (!mine(contact)) throw new Error("The telephone has no such call.");
      await act("hangup");
    },
    hold: () => act("hold"),
    resume: () => act("resume"),
    mute: () => act("mute"),
    unmute: () => act("unmute"),
    keys: (keys) => act("keys", { keys }),
    dial: (number) => act("dial", { number }),
    transfer: () => act("transfer"),
    join: () => act("join"),
    swap: () => act("swap"),
    complete: () => act("complete"),
    drop: () => act("drop"),
    say: (contact, text) => act("say", { text }),
    clear: () => act("clear"),
    signIn: async () => {},
    stand: (status) => act("stand", { status }),
    signOut: () => act("sign-out"),
    call: () => call,
    stop() { running = false; },
  };
}
