/* A marked term shows its meaning on hover, on focus and on the first touch; Escape puts it away, a second touch follows it. */
"use strict";
calmroomPart("terms", ({ element }) => {
  const tip = element("div", "calm-tip");
  tip.id = "calm-tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;
  let shown = null;

  function show(term) {
    const entry = document.getElementById(`term-${term.dataset.term}`);
    if (!entry) return;
    hide();
    tip.replaceChildren(element("b", "", entry.querySelector("dt").textContent), entry.querySelector("dd").textContent);
    tip.hidden = false;
    term.setAttribute("aria-describedby", tip.id);
    const place = term.getBoundingClientRect();
    const frame = (tip.offsetParent ?? document.body).getBoundingClientRect();
    const left = Math.min(place.left, document.documentElement.clientWidth - tip.offsetWidth - 8);
    tip.style.left = `${Math.max(8, left) - frame.left}px`;
    const below = place.bottom + tip.offsetHeight + 8 < window.innerHeight;
    tip.style.top = `${(below ? place.bottom + 4 : place.top - tip.offsetHeight - 4) - frame.top}px`;
    shown = term;
  }
  function hide() {
    tip.hidden = true;
    shown?.removeAttribute("aria-describedby");
    shown = null;
  }

  function explain(term) {
    let touched = false;
    term.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && show(term));
    term.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse" && document.activeElement !== term && !tip.contains(event.relatedTarget)) hide();
    });
    term.addEventListener("pointerdown", (event) => (touched = event.pointerType === "touch" && shown !== term));
    term.addEventListener("focus", () => show(term));
    term.addEventListener("blur", hide);
    term.addEventListener("click", (event) => {
      if (!touched) return;
      event.preventDefault();
      show(term);
    });
  }

  tip.addEventListener("pointerleave", () => document.activeElement !== shown && hide());
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  document.addEventListener("pointerdown", (event) => !event.target.closest(".calm-term, .calm-tip") && hide());
  return (terms) => {
    hide();
    document.querySelector(".md-content .md-typeset").append(tip);
    terms.forEach(explain);
  };
});
