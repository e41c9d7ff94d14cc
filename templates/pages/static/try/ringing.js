// Telephones outside that the centre calls: a callback, an agent's own call, a transfer to a number outside.
import { ask } from "/static/try/lines.js";

const KINDS = {
  callback: "calls back",
  outbound: "calls",
  api: "has something to tell",
  outside: "puts a caller through to",
  transfer: "puts a caller through to",
};

export class Ringing {
  // `answered(view)` gets the call that somebody took here.
  constructor({ list, answered, failed }) {
    this.list = list;
    this.answered = answered;
    this.failed = failed;
    this.rings = new Map(); // id → its entry in the list
    this.title = document.title;
  }

  async watch() {
    for (let failures = 0; ;) {
      try {
        const known = [...this.rings.keys()].join(",");
        this.paint(await ask(`/try/api/ringing?known=${encodeURIComponent(known)}&wait=20`));
        failures = 0;
      } catch {
        failures = Math.min(failures + 1, 10); // the stack may be starting anew; whoever calls is told elsewhere
        await new Promise((done) => setTimeout(done, 1000 * failures));
      }
    }
  }

  // Entries that stay are left alone: a button must not move away under somebody's finger.
  paint(rings) {
    const now = new Set(rings.map((ring) => ring.ring));
    for (const [id, entry] of this.rings) {
      if (now.has(id)) continue;
      entry.remove();
      this.rings.delete(id);
    }
    for (const ring of rings.filter((one) => !this.rings.has(one.ring))) {
      const entry = this.entry(ring);
      this.rings.set(ring.ring, entry);
      this.list.append(entry);
    }
    this.shown();
  }

  // Also in the name of the tab. Who writes or has chosen something goes on with that.
  shown() {
    const rings = this.rings.size > 0;
    const began = rings && this.list.hidden;
    this.list.hidden = !rings;
    document.title = rings ? `\u260e ${this.list.querySelector("p").textContent}` : this.title;
    if (began && document.activeElement === document.body) this.list.querySelector("button").focus({ preventScroll: true });
  }

  entry(ring) {
    const entry = document.createElement("li");
    const words = document.createElement("p");
    words.textContent = `It rings: ${ring.tenant_name || "The centre"} ${KINDS[ring.kind] ?? "calls"} ${ring.number}`;
    entry.append(words, this.button("Answer", "go", ring), this.button("Refuse", "stop", ring));
    return entry;
  }

  button(name, look, ring) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = look;
    button.textContent = name;
    button.setAttribute("aria-label", `${name} ${ring.number}`);
    button.addEventListener("click", () => this.decide(ring, name.toLowerCase(), button));
    return button;
  }

  async decide(ring, deed, button) {
    button.disabled = true; // pressed twice in one go, it is pressed once
    try {
      const view = await ask(`/try/api/ringing/${encodeURIComponent(ring.ring)}/${deed}`, {});
      this.rings.get(ring.ring)?.remove();
      this.rings.delete(ring.ring);
      this.shown();
      if (deed === "answer") this.answered(view);
    } catch (error) {
      button.disabled = false;
      this.failed(error);
    }
  }
}
