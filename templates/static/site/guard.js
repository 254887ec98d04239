// What somebody typed into a form marked data-guard is not lost without a word. Such a form is unsaved while its values differ
// from those that it came with, or while the server marks it, or a part of it, as data-changed: drawn with what is not stored.
(() => {
  "use strict";
  const QUESTION = document.body.dataset.unsaved;
  const sent = new WeakMap(); // form → its values as they were last sent
  let givenUp = false; // by a link that says so

  const values = (form) => JSON.stringify([...new FormData(form)]);
  const asItCame = (form) => {
    const copy = form.cloneNode(true);
    copy.reset();
    return values(copy);
  };
  const unsaved = (form) => {
    const now = values(form);
    return now !== sent.get(form)
      && (form.matches("[data-changed]") || form.querySelector("[data-changed]") !== null || now !== asItCame(form));
  };
  const guarded = () => [...document.querySelectorAll("form[data-guard]")];

  window.addEventListener("beforeunload", (event) => {
    const asked = !givenUp && guarded().some(unsaved);
    givenUp = false;
    if (!asked) return;
    event.preventDefault();
    event.returnValue = QUESTION; // what older browsers want; none shows it
  });

  // Sent for good by the browser. Whoever stops a form on its way has been here before.
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) sent.set(event.target, values(event.target));
  });
  // Sent by htmx: stored where the server says to go elsewhere.
  document.addEventListener("htmx:beforeOnLoad", ({ detail: { elt, xhr } }) => {
    const form = elt.closest("form[data-guard]");
    if (form && xhr.getResponseHeader("HX-Redirect")) sent.set(form, values(form));
  });
  // A part of the page that is fetched anew takes the form in it away, unless the form itself has asked.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, target } = event.detail;
    const lost = guarded().some((form) => target.contains(form) && !form.contains(elt) && unsaved(form));
    if (lost && !window.confirm(QUESTION)) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey; // into another window: this page stays
    if (event.target.closest("a")?.closest("[data-give-up]") && !elsewhere) givenUp = true;
  });
})();
