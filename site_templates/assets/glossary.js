/* The glossary, filtered by words and by field. */
"use strict";
calmroomPart("glossary", ({ fold }) => {
  function filterTerms(form) {
    const terms = [...document.querySelectorAll("[data-calm-term]")].map((element) => ({ element, text: fold(element.textContent) }));
    const letters = [...document.querySelectorAll("[data-calm-letter]")];
    const none = document.querySelector("[data-calm-none]");
    function apply() {
      const words = fold(form.elements.q.value).split(/\s+/).filter(Boolean);
      const field = form.elements.field.value;
      let shown = 0;
      for (const { element, text } of terms) {
        const visible = (!field || element.dataset.field === field) && words.every((word) => text.includes(word));
        element.hidden = !visible;
        shown += visible;
      }
      for (const letter of letters) letter.hidden = !letter.querySelector("[data-calm-term]:not([hidden])");
      form.querySelector("[data-calm-count]").textContent = `${shown} of ${terms.length}`;
      none.hidden = shown > 0;
    }
    form.hidden = false;
    apply();
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply));
  }

  return (forms) => forms.forEach(filterTerms);
});
