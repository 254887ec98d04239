// What every page needs of scripts. Reading works without; each part finds its own elements, also in what htmx brings.
(() => {
  "use strict";

  const fault = document.getElementById("net-fault");
  const show = (shown) => { if (fault) fault.hidden = !shown; };
  document.addEventListener("htmx:sendError", () => show(true));
  document.addEventListener("htmx:timeout", () => show(true));
  document.addEventListener("htmx:responseError", () => show(true));
  document.addEventListener("htmx:afterOnLoad", (event) => { if (event.detail.successful) show(false); });

  // A menu closes when somebody goes elsewhere.
  const close = (except) => document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (menu !== except) menu.open = false;
  });
  document.addEventListener("click", (event) => close(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details.menu[open]");
    close(null);
    open?.querySelector("summary").focus();
  });

  // What is wrong with a form is the first thing to read after it came back.
  const toFaults = (root) => root.querySelector("#faults:not([data-sample] *)")?.focus();
  document.addEventListener("DOMContentLoaded", () => toFaults(document));
  document.addEventListener("htmx:afterSettle", (event) => toFaults(event.detail.elt));

  // A choice that stands for itself is sent as soon as it is made; a button does it where there are no scripts.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-send-on-change]");
    if (form) form.requestSubmit();
  });
})();
