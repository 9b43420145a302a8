// What is a convenience: parts marked data-live are read anew every 15 seconds, and what a sentence
// rests on shows while the pointer is over it. Every page reads the same without this file.
"use strict";

const PAUSE = 15000;

async function refresh() {
  const parts = document.querySelectorAll("[data-live]");
  if (document.hidden || parts.length === 0) return;
  if ([...parts].some((part) => part.contains(document.activeElement))) return; // somebody is in there
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of parts) {
      const next = fresh.getElementById(part.id);
      if (next) part.replaceChildren(...next.childNodes);
    }
  } catch {
    // the desk is away; the page stays as it was
  }
}

setInterval(refresh, PAUSE);

for (const support of document.querySelectorAll("details.support")) {
  let pinned = false;
  support.querySelector("summary").addEventListener("click", (event) => {
    event.preventDefault();
    pinned = !pinned;
    support.open = pinned;
  });
  support.addEventListener("pointerenter", (event) => {
    if (event.pointerType === "mouse") support.open = true;
  });
  support.addEventListener("pointerleave", () => { support.open = pinned; });
  support.addEventListener("focusin", (event) => {
    if (event.target.matches(":focus-visible")) support.open = true;
  });
  support.addEventListener("focusout", () => { support.open = pinned; });
}
