"use strict";
// Replaces parts of a page by what the server renders as traffic passes. Without it every page works, but stands still.
(() => {
  const place = document.querySelector("[data-live-from]");
  let source = null;

  const same = (left, right) => left.innerHTML === right.innerHTML;

  function show(text) {
    const fresh = document.createElement("template");
    fresh.innerHTML = text;
    for (const part of fresh.content.querySelectorAll("[data-live]")) {
      const shown = document.getElementById(part.id);
      if (!shown || same(shown, part)) continue;
      const focused = shown.contains(document.activeElement) ? document.activeElement.id : "";
      const open = [...shown.querySelectorAll("details[open][id]")].map((one) => one.id);
      const scrolled = shown.querySelector(".scroll")?.scrollLeft;
      shown.replaceChildren(...part.childNodes);
      for (const id of open) document.getElementById(id)?.setAttribute("open", "");
      if (scrolled) shown.querySelector(".scroll").scrollLeft = scrolled;
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    }
    unveil();
  }

  function follow() {
    if (source) source.close();
    source = new EventSource(place.dataset.liveFrom);
    source.addEventListener("message", (event) => {
      if (event.data) show(event.data);
    });
  }

  function unveil() {
    for (const one of document.querySelectorAll("[data-script-only][hidden]")) one.hidden = false;
  }

  if (place && window.EventSource) {
    const button = document.getElementById("pause");
    follow();
    button?.addEventListener("click", () => {
      const paused = button.getAttribute("aria-pressed") === "true";
      button.setAttribute("aria-pressed", String(!paused));
      button.textContent = paused ? "Pause" : "Resume";
      document.getElementById("live").textContent = paused ? "live" : "paused";
      if (paused) window.location.reload();
      else source.close();
    });
    window.addEventListener("pagehide", () => source.close());
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const text = document.getElementById(button.dataset.copy).textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed: select and copy";
    }
  });

  unveil();
})();
