// Prompts read aloud by the browser itself, in the language of the call. Off until somebody switches it on.
const KEPT = "manyline-try-aloud";
const HEARD = new Set(["system", "agent"]); // nobody reads to you what you say yourself

export class Voice {
  constructor(toggle) {
    this.toggle = toggle;
    this.able = "speechSynthesis" in window;
    toggle.disabled = !this.able;
    toggle.checked = this.able && localStorage.getItem(KEPT) === "yes";
    toggle.addEventListener("change", () => {
      localStorage.setItem(KEPT, toggle.checked ? "yes" : "no");
      if (!toggle.checked) this.hush();
    });
  }

  read(lines, language) {
    if (!this.toggle.checked) return;
    for (const line of lines.filter((one) => HEARD.has(one.who))) {
      const words = new SpeechSynthesisUtterance(line.text);
      words.lang = language || "en-US";
      speechSynthesis.speak(words);
    }
  }

  // Another line is listened to, or none: what is being read is of no use any more.
  hush() {
    if (this.able) speechSynthesis.cancel();
  }
}
