// A draft is saved while it is typed. The button waits for the save under way: its answer brings the version that the form
// has to name, or the form would be refused for a change of its own.
(() => {
  "use strict";
  const PATIENCE = 4000; // ms: a save that does not come back holds nobody up
  const panel = document.getElementById("reach");
  const form = panel?.closest("form");
  if (!form) return;
  let underWay = false;
  let goOn = null;

  panel.addEventListener("htmx:beforeSend", () => { underWay = true; });
  panel.addEventListener("htmx:afterRequest", () => {
    underWay = false;
    setTimeout(() => { if (!underWay) goOn?.(); }); // what was waiting in line has been sent by then
  });

  form.addEventListener("submit", (event) => {
    if (!underWay && !goOn) return;
    event.preventDefault();
    if (goOn) return;
    const timer = setTimeout(() => goOn?.(), PATIENCE);
    goOn = () => {
      clearTimeout(timer);
      goOn = null;
      underWay = false;
      form.requestSubmit();
    };
  });
})();
