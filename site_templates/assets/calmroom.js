/* What a page does beyond being read: draws its diagrams, filters and sorts lists, and puts `/` to use. Nothing is stored or sent. */
(() => {
  "use strict";
  const here = document.currentScript.src;

  /* ── Diagrams ─────────────────────────────────────────────────────────── */
  const NARROWEST = 720;

  function figures() {
    for (const code of document.querySelectorAll(".calm-story pre > code.language-mermaid")) {
      const figure = document.createElement("figure");
      figure.className = "calm-diagram";
      figure.dataset.calmDiagram = "story";
      figure.innerHTML = '<div class="calm-diagram__drawing" role="img"></div>';
      figure.firstChild.setAttribute("aria-label", "Diagram drawn from the text below it");
      const source = document.createElement("pre");
      source.hidden = true;
      source.className = "calm-diagram__source";
      source.textContent = code.textContent;
      figure.append(source);
      code.parentElement.before(figure);
    }
    return [...document.querySelectorAll(".calm-diagram")];
  }

  function configure(width) {
    window.mermaid.initialize({
      startOnLoad: false,
      securityLevel: "strict",
      theme: "base",
      fontFamily: getComputedStyle(document.body).fontFamily,
      themeVariables: { fontSize: "14px" },
      flowchart: { htmlLabels: true, useMaxWidth: false, wrappingWidth: 220, nodeSpacing: 28, rankSpacing: 42, padding: 10 },
      gantt: { useWidth: width, useMaxWidth: false, fontSize: 13, sectionFontSize: 12, barHeight: 20, barGap: 6, topPadding: 44, leftPadding: 16, rightPadding: 24, gridLineStartPadding: 30, numberSectionStyles: 2 },
    });
  }

  async function draw(figure, index) {
    const drawing = figure.querySelector(".calm-diagram__drawing");
    const source = figure.querySelector(".calm-diagram__source").textContent;
    figure.hidden = false;
    configure(Math.max(drawing.clientWidth, NARROWEST));
    try {
      const { svg } = await window.mermaid.render(`calm-drawing-${index}`, source);
      /* The page's stylesheet has the last word on colours. */
      drawing.innerHTML = svg.replaceAll("!important", "");
      fit(drawing);
      figure.dataset.calmState = "drawn";
    } catch (error) {
      document.getElementById(`dcalm-drawing-${index}`)?.remove();
      drawing.removeAttribute("role");
      drawing.removeAttribute("aria-label");
      drawing.textContent = "This diagram could not be drawn; the text says the same.";
      figure.classList.add("calm-diagram--failed");
      figure.dataset.calmState = "failed";
      console.warn("Calmroom: a diagram could not be drawn.", error);
    }
  }

  /* A drawing a little too wide is scaled down; one far too wide keeps its size and scrolls, so that its text stays readable. */
  function fit(drawing) {
    const svg = drawing.querySelector("svg");
    const box = svg.viewBox.baseVal;
    const natural = box && box.width ? box.width : svg.getBoundingClientRect().width;
    const scale = Math.max(0.78, Math.min(1, drawing.clientWidth / natural));
    svg.style.width = `${Math.floor(natural * scale)}px`;
    svg.setAttribute("aria-hidden", "true");
    if (natural * scale > drawing.clientWidth + 1) drawing.tabIndex = 0;
  }

  function loadMermaid() {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL("mermaid.js", here).href;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
  }

  async function drawAll() {
    const all = figures();
    if (!all.length) return;
    try {
      if (!window.mermaid) await loadMermaid();
    } catch {
      return;
    }
    for (const [index, figure] of all.entries()) await draw(figure, index);
    document.documentElement.dataset.calmDiagrams = "done";
  }

  /* ── Lists ────────────────────────────────────────────────────────────── */
  const FIELDS = ["year", "service", "kind", "severity", "factor", "status"];

  function fold(text) {
    return text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  }

  function filterList(form) {
    const rows = [...document.querySelectorAll("[data-calm-row]")].map((element) => ({ element, text: fold(element.dataset.text) }));
    const groups = [...document.querySelectorAll("[data-calm-group]")];
    const count = form.querySelector("[data-calm-count]");
    const none = document.querySelector("[data-calm-none]");

    function fits(row, words, chosen) {
      return (
        words.every((word) => row.text.includes(word)) &&
        chosen.every(([name, value]) => row.element.dataset[name].split(" ").includes(value))
      );
    }

    function apply() {
      const words = fold(form.elements.q.value).split(/\s+/).filter(Boolean);
      const chosen = FIELDS.filter((name) => form.elements[name]?.value).map((name) => [name, form.elements[name].value]);
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
      for (const name of ["q", ...FIELDS]) if (form.elements[name] && state.has(name)) form.elements[name].value = state.get(name);
    }

    form.hidden = false;
    restore();
    apply();
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply));
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
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
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

  /* ── Keys ─────────────────────────────────────────────────────────────── */
  function keys() {
    const box = document.querySelector("[data-calm-find]");
    if (!box) return;
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        event.stopImmediatePropagation();
        box.focus();
      }
    }, true);
  }

  function start() {
    keys();
    const form = document.querySelector("[data-calm-filter]");
    if (form) filterList(form);
    for (const table of document.querySelectorAll(".calm-list")) if (table.querySelectorAll("[data-calm-row]").length > 1) sortTable(table);
    drawAll();
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
