/* A message that a reader has dismissed stays away. */
(() => {
  "use strict";
  const box = document.querySelector("[data-md-component=announce]");
  const text = box?.querySelector(".md-typeset");
  if (text && window.__md_hash(text.innerHTML) === window.__md_get("__announce")) box.hidden = true;
})();
