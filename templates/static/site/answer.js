// The panel beneath the search box: arrows walk through its links, Escape and leaving it close it.
(() => {
  "use strict";

  const box = document.querySelector(".search-box");
  const panel = document.getElementById("answer");
  if (!box || !panel) return;
  const input = box.querySelector("input[type=search]");
  let done = false;  // asked and closed: an answer under way must not come up again
  const close = () => { panel.hidden = true; done = true; };
  const links = () => [...panel.querySelectorAll("a")];

  input.addEventListener("input", () => { done = false; });
  panel.addEventListener("htmx:afterSwap", () => { panel.hidden = done || document.activeElement !== input; });
  input.addEventListener("focus", () => { if (!done) panel.hidden = false; });
  box.addEventListener("focusout", (event) => { if (event.relatedTarget && !box.contains(event.relatedTarget)) close(); });
  document.addEventListener("click", (event) => { if (!box.contains(event.target)) close(); });
  box.querySelector("form").addEventListener("submit", close);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden && links().length) {
      event.preventDefault();
      input.focus();
      close();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !links().length) return;
    event.preventDefault();
    panel.hidden = false;
    const all = links();
    const place = all.indexOf(document.activeElement) + step;
    if (document.activeElement === input && step < 0) return;
    (place < 0 ? input : all[Math.min(place, all.length - 1)]).focus();
  });
})();
