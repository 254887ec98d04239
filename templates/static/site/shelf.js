// The filters, once opened on a small screen, stay open while the results around them are swapped, and keep the focus.
(() => {
  "use strict";

  let open = false, focused = "";
  document.addEventListener("htmx:beforeSwap", () => {
    open = document.getElementById("filters-fold")?.open ?? false;
    focused = document.activeElement?.id ?? "";
  });
  document.addEventListener("htmx:afterSwap", () => {
    const fold = document.getElementById("filters-fold");
    if (!fold || !open) return;
    fold.open = true;
    const value = focused && document.getElementById(focused);
    if (value && fold.contains(value)) value.focus({ preventScroll: true });
  });
})();
