// Texts that arrived for telephones outside. Their words are only ever set as text; a web address in them is a link.
import { ask } from "/static/try/lines.js";

const EVERY_MS = 2_000;
const LINK = /https?:\/\/[^\s<>"]+/g;

export class Texts {
  constructor({ list, title }) {
    this.list = list;
    this.title = title;
    this.shown = new Set(); // ids
  }

  async watch() {
    for (let failures = 0; ;) {
      try {
        if (!document.hidden) this.paint(await ask("/try/api/texts"));
        failures = 0;
      } catch {
        failures = Math.min(failures + 1, 10); // the stack may be starting anew
      }
      await new Promise((done) => setTimeout(done, EVERY_MS * (failures + 1)));
    }
  }

  // The newest stands first; what is there stays as it is.
  paint(texts) {
    for (const one of texts.filter((text) => !this.shown.has(text.id))) {
      this.shown.add(one.id);
      this.list.prepend(this.entry(one));
    }
    this.list.hidden = this.title.hidden = !this.shown.size;
  }

  entry({ number, text }) {
    const entry = document.createElement("li");
    const whom = document.createElement("b");
    whom.textContent = `A text arrived for ${number}: `;
    entry.append(whom, ...this.words(text));
    return entry;
  }

  words(text) {
    const parts = [];
    let from = 0;
    for (const found of text.matchAll(LINK)) {
      const address = found[0].replace(/[.,;:!?)]+$/, ""); // the end of a sentence is none of it
      const link = Object.assign(document.createElement("a"), {
        href: address, textContent: address, target: "_blank", rel: "noopener",
      });
      parts.push(text.slice(from, found.index), link);
      from = found.index + address.length;
    }
    return [...parts, text.slice(from)];
  }
}
