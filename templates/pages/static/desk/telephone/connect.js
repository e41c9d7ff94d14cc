// Amazon Connect's telephone: its own page (the CCP) in a frame of ours, and amazon-connect-streams to talk to it.
//
// The voice lives in the window that holds the frame: when that closes, the call is dropped. So one window of an
// agent has it at a time, by a lock that the browser keeps, and one that is told to stop lets a call end first.

export const QUICK_CONNECT = "Manyline transfer"; // leads wherever the desk wrote that this call shall go
const LOCK = "manyline-telephone";
const DIAL_MS = 20_000;
const CALLS = new Set(["voice", "queue_callback"]);
const STATES = { connected: "CONNECTED", ended: "ENDED", missed: "MISSED", rejected: "MISSED", error: "ERROR" };
const LEGS = { init: "ringing", connecting: "ringing", connected: "connected", hold: "held" };
const KINDS = { phone_number: "outside", agent: "agent", queue: "queue" };
const TROUBLE = {
  unsupported_browser: "This browser cannot carry calls: use a current Chrome, Edge or Firefox.",
  microphone_not_shared: "The microphone is not shared with this page: allow it beside the address, and load the page again.",
  signalling_handshake_failure: "The call could not be set up: the network stopped it.",
  signalling_connection_failure: "The telephone lost its line to Amazon Connect.",
  ice_collection_timeout: "The call could not be set up: a firewall may stop the voice.",
  user_busy_error: "Another window of yours has the call.",
  webrtc_error: "The browser could not carry the voice. Load the page again after the call.",
  realtime_communication_error: "The voice broke off.",
};
const OTHER = "The telephone did not do it.";
const ELSEWHERE = "Busy elsewhere";

