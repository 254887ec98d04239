// The filters, once opened on a small screen, stay open while the results around them are swapped.
(() => {
  "use strict";

  let open = false;
  document.addEventListener("htmx:beforeSwap", () => { open = document.getElementById("filters-fold")?.open ?? false; });
  document.addEventListener("htmx:afterSwap", () => {
    const fold = document.getElementById("filters-fold");
    if (fold && open) fold.open = true;
  });
})();
