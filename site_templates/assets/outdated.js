/* The note on an older version is shown where it is one. */
(() => {
  "use strict";
  const box = document.querySelector("[data-md-component=outdated]");
  const base = new URL(document.currentScript.dataset.base, location);
  if (box && window.__md_get("__outdated", sessionStorage, base) === true) box.hidden = false;
})();
