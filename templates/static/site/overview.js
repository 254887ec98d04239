// The overview's filters swap the part below the heading; the address holds the choices.
(() => {
  "use strict";

  // What was left open stays out of the address.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.matches("form.choose")) return;
    const asked = event.detail.parameters;
    for (const name of Object.keys(asked)) if (asked[name] === "") delete asked[name];
  });

  // An answer that is no overview (signed out meanwhile, a choice that is gone) is shown as the page that it is.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    if (target.id !== "overview" || xhr.responseText.includes('id="overview"')) return;
    event.detail.shouldSwap = false;
    location.assign(xhr.responseURL || location.href);
  });
})();
