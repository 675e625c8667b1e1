// What JavaScript adds; every page works without it.
import { initAll } from "static:govuk-frontend.min.js";

initAll();

// One checkbox for all rows of a page, and how many are selected.
for (const bar of document.querySelectorAll("[data-bulk]")) {
  const of = (kind) => [...document.querySelectorAll(`[data-form="${CSS.escape(bar.dataset.bulk)}"][data-select="${kind}"]`)];
  const all = of("all")[0];
  const rows = of("row");
  const count = bar.querySelector("[data-count]");
  const tell = () => {
    const number = rows.filter((row) => row.checked).length;
    count.textContent = number === 0 ? count.dataset.none : number === 1 ? count.dataset.one : count.dataset.many.replace("#", number);
    if (all) {
      all.checked = number > 0 && number === rows.length;
      all.indeterminate = number > 0 && number < rows.length;
    }
  };
  if (all) {
    all.closest(".gw-check").hidden = false;
    all.addEventListener("change", () => {
      for (const row of rows) row.checked = all.checked;
      tell();
    });
  }
  for (const row of rows) row.addEventListener("change", tell);
  tell();
}

// A value that was shown hides itself, and when its page is left; the seconds to stop a release are counted down.
const watch = (root) => {
  for (const shown of root.querySelectorAll("[data-hide-after]")) {
    const hide = () => { shown.textContent = shown.dataset.hiddenText ?? ""; };
    setTimeout(hide, Number(shown.dataset.hideAfter) * 1000);
    addEventListener("pagehide", hide);
    shown.removeAttribute("data-hide-after");
  }
  for (const clock of root.querySelectorAll("[data-left]")) {
    const until = Date.now() + Number(clock.dataset.left) * 1000;  // never by the time of day: that may be another here
    const tick = () => {
      const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
      clock.textContent = String(left);
      if (left > 0) setTimeout(tick, 1000);
    };
    clock.removeAttribute("data-left");
    tick();
  }
};
watch(document);
document.addEventListener("htmx:after:swap", () => watch(document));
