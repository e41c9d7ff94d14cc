// The agent's telephone, behind one interface, whichever it is:
//
//   accept(contact)  reject(contact)  hold()  resume()  mute()  unmute()  keys(keys)  dial(number, contact)
//   transfer(aim)  join()  swap()  complete()  drop()  end(contact)  say(contact, words)  clear()
//   signIn()  signOut()  stand(status)  call()  stop()
//
// stand() tells the telephone what the agent is: Available, Offline, or a reason for which no call may come to him
// ("Busy elsewhere", "Lunch"). It holds from the end of a call that is under way.
//
// All but call() and stop() are promises; one that fails says why in a sentence for the agent. A transfer goes to
// where the desk was told before: `aim` {kind, name} is only what the agent calls it. `on` is told:
//
//   {type: "call", contact, state, call}   whatever changed; `call` is null and `state` IDLE when the line is quiet
//   {type: "words", contact, lines}        what is said, where the telephone can write it down
//   {type: "lost"}  {type: "back"}         calls cannot reach this page; they can again
//   {type: "elsewhere"}                    another window of this agent has the telephone
//   {type: "unanswered", contact, call}    it ended before anybody was on the line; its end is cleared already
//   {type: "sign-in"}                      the telephone wants to know who is there
//   {type: "trouble", words}               something that nobody asked for went wrong
//
// A call is {call, contact_id, state, accepted, direction, muted, recording, legs, began_at, asked_by}. `call` is what
// the telephone itself calls it; `asked_by` the colleague who asks this agent and still has the customer. `state` is a word of Amazon Connect's: CONNECTING, CONNECTED, CONNECTED_ONHOLD, ENDED,
// MISSED, ERROR. `direction` is inbound, outbound, callback or transfer; `recording` on, paused or off. A leg is
// {kind: customer|agent|outside|queue, name, state: ringing|connected|held}.

import { amazonConnect } from "./connect.js";
import { simulator } from "./simulator.js";

const TALKS = new Set(["CONNECTED", "CONNECTED_ONHOLD"]);

export function telephone(kind, on, options = {}) {
  if (kind !== "simulator" && kind !== "connect") return nowhere();
  const heard = clearing(on, () => phone.clear());
  const phone = kind === "simulator" ? simulator(heard) : amazonConnect(heard, options);
  return phone;
}

// The telephone waits for its agent after every call, but the desk has a wrap-up only where somebody was on the line:
// an end without that is cleared here, or nothing would ring any more.
function clearing(on, clear) {
  let rang = ""; // the call that is known from before its end
  let over = ""; // the one that is cleared
  return (event) => {
    on(event);
    if (event.type !== "call" || !event.call) return;
    const { call, contact } = event;
    const ring = `${call.call} ${call.began_at}`;
    if (call.state === "CONNECTING") rang = ring;
    if (TALKS.has(call.state)) rang = "";
    const nobody = call.connected_at === undefined ? rang === ring : !call.connected_at; // the simulator knows for sure
    if (call.state !== "ENDED" || !nobody || over === ring) return;
    over = ring;
    on({ type: "unanswered", contact, call });
    clear().catch((error) => on({ type: "trouble", words: error.message }));
  };
}

// For a desk without one: nothing rings, and a deed says why it cannot be done.
function nowhere() {
  const cannot = async () => { throw new Error("This desk has no telephone."); };
  const quiet = async () => {};
  const deeds = ["accept", "hold", "resume", "mute", "unmute", "keys", "dial", "transfer", "join", "swap", "complete", "drop", "end", "say"];
  return {
    ...Object.fromEntries(deeds.map((deed) => [deed, cannot])),
    reject: quiet, clear: quiet, signIn: quiet, signOut: quiet, stand: quiet, call: () => null, stop() {},
  };
}
