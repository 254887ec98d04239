// Leads: quick keys, counts read out, bars that lead to their filter, copy and print. Reading works without.
(() => {
  "use strict";

  const KEYS_OFF = "rongqiao-keys-off";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);

  // Quick keys. They can be switched off, and rest while somebody types or a dialog is open.
  const keysOn = () => localStorage.getItem(KEYS_OFF) === null;
  const typing = (element) => element.closest("input, textarea, select, [contenteditable], [popover]") !== null;
  const step = (by) => {
    const links = all("[data-lead-link]");
    const here = links.findIndex((link) => link.closest("[data-lead]").contains(document.activeElement));
    const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by;
    if (!links[next]) return;
    links[next].focus({ preventScroll: true });
    links[next].closest("[data-lead]").scrollIntoView({ block: "nearest" });
  };
  const keys = {
    j: () => (one("[data-lead-link]") ? step(1) : one("[data-after]")?.click()),
    k: () => (one("[data-lead-link]") ? step(-1) : one("[data-before]")?.click()),
    o: () => one("[data-lead-link]", document.activeElement.closest("[data-lead]") ?? document.createElement("i"))?.click(),
    f: () => one("#filters a")?.focus(),
    "/": () => one("#lead-words")?.focus(),
    "?": () => one("#keys")?.showPopover?.(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !keysOn()) return;
    const press = keys[event.key];
    if (!press || typing(event.target) || one("[popover]:popover-open")) return;
    event.preventDefault();
    press();
  });

  // Who comes back to a list comes back to the lead that was opened from there, or walked to since.
  const lastOf = (href) => {
    const { pathname, searchParams } = new URL(href, location);
    return `rongqiao-last-lead ${pathname}?${searchParams}`;
  };
  window.addEventListener("pageshow", () => {
    const back = one("[data-list]");
    if (back) {
      sessionStorage.setItem(lastOf(back.href), location.pathname);
      return;
    }
    const list = lastOf(location.href);
    const last = sessionStorage.getItem(list);
    sessionStorage.removeItem(list);
    const link = all("[data-lead-link]").find(({ pathname }) => pathname === last);
    if (!link) return;
    const { top, bottom } = link.closest("[data-lead]").getBoundingClientRect();
    link.focus({ preventScroll: true });
    if (top < 0 || bottom > innerHeight) link.closest("[data-lead]").scrollIntoView({ block: "center" });
  });

  const hint = one("[data-keys]");
  if (hint) {
    const box = one("[data-keys-on]", hint);
    hint.hidden = false;
    box.checked = keysOn();
    box.addEventListener("change", () => (box.checked ? localStorage.removeItem(KEYS_OFF) : localStorage.setItem(KEYS_OFF, "1")));
  }

  // The list came anew: its count is read out, and the focus stays in it.
  document.addEventListener("htmx:afterSettle", (event) => {
    const list = event.detail.elt;
    if (list.id !== "leads") return;
    const head = one("#results", list);
    one("#leads-said").textContent = head.textContent;
    if (document.activeElement === document.body) head.focus({ preventScroll: true });
    linkBars(list);
  });

  // A bar leads where the row of the table that it was drawn from leads.
  const linkBars = (root) => all("[data-chart]", root).forEach((figure) => {
    const chart = window.echarts?.getInstanceByDom(one(".chart-canvas", figure));
    if (!chart) return;
    one(".chart-canvas", figure).classList.add("lead-chart-linked");
    chart.on("click", ({ name }) => all("tbody a", figure).find((link) => link.textContent.trim() === name)?.click());
  });
  document.addEventListener("DOMContentLoaded", () => linkBars(document));

  all("[data-copy]").forEach((button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(one(`#${button.dataset.copy}`).textContent.trim());
      button.textContent = one("#copied").textContent = button.dataset.done;
    });
  });
  all("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
})();
