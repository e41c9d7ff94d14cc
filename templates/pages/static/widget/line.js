// The open line to the server: news comes in by WebSocket; where that is blocked, by asking every five seconds.
// The line carries no commands. What was missed while it was down is fetched by number when it is up again.

const POLL_MS = 5_000;
const LOOK_MS = 60_000; // with the line up: in case a push was lost on its way
const PING_MS = 240_000; // API Gateway hangs up after ten silent minutes
const LONGEST_PAUSE_MS = 30_000;
const TYPING_MS = 3_000;

export class Line {
  #socket = null;
  #timers = [];
  #retry = 0;
  #tries = 0;
  #typed = 0;
  #stopped = true;

  // ticket(): Promise of a pass for one connection; heard(frame); look(): fetch what is new
  constructor({ ticket, heard, look }) {
    Object.assign(this, { ticket, heard, look });
    addEventListener("online", () => this.reopen());
  }

  start() {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#timers = [
      setInterval(() => this.is_up || this.look(), POLL_MS),
      setInterval(() => this.is_up && !document.hidden && this.look(), LOOK_MS),
      setInterval(() => this.#send({ action: "ping" }), PING_MS * (0.9 + Math.random() / 5)),
    ];
    this.#connect();
  }

  stop() {
    this.#stopped = true;
    this.#timers.forEach(clearInterval);
    clearTimeout(this.#retry);
    this.#socket?.close(1000);
    this.#socket = null;
  }

  reopen() {
    if (this.#stopped) return;
    clearTimeout(this.#retry);
    this.#tries = 0;
    const old = this.#socket;
    this.#socket = null;
    old?.close(1000);
    this.#connect();
  }

  get is_up() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  typing() {
    if (Date.now() - this.#typed < TYPING_MS) return;
    this.#typed = Date.now();
    this.#send({ action: "typing" });
  }

  #send(message) {
    if (this.is_up) this.#socket.send(JSON.stringify(message));
  }

  async #connect() {
    let pass;
    try {
      pass = (await this.ticket()).ticket;
    } catch {
      this.#again();
      return;
    }
    if (this.#stopped || this.#socket) return;
    const url = new URL(`/ws?ticket=${encodeURIComponent(pass)}`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#tries = 0;
      this.look();
    };
    socket.onmessage = (event) => {
      try {
        this.heard(JSON.parse(event.data));
      } catch (fault) {
        console.warn("chat: a frame could not be read", fault);
      }
    };
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#again();
    };
  }

  // Not all at once when a server comes back, and never again and again without a pause.
  #again() {
    if (this.#stopped) return;
    const pause = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** this.#tries++);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), pause * (0.5 + Math.random()));
  }
}
