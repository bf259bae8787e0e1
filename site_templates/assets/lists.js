/* Lists: filtered by words and by what was chosen, kept in the address, and sorted by a head of the table. */
"use strict";
calmroomPart("lists", ({ element, fold }) => {
  function filterList(form) {
    const rows = [...document.querySelectorAll("[data-calm-row]")].map((element) => ({ element, text: fold(element.dataset.text) }));
    const groups = [...document.querySelectorAll("[data-calm-group]")];
    const fields = [...form.querySelectorAll("select")].map((select) => select.name);
    const exact = new Set([...form.querySelectorAll("select[data-calm-exact]")].map((select) => select.name));
    const count = form.querySelector("[data-calm-count]");
    const none = document.querySelector("[data-calm-none]");

    function fits(row, words, chosen) {
      return (
        words.every((word) => row.text.includes(word)) &&
        chosen.every(([name, value]) => row.element.dataset[name] === value || (!exact.has(name) && row.element.dataset[name].split(" ").includes(value)))
      );
    }

    function apply() {
      const words = fold(form.elements.q.value).split(/\s+/).filter(Boolean);
      const chosen = fields.filter((name) => form.elements[name].value).map((name) => [name, form.elements[name].value]);
      let shown = 0;
      for (const row of rows) {
        const visible = fits(row, words, chosen);
        row.element.hidden = !visible;
        shown += visible;
      }
      for (const group of groups) group.hidden = !group.querySelector("[data-calm-row]:not([hidden])");
      count.textContent = `${shown} of ${rows.length}`;
      none.hidden = shown > 0;
      const state = new URLSearchParams(chosen);
      if (form.elements.q.value.trim()) state.set("q", form.elements.q.value.trim());
      const query = state.toString();
      history.replaceState(null, "", query ? `?${query}` : location.pathname + location.hash);
    }

    function restore() {
      const state = new URLSearchParams(location.search);
      for (const name of ["q", ...fields]) if (state.has(name)) form.elements[name].value = state.get(name);
    }

    form.hidden = false;
    restore();
    apply();
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply));
  }

  /* Too many for one page: the page of search narrows all of them, by what was chosen here and nothing that was left empty. */
  function filterAll(form) {
    form.hidden = false;
    form.addEventListener("formdata", ({ formData }) => {
      for (const [name, value] of [...formData]) if (!String(value).trim()) formData.delete(name);
    });
  }

  function sortTable(table) {
    const heads = [...table.querySelectorAll("th[data-sort]")];
    const bodies = [...table.tBodies].map((body) => ({ body, head: body.querySelector(".calm-list__year") }));
    const home = new Map([...table.querySelectorAll("[data-calm-row]")].map((row) => [row, row.closest("tbody")]));
    const values = {
      day: (row) => row.dataset.day,
      severity: (row) => row.dataset.severity,
      length: (row) => Number(row.dataset.length),
    };

    function sorted(key, falling) {
      const sign = falling ? -1 : 1;
      return [...home.keys()]
        .map((row, index) => ({ row, index, value: values[key](row) }))
        .sort((a, b) => (a.value < b.value ? -sign : a.value > b.value ? sign : 0) || a.index - b.index)
        .map(({ row }) => row);
    }

    /* By day, rows stay under their years; by anything else years mean nothing, and all rows stand in the first group. */
    function show(key, falling) {
      const byDay = key === "day";
      for (const { body, head } of bodies) {
        head?.toggleAttribute("hidden", !byDay);
        if (byDay) body.hidden = false;
      }
      if (byDay) for (const { body } of falling ? bodies : bodies.slice().reverse()) table.append(body);
      for (const row of sorted(key, falling)) (byDay ? home.get(row) : bodies[0].body).append(row);
      for (const { body } of bodies) body.hidden = !body.querySelector("[data-calm-row]:not([hidden])");
    }

    for (const head of heads) {
      const button = element("button", "", head.textContent);
      button.type = "button";
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const before = head.getAttribute("aria-sort");
        const falling = before ? before === "ascending" : head.dataset.sort !== "severity";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", falling ? "descending" : "ascending");
        show(head.dataset.sort, falling);
      });
    }
  }

  return (found) => {
    for (const one of found) {
      if (one.matches("[data-calm-filter]")) filterList(one);
      else if (one.matches("[data-calm-filter-all]")) filterAll(one);
      else if (one.querySelectorAll("[data-calm-row]").length > 1) sortTable(one);
    }
  };
});
