// <script async src="https://…/widget/loader.js" data-key="wk_…"></script>: chat on a client's site
(() => {
  const script = document.currentScript;
  if (!script || window.Manyline) return;
  const warn = (why) => console.warn("Manyline chat:", why);
  try {
    const { key, lang = "" } = script.dataset;
    const home = new URL(script.src).origin;
    const store = `manyline:${key}`;
    const host = document.createElement("div");
    host.style.all = "initial";
    const shadow = host.attachShadow({ mode: "open" });
    const make = (tag, style) => {
      const made = document.createElement(tag);
      made.style.cssText = `position:fixed;inset-inline-end:16px;z-index:2147483000;box-shadow:0 3px 16px #0006;${style}`;
      return made;
    };
    const button = make("button", `bottom:16px;min-height:48px;padding:0 20px;border:2px solid #fff;border-radius:24px;
      font:600 16px system-ui,sans-serif;cursor:pointer`);
    const frame = make("iframe", "border:0;background:#fff;display:none;" + (innerWidth < 481
      ? "inset:0;width:100%;height:100%"
      : "bottom:76px;width:376px;height:min(600px,100vh - 96px);border-radius:12px"));
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms allow-popups");
    frame.src = `${home}/widget/${key}/frame?${new URLSearchParams({ origin: location.origin, lang })}`;

    let ready, unread = 0, open = false;
    const tell = (manyline, kept) => frame.contentWindow.postMessage({ manyline, kept }, home);
    const show = (wish) => {
      if (!ready) return;
      open = wish;
      frame.style.display = open ? "block" : "none";
      (open ? frame : button).focus();
      tell(open ? "open" : "close");
      draw();
    };
    const draw = () => {
      button.textContent = ready.label + (unread && !open ? ` (${unread})` : "");
      button.setAttribute("aria-expanded", open);
    };
    const heard = {
      ready(said) {
        ready = said;
        frame.title = said.label;
        button.style.background = said.colour;
        button.style.color = said.ink;
        shadow.prepend(button);
        draw();
      },
      close: () => show(false),
      unread: ({ count }) => draw((unread = +count)),
      // where the browser denies storage to foreign frames
      ask: () => tell("kept", sessionStorage[store]),
      keep: ({ kept }) => (sessionStorage[store] = kept),
    };
    button.onclick = () => show(!open);
    addEventListener("message", ({ data, origin, source }) => {
      if (origin !== home || source !== frame.contentWindow) return;
      try {
        heard[data.manyline]?.(data);
      } catch {} // the site may not store either
    });
    frame.onload = () => setTimeout(() => {
      if (ready) return;
      host.remove();
      warn("unknown key, or this site is not on its list");
    }, 3000);
    window.Manyline = { open: () => show(true), close: () => show(false) };
    shadow.append(frame);
    document.documentElement.append(host); // there may be no body yet
  } catch (fault) {
    warn(fault);
  }
})();
