/* Tabs within a text: the one the address names is open, and those a reader chose on other pages. */
(() => {
  "use strict";
  const chosen = window.__md_get("__tabs");
  for (const set of Array.isArray(chosen) ? document.querySelectorAll(".tabbed-set") : []) {
    const label = [...set.querySelectorAll(".tabbed-labels label")].find((one) => chosen.includes(one.innerText.trim()));
    if (label) document.getElementById(label.htmlFor).checked = true;
  }
  const target = document.getElementById(location.hash.slice(1));
  if (target?.name) target.checked = target.name.startsWith("__tabbed_");
})();
