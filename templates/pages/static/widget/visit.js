// The visitor's chat as the server knows it: a session that survives a reload, a token, and five requests.

const TIMEOUT_MS = 15_000;

export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || `HTTP ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

// Browsers deny storage to frames of other sites. Then the site around us keeps the session for this tab (it could
// read what is written here anyway: it shows us); without one, the chat lasts as long as the page.
function own_storage() {
  try {
    sessionStorage.setItem("manyline", "?");
    sessionStorage.removeItem("manyline");
    return sessionStorage;
  } catch {
    return null;
  }
}

export function fresh_id() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Visit {
  #storage = own_storage();
  #name;
  #kept = {};

  // keep_outside(text): for the site around us, where we have no storage of our own
  constructor(key, keep_outside) {
    this.key = key;
    this.keep_outside = keep_outside;
    this.#name = `manyline:${key}`;
    if (this.#storage) this.take_up(this.#storage.getItem(this.#name));
  }

  get has_storage() {
    return Boolean(this.#storage);
  }

  take_up(kept) {
    try {
      this.#kept = JSON.parse(kept) || {};
    } catch {
      this.#kept = {};
    }
  }

  get is_open() {
    return Boolean(this.#kept.token);
  }

  // Tried again after a broken request, it is the same session, so the same chat.
  async open(opening) {
    this.#keep({ ...this.#kept, session: this.#kept.session || fresh_id() });
    const answer = await this.#ask("POST", "sessions", { key: this.key, session: this.#kept.session, ...opening });
    if (answer.token) this.#keep({ ...this.#kept, token: answer.token });
    else this.forget();
    return answer;
  }

  say = (client_id, text) => this.#ask("POST", "messages", { client_id, text });
  read = (after) => this.#ask("GET", `messages?after=${after}`);
  ticket = () => this.#ask("POST", "ticket", {});
  end = () => this.#ask("POST", "end", {});

  forget() {
    this.#keep({});
  }

  #keep(kept) {
    this.#kept = kept;
    const text = JSON.stringify(kept);
    try {
      if (this.#storage) this.#storage.setItem(this.#name, text);
      else this.keep_outside(text);
    } catch {
      // full, or denied since: what is in memory holds until the page goes
    }
  }

  async #ask(method, path, body) {
    const headers = { Accept: "application/json" };
    if (body) headers["Content-Type"] = "application/json";
    if (this.#kept.token) headers.Authorization = `Bearer ${this.#kept.token}`;
    const answer = await fetch(`/api/chat/${path}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (answer.ok) return answer.status === 204 ? null : answer.json();
    throw new Refused(answer.status, await answer.json().catch(() => ({})));
  }
}
