// A small amazon-connect-streams for tests: the calls that our page makes, with the callbacks of the library, and
// `window.fake` for who plays Amazon Connect. What the page asked for is in `fake.asked`, what it said that its agent is
// in `fake.stood`; `fake.failing` names deeds that fail.

const fake = (window.fake = {
  asked: [], stood: [], failing: {}, started: null, muted: false, endpoints: [], status: "Offline",
  ring, connects, moves, adds, ends, misses, breaks, leaves, says, agentTells, busTells,
});
const heard = { agent: {}, bus: {} };
let onContact, onAgent, given;

function did(deed, back, then = () => {}, ...about) {
  fake.asked.push([deed, ...about]);
  if (fake.failing[deed]) return queueMicrotask(() => back?.failure?.(fake.failing[deed]));
  return queueMicrotask(() => { then(); back?.success?.({}); });
}

class Connection {
  constructor(id, kind, endpoint, state, initial = false) { Object.assign(this, { id, kind, endpoint, state, initial }); }
  getConnectionId() { return this.id; }
  getType() { return this.kind; }
  getEndpoint() { return this.endpoint; }
  getStatus() { return { type: this.state }; }
  isInitialConnection() { return this.initial; }
  isActive() { return ["connecting", "connected", "hold"].includes(this.state); }
  isConnected() { return this.state === "connected"; }
  isOnHold() { return this.state === "hold"; }
  hold(back) { did("hold", back, () => { this.state = "hold"; tell("onRefresh"); }, this.id); }
  resume(back) { did("resume", back, () => { this.state = "connected"; tell("onRefresh"); }, this.id); }
  destroy(back) { did("destroy", back, () => { this.state = "disconnected"; tell("onRefresh"); }, this.id); }
  sendDigits(keys, back) { did("sendDigits", back, undefined, this.id, keys); }
}

function ring({ id = "connect-1", attributes = {}, type = "voice", inbound = true, autoAccept = false, number = "+15550123456" }) {
  const listeners = {};
  const on = (name) => [name, (deed) => { listeners[name] = deed; }];
  given = {
    listeners, state: "connecting", connections: [
      new Connection("agent", "agent", {}, "connecting"),
      new Connection("customer", inbound ? "inbound" : "outbound", { type: "phone_number", phoneNumber: number }, inbound ? "connected" : "connecting", true),
    ],
    ...Object.fromEntries(["onRefresh", "onIncoming", "onConnecting", "onConnected", "onEnded", "onACW", "onAccepted", "onMissed", "onError", "onDestroy"].map(on)),
    getContactId: () => id,
    getType: () => type,
    getStatus() { return { type: this.state }; },
    getAttributes: () => Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, { name, value }])),
    isInbound: () => inbound,
    isAutoAcceptEnabled: () => autoAccept,
    getConnections() { return this.connections; },
    getInitialConnection() { return this.connections.find((one) => one.initial) ?? null; },
    getAgentConnection() { return this.connections.find((one) => one.kind === "agent"); },
    getThirdPartyConnections() { return this.connections.filter((one) => !one.initial && one.kind !== "agent"); },
    getSingleActiveThirdPartyConnection() { return this.getThirdPartyConnections().find((one) => one.isActive()) ?? null; },
    accept(back) { did("accept", back, () => { listeners.onAccepted(); }); },
    reject(back) { did("reject", back); },
    clear(back) { did("clear", back, leaves); },
    addConnection(end, back) { did("addConnection", back, () => adds(end), end.name); },
    conferenceConnections(back) { did("conference", back, () => { for (const one of given.connections) if (one.isActive()) one.state = "connected"; tell("onRefresh"); }); },
    toggleActiveConnections(back) {
      did("toggle", back, () => {
        for (const one of given.connections.filter((each) => each.kind !== "agent" && each.isActive())) one.state = one.state === "hold" ? "connected" : "hold";
        tell("onRefresh");
      });
    },
  };
  onContact?.(given);
}

function tell(event) { given?.listeners[event]?.(given); }
function connects() { given.state = "connected"; for (const one of given.connections) if (one.state === "connecting") one.state = "connected"; tell("onConnected"); }
function moves(id, state) { given.connections.find((one) => one.id === id).state = state; tell("onRefresh"); }
function adds(end) { given.getInitialConnection().state = "hold"; given.connections.push(new Connection("third", "outbound", end, "connecting")); tell("onRefresh"); }
function ends() { given.state = "ended"; tell("onEnded"); tell("onACW"); }
function misses() { given.state = "missed"; tell("onMissed"); }
function breaks() { given.state = "error"; tell("onError"); }
function leaves() { const gone = given; given = null; gone?.listeners.onDestroy(gone); }
function says(name, value) { given.getAttributes = () => ({ [name]: { name, value } }); tell("onRefresh"); }
function agentTells(name, told) { heard.agent[name]?.(told); }
function busTells(name) { heard.bus[name]?.(); }

const agent = {
  getAllQueueARNs: () => ["arn:queue"],
  getEndpoints: (queues, back) => did("getEndpoints", { ...back, success: () => back.success({ endpoints: fake.endpoints }) }, undefined, queues),
  getState: () => ({ name: fake.status }),
  getAgentStates: () => [
    { type: "routable", name: "Available" }, { type: "offline", name: "Offline" },
    ...["Busy elsewhere", "Break", "Lunch"].map((name) => ({ type: "not_routable", name })),
  ],
  setState(state, back, { enqueueNextState }) {
    fake.stood.push([state.name, enqueueNextState]);
    queueMicrotask(() => (fake.failing.setState ? back.failure(fake.failing.setState) : (fake.status = state.name, back.success())));
  },
  connect: (end, back) => did("dial", back, undefined, end.phoneNumber),
  mute: () => { fake.asked.push(["mute"]); heard.agent.onMuteToggle({ muted: true }); },
  unmute: () => { fake.asked.push(["unmute"]); heard.agent.onMuteToggle({ muted: false }); },
};
for (const name of ["onMuteToggle", "onSoftphoneError", "onWebSocketConnectionLost", "onWebSocketConnectionGained"])
  agent[name] = (deed) => { heard.agent[name] = deed; };

window.connect = {
  core: {
    initCCP(frame, options) {
      fake.started = options;
      const page = document.createElement("iframe");
      page.title = options.iframeTitle;
      frame.append(page);
      setTimeout(() => { onAgent?.(agent); if (given) onContact?.(given); });
    },
    getEventBus: () => ({ subscribe: (name, deed) => { heard.bus[name] = deed; } }),
    terminate: () => fake.asked.push(["terminate"]),
  },
  agent: (deed) => { onAgent = deed; },
  contact: (deed) => { onContact = deed; },
  EventType: { ACK_TIMEOUT: "ack_timeout", AUTH_FAIL: "auth_fail", ACKNOWLEDGE: "acknowledge" },
  AgentStateType: { ROUTABLE: "routable", OFFLINE: "offline" },
  Endpoint: { byPhoneNumber: (phoneNumber) => ({ type: "phone_number", phoneNumber }) },
};
