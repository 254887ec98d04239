// Choosing products to compare: the bar counts, and no more can be ticked than can be compared. Without scripts the
// form works as it is.
(() => {
  "use strict";

  const bar = document.getElementById("compare");
  if (!bar) return;
  const most = Number(bar.dataset.most);
  const send = bar.querySelector("[data-compare]");
  const apply = bar.querySelector("[data-apply]");
  const clear = bar.querySelector("[data-clear]");
  const boxes = () => [...document.querySelectorAll('input[type="checkbox"][form="compare"]')];

  const count = () => {
    const all = boxes();
    const number = all.filter((box) => box.checked).length;
    const state = number === 0 ? "none" : number === 1 ? "one" : number < most ? "some" : "full";
    bar.dataset.count = String(number);
    bar.querySelectorAll("[data-say]").forEach((words) => { words.hidden = words.dataset.say !== state; });
    bar.querySelectorAll("[data-number]").forEach((place) => { place.textContent = number ? String(number) : ""; });
    all.forEach((box) => { box.disabled = number >= most && !box.checked; });
    send.disabled = number < 2 || number > most;
    if (apply) apply.disabled = number < 1;
    clear.hidden = number === 0;
  };

  document.addEventListener("change", (event) => { if (event.target.matches?.('[form="compare"]')) count(); });
  document.addEventListener("htmx:afterSettle", () => {
    count();
    const arrived = document.querySelector("[data-arrived]");
    if (!arrived) return;
    arrived.removeAttribute("data-arrived");
    arrived.focus({ preventScroll: true });
  });
  clear.addEventListener("click", () => {
    boxes().forEach((box) => { box.checked = false; });
    count();
  });
  window.addEventListener("pageshow", count);
  count();
})();
