// The agent's telephone, behind one interface:
//   accept(contact), reject(contact), hold(contact), resume(contact), end(contact), say(contact, words), clear()
//   on(event): {type: "state", contact, state} with Connect's words, {type: "words", contact, lines}, {type: "lost"}
// On the local stack it is the simulator's; in the cloud calls are answered in Amazon Connect's own window.

export function telephone(kind, on) {
  return kind === "simulator" ? simulator(on) : elsewhere();
}

function simulator(on) {
  let call = null; // as /softphone/state tells: {call, contact_id, state, lines, last}
  let known = "";
  let lost = false;
  let running = true;
  const wanted = new Set(); // answered on the desk before the telephone rang

  async function listen() {
    while (running) {
      try {
        const query = new URLSearchParams({ wait: "20", after: String(call?.last ?? 0), state: known });
        const answer = await fetch(`/softphone/state?${query}`);
        if (!answer.ok) throw new Error(String(answer.status));
        if (lost) known = ""; // whatever the state is, it is news again
        lost = false;
        // An answer without news came at once, or it would have waited for some: ask again, but not in a rush.
        if (!take(await answer.json())) await new Promise((resolve) => setTimeout(resolve, 500));
      } catch {
        lost = true;
        on({ type: "lost" });
        await new Promise((resolve) => setTimeout(resolve, 3_000));
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
    const moved = view.state !== known;
    if (moved) {
      known = view.state;
      const contact = call?.contact_id ?? before?.contact_id;
      on({ type: "state", contact, state: call?.state ?? "IDLE" });
      if (call?.state === "CONNECTING" && !call.accepted && wanted.delete(contact)) act("accept");
      if (call?.state === "MISSED") act("clear");
    }
    const news = call?.lines.filter((line) => !sameRing || line.n > before.last) ?? [];
    if (news.length) on({ type: "words", contact: call.contact_id, lines: news });
    return moved || news.length > 0;
  }

  async function act(deed, body = {}) {
    const answer = await fetch(`/softphone/${deed}?after=${call?.last ?? 0}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(told.detail ?? "the telephone did not answer");
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
    hold: () => act("hold"),
    resume: () => act("resume"),
    async end(contact) {
      if (!mine(contact)) throw new Error("the telephone has no such call");
      await act("hangup");
    },
    say: (contact, text) => act("say", { text }),
    clear: () => act("clear"),
    signOut: () => act("sign-out"),
    stop() { running = false; },
  };
}

function elsewhere() {
  const quiet = async () => {};
  return { accept: quiet, reject: quiet, hold: quiet, resume: quiet, end: quiet, say: quiet, clear: quiet, signOut: quiet, stop() {} };
}
