/* Preparing for a post-mortem: a few sentences find incidents like it, playbooks and scripts. */
"use strict";
calmroomPart("prepare", ({ part, element, UNREADABLE }) => {
  function prepare(form) {
    const results = form.querySelector("[data-calm-prepared]");
    form.hidden = false;
    form.addEventListener("focusin", () => part("finder").catch(() => {}), { once: true });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const text = form.elements.about.value.trim();
      delete results.dataset.searchState;
      if (!text) return results.replaceChildren(element("p", "", "Write a sentence or paste a paragraph about what happened."));
      try {
        const { find, hitLine, PARTLY } = await part("finder");
        const { index, asked, hits } = await find(text);
        const titles = { incident: "Incidents like it", playbook: "Playbooks that fit", script: "What you may have to say" };
        const sections = await Promise.all(Object.entries(titles).map(async ([kind, title]) => {
          const some = hits.filter((hit) => hit.kind === kind).slice(0, kind === "incident" ? 5 : 3);
          const list = element("ol", "calm-results__list", ...(await Promise.all(some.map((hit) => hitLine(index, asked, hit)))));
          return some.length ? [element("h3", "", title), list] : [];
        }));
        results.replaceChildren(...(asked.partly ? [element("p", "", PARTLY)] : []), ...(hits.length ? sections.flat() : [element("p", "", "Nothing here has any of these words. Name the service, the symptom, what was changed.")]));
      } catch (error) {
        results.replaceChildren(element("p", "", UNREADABLE));
        console.warn("Calmroom: search failed.", error);
      }
      results.dataset.searchState = "done";
      return undefined;
    });
  }

  return (forms) => forms.forEach(prepare);
});