// `url` is the address of the instance, `frame` the element that holds the CCP; it must not be moved or swapped.
export function amazonConnect(on, { url, frame, connect = globalThis.connect, locks = navigator.locks }) {
  let agent = null;
  let contact = null; // the library's
  let accepted = false;
  let muted = false;
  let dialling = ""; // our contact, until the call itself says whose it is
  let aims = []; // what the agent calls the other ends that he asked for
  let face = "";
  let known = ""; // our contact of the call under way, or of the last
  let status = ""; // what the desk says that this agent is
  let stopping = false;
  let letGo = () => {};
  const wanted = new Set(); // answered on the desk before the telephone rang

  locks.request(LOCK, { ifAvailable: true }, (lock) => {
    if (lock) return hold();
    on({ type: "elsewhere" });
    locks.request(LOCK, () => (stopping ? undefined : hold()));
    return undefined;
  });

  function hold() {
    on({ type: "back" });
    begin();
    return new Promise((release) => { letGo = () => { connect.core.terminate(); frame.replaceChildren(); release(); }; });
  }

  function begin() {
    connect.core.initCCP(frame, {
      ccpUrl: `${url}/ccp-v2/`,
      iframeTitle: "Amazon Connect telephone",
      loginPopup: true, // what a browser stops without a click; then the agent presses our button
      loginPopupAutoClose: true,
      loginOptions: { autoClose: true, height: 600, width: 420 },
      softphone: { allowFramedSoftphone: true, disableRingtone: true }, // the desk rings
      pageOptions: { enableAudioDeviceSettings: true, enablePhoneTypeSettings: false },
    });
    const bus = connect.core.getEventBus();
    bus.subscribe(connect.EventType.ACK_TIMEOUT, () => on({ type: "sign-in" }));
    bus.subscribe(connect.EventType.AUTH_FAIL, () => on({ type: "sign-in" }));
    bus.subscribe(connect.EventType.ACKNOWLEDGE, () => on({ type: "back" }));
    connect.agent(present);
    connect.contact(ring);
  }

  function present(who) {
    agent = who;
    agent.onMuteToggle((told) => { muted = Boolean(told.muted); show(); });
    agent.onSoftphoneError((error) => on({ type: "trouble", words: TROUBLE[error.errorType] ?? OTHER }));
    agent.onWebSocketConnectionLost(() => on({ type: "lost" }));
    agent.onWebSocketConnectionGained(() => on({ type: "back" }));
    byItself(stand());
  }

  // As the desk has it; after a call that was missed, the library has a status of its own.
  async function stand() {
    if (!agent || !status || agent.getState().name === status) return;
    const states = agent.getAgentStates();
    const { ROUTABLE, OFFLINE } = connect.AgentStateType;
    const kind = { Available: ROUTABLE, Offline: OFFLINE }[status];
    const found = states.find((one) => (kind ? one.type === kind : one.name === status)) ?? states.find((one) => one.name === ELSEWHERE);
    if (!found) throw new Error(`The telephone knows no status “${status}”: the operator adds it.`);
    await asked((back) => agent.setState(found, back, { enqueueNextState: true }), `The telephone is not ${status.toLowerCase()}: say on the desk again what you are.`);
  }

  function ring(given) {
    if (!CALLS.has(given.getType())) return;
    contact = given;
    accepted = muted = false;
    aims = [];
    const mine = (deed) => () => { if (contact?.getContactId() === given.getContactId()) deed(); };
    for (const event of ["onRefresh", "onIncoming", "onConnecting", "onConnected", "onEnded", "onACW"]) given[event](mine(show));
    given.onAccepted(mine(() => { accepted = true; show(); }));
    given.onMissed(mine(() => { show(); byItself(asked((back) => given.clear(back))); }));
    given.onError(mine(() => { show(); on({ type: "trouble", words: "The call failed. Press Finish, and say that you are available." }); }));
    given.onDestroy(mine(gone));
    show();
  }

  function show() {
    const now = view();
    if (JSON.stringify(now) === face) return;
    face = JSON.stringify(now);
    if (now) known = now.contact_id;
    on({ type: "call", contact: known, state: now?.state ?? "IDLE", call: now });
    if (now?.state === "CONNECTING" && !now.accepted && wanted.delete(known)) byItself(answer());
  }

  function gone() {
    contact = null;
    dialling = "";
    show();
    byItself(stand());
    if (stopping) letGo();
  }

  // As index.js says; null when there is no call.
  function view() {
    if (!contact) return null;
    const given = Object.fromEntries(Object.entries(contact.getAttributes() ?? {}).map(([name, held]) => [name, held.value]));
    const legs = [leg(contact.getInitialConnection(), "customer"), ...others().map((one) => leg(one))].filter(Boolean);
    const outbound = !contact.isInbound();
    return {
      call: contact.getContactId(),
      contact_id: given.contactId || dialling,
      state: state(legs),
      accepted: accepted || outbound || contact.isAutoAcceptEnabled(),
      direction: outbound ? "outbound" : contact.getType() === "queue_callback" ? "callback" : given.transferred ? "transfer" : "inbound",
      muted,
      recording: given.record === "on" ? "on" : "off",
      legs,
      began_at: contact.getContactId(), // a ring is one contact of Connect's
    };
  }

  function state(legs) {
    const word = STATES[contact.getStatus().type] ?? "CONNECTING";
    const held = legs.length === 1 && legs[0].state === "held";
    return word === "CONNECTED" && held ? "CONNECTED_ONHOLD" : word;
  }

  const others = () => contact.getThirdPartyConnections().filter((one) => one.isActive());

  function leg(one, kind = "") {
    const word = one && LEGS[one.getStatus().type];
    if (!word) return null;
    const end = one.getEndpoint();
    const aim = kind ? null : aims.at(-1);
    return { kind: kind || aim?.kind || KINDS[end.type] || "outside", name: aim?.name || end.phoneNumber || end.name || "", state: word };
  }

  // The library's callbacks as a promise.
  function asked(deed, words = OTHER) {
    return new Promise((done, failed) => {
      deed({ success: done, failure: (error) => failed(new Error(TROUBLE[error?.errorType ?? error] ?? words)) });
    });
  }

  const byItself = (deed) => deed.catch((error) => on({ type: "trouble", words: error.message }));

  function called() {
    if (!contact) throw new Error("The telephone has no such call.");
    return contact;
  }

  const mine = (ours) => Boolean(contact) && view().contact_id === ours;
  const ringing = () => view().state === "CONNECTING" && contact.isInbound();

  async function answer() {
    accepted = true; // a second click is no second answer
    await asked((back) => contact.accept(back), "The call could not be answered: it may have gone on to somebody else.")
      .catch((error) => { accepted = false; show(); throw error; });
  }

  async function quickConnect() {
    const { endpoints } = await asked((back) => agent.getEndpoints(agent.getAllQueueARNs(), back), "The telephone could not be asked where it can transfer to.");
    const found = endpoints.find((one) => one.name === QUICK_CONNECT);
    if (!found) throw new Error(`The telephone knows no quick connect “${QUICK_CONNECT}”: the operator adds it to the queues.`);
    return found;
  }

  function other() {
    const found = called().getSingleActiveThirdPartyConnection();
    if (!found) throw new Error("Nobody else is on the line.");
    return found;
  }

  async function drop() {
    await asked((back) => other().destroy(back), "The caller could not be taken back.");
    const customer = contact?.getInitialConnection();
    if (customer?.isOnHold()) await asked((back) => customer.resume(back), "Press Resume: your customer is still on hold.");
  }

  return {
    async accept(ours) {
      if (!mine(ours)) return void wanted.add(ours); // the caller is still on his way to this telephone
      if (ringing() && !view().accepted) await answer();
    },
    async reject(ours) {
      wanted.delete(ours);
      if (mine(ours) && ringing()) await asked((back) => contact.reject(back));
    },
    async end(ours) {
      if (!mine(ours)) throw new Error("The telephone has no such call.");
      await asked((back) => contact.getAgentConnection().destroy(back), "The call could not be hung up.");
    },
    hold: async () => asked((back) => called().getInitialConnection().hold(back), "The call could not be put on hold."),
    resume: async () => asked((back) => called().getInitialConnection().resume(back), "The call could not be resumed."),
    mute: async () => { called(); agent.mute(); },
    unmute: async () => { called(); agent.unmute(); },
    async keys(keys) {
      const open = [...others(), called().getInitialConnection()].find((one) => one.isConnected());
      if (!open) throw new Error("Nobody is on the line who could hear a key.");
      await asked((back) => open.sendDigits(keys, back), "The keys were not sent.");
    },
    async dial(number, ours) {
      dialling = ours;
      const back = { timeout: DIAL_MS };
      await asked((told) => agent.connect(connect.Endpoint.byPhoneNumber(number), { ...back, ...told }), "The number could not be dialled.")
        .catch((error) => { dialling = ""; throw error; });
    },
    async transfer(aim) {
      const end = await quickConnect();
      aims.push(aim);
      await asked((back) => called().addConnection(end, back), "The transfer did not begin.").catch((error) => { aims.pop(); throw error; });
    },
    join: async () => asked((back) => called().conferenceConnections(back), "You could not be put together."),
    swap: async () => asked((back) => called().toggleActiveConnections(back), "The two could not be swapped."),
    complete: async () => asked((back) => called().getAgentConnection().destroy(back), "The call was not handed over."),
    drop,
    say: async () => { throw new Error("On this telephone you speak."); },
    async clear() { if (contact) await asked((back) => contact.clear(back)); },
    async signIn() { window.open(`${url}/ccp-v2/`, "manyline-telephone", "width=420,height=600"); },
    async stand(what) {
      status = what;
      await stand();
    },
    async signOut() {
      status = "Offline";
      await stand();
      await fetch(`${url}/logout`, { credentials: "include", mode: "no-cors" });
    },
    call: () => (contact ? view() : null),
    stop() {
      stopping = true;
      if (!contact) letGo();
    },
  };
}
