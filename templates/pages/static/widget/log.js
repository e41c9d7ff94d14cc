// The conversation on the page. Messages have numbers without a gap; what is on its way stands below them.
// Everything that anyone wrote is set as text, never as HTML.

export class Log {
  #list;
  #words;
  #name;
  #pending = new Map(); // client id → element

  constructor(list, words, name) {
    this.#list = list;
    this.#words = words;
    this.#name = name;
    this.last = 0; // the number up to which nothing is missing
  }

  clear() {
    this.last = 0;
    this.#pending.clear();
    this.#list.replaceChildren();
  }

  // True when it is new here.
  add(message) {
    if (message.n <= this.last) return false;
    const own = this.#pending.get(message.client_id);
    this.#pending.delete(message.client_id);
    const drawn = this.#draw(message.by, message.text, message.at);
    if (own) own.replaceWith(drawn);
    this.#list.insertBefore(drawn, this.#pending.values().next().value ?? null);
    this.last = message.n;
    this.#to_end();
    return true;
  }

  notice(text) {
    this.#list.append(this.#draw("system", text, null));
    this.#to_end();
  }

  // A message on its way; `retry` is called when it was not sent and is tapped.
  on_its_way(client_id, text, retry) {
    const drawn = this.#pending.get(client_id) || this.#draw("customer", text, null);
    drawn.querySelector(".when").replaceChildren(this.#words.sending);
    drawn.classList.remove("failed");
    if (!this.#pending.has(client_id)) this.#list.append(drawn);
    this.#pending.set(client_id, drawn);
    drawn.retry = retry;
    this.#to_end();
  }

  not_sent(client_id) {
    const drawn = this.#pending.get(client_id);
    if (!drawn) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = this.#words.not_sent;
    button.addEventListener("click", () => drawn.retry());
    drawn.classList.add("failed");
    drawn.querySelector(".when").replaceChildren(button);
    this.#to_end();
  }

  drop(client_id) {
    this.#pending.get(client_id)?.remove();
    this.#pending.delete(client_id);
  }

  #draw(by, text, at) {
    const who = { customer: this.#words.you, agent: this.#name }[by] || this.#words.system;
    const drawn = document.createElement("div");
    drawn.className = `message ${by === "customer" || by === "agent" ? by : "system"}`;
    drawn.append(part("who", `${who}: `), part("text", text), part("when", at ? clock(at) : ""));
    return drawn;
  }

  #to_end() {
    this.#list.scrollTop = this.#list.scrollHeight;
  }
}

function part(name, text) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  return element;
}

function clock(at) {
  return new Date(at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
}
