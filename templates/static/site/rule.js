// After the server has drawn the editor anew, whoever uses the keyboard goes on at the node that was added or changed.
document.addEventListener("htmx:afterSettle", () => {
  const next = document.querySelector("[data-focus]");
  if (!next) return;
  next.removeAttribute("data-focus");
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
});
