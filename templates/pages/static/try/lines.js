// The lines of the customer's phone: what the front door tells of each call, kept while the page is open.
const KEPT = "manyline-try-calls"; // this tab's calls, so that a reload finds them again
const MOST_FAILURES = 5;

export async function ask(path, body) {
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

export class Lines {
  // `told(call, lines, happened)` hears of everything new; `failed(error)` of what did not work.
  constructor({ told, failed }) {
    this.told = told;
    this.failed = failed;
    this.calls = new Map(); // id → {view, lines, happened, last, happenedLast}, in the order in which they began
  }

  get(id) {
    return this.calls.get(id);
  }

  all() {
    return [...this.calls.values()];
  }

  forget(id) {
    this.calls.delete(id);
    this.keep();
  }

  take(view) {
    const call = this.calls.get(view.call) ?? { lines: [], happened: [], last: 0, happenedLast: 0 };
    const lines = view.lines.filter((line) => line.n > call.last);
    const happened = view.happened.filter((line) => line.n > call.happenedLast);
    call.view = view;
    call.lines.push(...lines);
    call.happened.push(...happened);
    call.last = lines.at(-1)?.n ?? call.last;
    call.happenedLast = happened.at(-1)?.n ?? call.happenedLast;
    this.calls.set(view.call, call);
    this.keep();
    this.told(call, lines, happened);
    return call;
  }

  async act(id, deed, body = {}) {
    try {
      this.take(await ask(`/try/api/calls/${id}/${deed}`, body));
    } catch (error) {
      this.failed(error);
    }
  }

  // Listens until the call is over, or the stack is gone for good.
  async follow(view) {
    const id = view.call;
    this.take(view);
    let failures = 0;
    while (this.calls.has(id) && this.calls.get(id).view.state !== "over") {
      try {
        this.take(await ask(this.address(id, 20)));
        failures = 0;
      } catch (error) {
        failures += 1;
        this.failed(error);
        if (failures > MOST_FAILURES) return;
        await new Promise((done) => setTimeout(done, 1000 * failures));
      }
    }
    // Whoever hung up, the last words may have come after the state.
    const last = this.calls.has(id) && await ask(this.address(id, 0)).catch(() => null);
    if (last) this.take(last);
  }

  address(id, wait) {
    const { last, happenedLast, view } = this.calls.get(id);
    return `/try/api/calls/${id}?after=${last}&happened_after=${happenedLast}&state=${view.state}&wait=${wait}`;
  }

  keep() {
    const ids = this.all().filter((call) => call.view.state !== "over").map((call) => call.view.call);
    sessionStorage.setItem(KEPT, JSON.stringify(ids));
  }

  // The calls that this tab had before it was loaded again and that go on.
  async kept() {
    const ids = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
    const views = await Promise.all(ids.map((id) => ask(`/try/api/calls/${id}`).catch(() => null)));
    return views.filter(Boolean);
  }
}
