/* What a page does beyond being read: draws its diagrams, filters and sorts lists, and puts `/` to use. Nothing is stored or sent; search.js searches. */
(() => {
  "use strict";
  /* A site may put the next page in this one's place without leaving the document; the script is then run again. */
  if (window.calmroomStart) return void window.calmroomStart();
  const here = document.currentScript.src;

  /* ── Diagrams ─────────────────────────────────────────────────────────── */
  const NARROWEST = 720;
  const NARROW = 560;
  const SMALLEST = 0.75;

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

  let token = "";

  /* Mermaid draws in a frame that may fetch nothing and run nothing but Mermaid: what a text asks it for is not asked of anybody. */
  function openWorkshop() {
    const frame = document.createElement("iframe");
    frame.className = "calm-workshop";
    frame.tabIndex = -1;
    frame.setAttribute("aria-hidden", "true");
    const nonce = (token = crypto.getRandomValues(new Uint32Array(4)).join(""));
    const page = document.implementation.createHTMLDocument("Workshop");
    const policy = page.createElement("meta");
    policy.httpEquiv = "Content-Security-Policy";
    policy.content = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'`;
    page.head.append(policy);
    for (const name of ["workshop.js", "mermaid.js"]) {
      const script = page.createElement("script");
      script.setAttribute("nonce", nonce);
      script.src = new URL(name, here).href;
      page.body.append(script);
    }
    frame.srcdoc = `<!doctype html>${page.documentElement.outerHTML}`;
    return new Promise((resolve, reject) => {
      frame.addEventListener("load", () => {
        if (!frame.contentWindow.mermaid) return reject(new Error("mermaid.js could not be read"));
        frame.contentDocument.body.style.fontFamily = getComputedStyle(document.body).fontFamily;
        resolve(frame);
      });
      document.body.append(frame);
    });
  }

  function configure(mermaid, width, wrapping = 220) {
    const fixed = Object.keys(mermaid.mermaidAPI?.defaultConfig ?? {});
    mermaid.initialize({
      startOnLoad: false,
      securityLevel: "strict",
      secure: [...new Set([...fixed, ...SECURE])],
      theme: "base",
      fontFamily: getComputedStyle(document.body).fontFamily,
      themeVariables: { fontSize: "14px" },
      sequence: { useMaxWidth: false, width: 110, actorMargin: 60, messageMargin: 26, boxMargin: 6, mirrorActors: false, wrap: true, wrapPadding: 6 },
      flowchart: { htmlLabels: true, useMaxWidth: false, wrappingWidth: wrapping, nodeSpacing: 28, rankSpacing: 42, padding: 10 },
      gantt: { useWidth: width, useMaxWidth: false, fontSize: 13, sectionFontSize: 12, barHeight: 20, barGap: 6, topPadding: 44, leftPadding: 16, rightPadding: 24, gridLineStartPadding: 30, numberSectionStyles: 2 },
    });
  }

  async function draw(mermaid, figure, index) {
    const drawing = figure.querySelector(".calm-diagram__drawing");
    const source = figure.querySelector(".calm-diagram__source").textContent;
    figure.hidden = false;
    configure(mermaid, Math.max(drawing.clientWidth, NARROWEST));
    try {
      const { svg } = await mermaid.render(`calm-drawing-${index}`, source);
      put(drawing, svg);
      if (drawing.clientWidth >= NARROW && !fits(drawing)) {
        configure(mermaid, Math.max(drawing.clientWidth, NARROWEST), 140);
        put(drawing, (await mermaid.render(`calm-drawing-${index}-narrow`, source)).svg);
      }
      fit(drawing);
      figure.dataset.calmState = "drawn";
    } catch (error) {
      drawing.removeAttribute("role");
      drawing.removeAttribute("aria-label");
      drawing.textContent = "This diagram could not be drawn; the text says the same.";
      figure.classList.add("calm-diagram--failed");
      figure.dataset.calmState = "failed";
      console.warn("Calmroom: a diagram could not be drawn.", error);
    }
  }

  /* What may come back from Mermaid: its own shapes and words. A template holds it without fetching anything. */
  const SECURE = ["secure", "securityLevel", "startOnLoad", "maxTextSize", "maxEdges", "suppressErrorRendering", "theme", "themeCSS", "themeVariables", "fontFamily", "altFontFamily", "look", "layout", "dompurifyConfig", "htmlLabels", "flowchart", "sequence", "gantt"];
  const SHAPES = new Set("svg g path rect circle ellipse line polygon polyline text tspan textpath defs marker style title desc foreignobject clippath lineargradient radialgradient stop symbol use div span p br b strong i em u s code pre ul ol li table tbody thead tr td th a".split(" "));
  const OUTSIDE = /url\s*\(\s*(?!["']?#)|@import|image-set|\\|expression|position\s*:/i;

  function safe(element) {
    for (const child of [...element.children]) {
      const name = child.localName.toLowerCase();
      if (!SHAPES.has(name)) {
        child.replaceWith(["script", "style"].includes(name) ? "" : child.textContent);
        continue;
      }
      for (const { name: attribute, value } of [...child.attributes]) {
        const kind = attribute.toLowerCase().split(":").pop();
        const link = kind === "href" && (/^#/.test(value) || (name === "a" && /^(https?:|mailto:)/i.test(value.trim())));
        if ((kind === "href" && !link) || kind.startsWith("on") || FETCHING.has(kind) || (kind !== "href" && OUTSIDE.test(value))) child.removeAttribute(attribute);
      }
      if (name === "a") child.setAttribute("rel", "noopener noreferrer");
      if (name === "style") child.textContent = OUTSIDE.test(child.textContent) ? "" : child.textContent.replaceAll("!important", "");
      else safe(child);
    }
  }
  const FETCHING = new Set(["src", "srcset", "srcdoc", "action", "formaction", "poster", "data", "background", "ping", "target", "from", "to", "values", "attributename"]);

  const TAG = /<[^<>"]*(?:"[^"]*"[^<>"]*)*>/g;
  const STYLE = /("[^"]*")|\sstyle=/g;

  /* The page's stylesheet has the last word on colours. A page's policy may forbid styles written as text, so they are set by script. */
  function put(drawing, svg) {
    const template = document.createElement("template");
    template.innerHTML = svg.replace(TAG, (tag) => tag.replace(STYLE, (found, quoted) => quoted ?? " data-calm-style="));
    safe(template.content);
    for (const element of template.content.querySelectorAll("[data-calm-style]")) {
      if (element.style) element.style.cssText = element.dataset.calmStyle;
      element.removeAttribute("data-calm-style");
    }
    if ("replaceSync" in CSSStyleSheet.prototype) sheetsOf(drawing, [...template.content.querySelectorAll(`style, desc[data-calm-sheet="${token}"]`)]);
    drawing.replaceChildren(template.content);
  }

  /* The sheets of a drawing that was drawn again go away with it. */
  const sheets = new Map();
  function sheetsOf(drawing, styles) {
    const made = styles.map((style) => {
      const sheet = new CSSStyleSheet();
      const text = style.textContent;
      sheet.replaceSync(OUTSIDE.test(text) ? "" : text.replaceAll("!important", ""));
      style.remove();
      return sheet;
    });
    const old = new Set([...sheets].filter(([of]) => of === drawing || !of.isConnected).flatMap(([, of]) => of));
    for (const of of [...sheets.keys()]) if (of === drawing || !of.isConnected) sheets.delete(of);
    sheets.set(drawing, made);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets.filter((sheet) => !old.has(sheet)), ...made];
  }

  function natural(drawing) {
    const svg = drawing.querySelector("svg");
    const box = svg.viewBox.baseVal;
    return box && box.width ? box.width : svg.getBoundingClientRect().width;
  }

  function fits(drawing) {
    return natural(drawing) * SMALLEST <= drawing.clientWidth;
  }

  /* A drawing a little too wide is scaled down; one far too wide keeps its size and scrolls, so that its text stays readable. */
  function fit(drawing) {
    const svg = drawing.querySelector("svg");
    const width = natural(drawing);
    const scale = Math.max(SMALLEST, Math.min(1, drawing.clientWidth / width));
    svg.style.width = `${Math.floor(width * scale)}px`;
    svg.setAttribute("aria-hidden", "true");
    if (width * scale > drawing.clientWidth + 1) drawing.tabIndex = 0;
  }

  async function drawAll() {
    const all = figures();
    if (!all.length) return;
    let workshop;
    try {
      workshop = await openWorkshop();
    } catch {
      return;
    }
    for (const [index, figure] of all.entries()) await draw(workshop.contentWindow.mermaid, figure, index);
    workshop.remove();
    document.documentElement.dataset.calmDiagrams = "done";
  }

  /* ── Lists ────────────────────────────────────────────────────────────── */
  function fold(text) {
    return text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  }

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

  /* ── Glossary ─────────────────────────────────────────────────────────── */
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

  /* A marked term shows its meaning on hover, on focus and on the first touch; Escape puts it away, a second touch follows it. */
  function explainTerms() {
    const terms = [...document.querySelectorAll("a.calm-term")];
    if (!terms.length) return;
    const tip = document.createElement("div");
    tip.className = "calm-tip";
    tip.id = "calm-tip";
    tip.setAttribute("role", "tooltip");
    tip.hidden = true;
    document.querySelector(".md-content .md-typeset").append(tip);
    let shown = null;

    function show(term) {
      const entry = document.getElementById(`term-${term.dataset.term}`);
      if (!entry) return;
      hide();
      const name = document.createElement("b");
      name.textContent = entry.querySelector("dt").textContent;
      tip.replaceChildren(name, entry.querySelector("dd").textContent);
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
    for (const term of terms) {
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
  }

  /* ── Scripts ──────────────────────────────────────────────────────────── */
  function copyButtons() {
    const said = document.querySelectorAll("[data-calm-words]");
    if (!said.length || !navigator.clipboard) return;
    const status = document.createElement("p");
    status.className = "calm-hidden";
    status.setAttribute("role", "status");
    document.querySelector(".calm-page").append(status);
    for (const words of said) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "calm-copy";
      button.textContent = "Copy";
      button.setAttribute("aria-label", `Copy: ${words.textContent.trim().slice(0, 60)}`);
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(words.textContent.trim());
        button.textContent = "Copied";
        status.textContent = "Copied";
        setTimeout(() => {
          button.textContent = "Copy";
          status.textContent = "";
        }, 1500);
      });
      words.after(button);
    }
  }

  /* ── Rehearsal ────────────────────────────────────────────────────────── */
  function make(tag, text, name) {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    if (name) element.className = name;
    return element;
  }

  /* The same draws as `calmroom rehearse --hard --seed`: x → 1664525 x + 1013904223 (mod 2³²). */
  function* draws(seed) {
    let state = seed >>> 0;
    while (true) {
      state = (Math.imul(1664525, state) + 1013904223) >>> 0;
      yield state / 4294967296;
    }
  }

  function rehearse(box) {
    const { exchanges, moves, odds } = JSON.parse(box.querySelector("[data-calm-exchanges]").textContent);
    const setup = box.querySelector("[data-calm-setup]");
    const stage = box.querySelector("[data-calm-stage]");
    const status = box.querySelector("[data-calm-said]");
    box.hidden = false;

    function say(...elements) {
      stage.append(...elements);
      status.textContent = elements.map((element) => element.textContent).join(" ");
    }
    function line(who, how, what) {
      const p = make("p", "", "calm-line__says");
      p.append(make("b", `${who}: `), how ? make("i", `(${how}) `) : "", what);
      return p;
    }
    function named(list) {
      return list.map((move) => moves[move]).join(", then ");
    }
    function told(words, used, why) {
      const parts = [];
      if (words) parts.push(make("p", `A wording that works: “${words}”`));
      if (used.length) parts.push(make("p", `The move: ${named(used)}. ${why}`, "calm-line__move"));
      return parts;
    }
    function ask(label, choices) {
      return new Promise((resolve) => {
        const form = make("form");
        for (const [index, choice] of choices.entries()) {
          const button = make("button", choice.words, "calm-choice");
          button.type = "button";
          button.addEventListener("click", () => done(choice, choice.words));
          form.append(button);
        }
        const id = `calm-answer-${stage.children.length}`;
        const name = make("label", label);
        name.htmlFor = id;
        const text = make("textarea");
        text.id = id;
        text.rows = 2;
        const send = make("button", choices.length ? "Say it in my words" : "Say it");
        send.type = "submit";
        form.append(name, text, send);
        function done(choice, words) {
          form.remove();
          resolve({ choice, words });
        }
        form.addEventListener("submit", (event) => {
          event.preventDefault();
          done(null, text.value.trim());
        });
        stage.append(form);
        /* At once, with nothing between the last answer and this: a later moment could take the focus from who has begun to type. */
        (form.querySelector(".calm-choice") ?? text).focus();
      });
    }

    async function play(hard, seed) {
      const random = draws(seed);
      const used = [];
      let best = 0;
      for (const exchange of exchanges) {
        const pushed = random.next().value < odds && hard && exchange.push;
        say(...exchange.heard.map((said) => line(said.who, said.how, said.what)));
        const { choice, words } = await ask("Or type your own words", exchange.choices);
        const own = exchange.choices.find((other) => other.best).words;
        const answer = line("You", "", words || "…");
        answer.classList.add("calm-rehearsal__you");
        if (choice?.best) {
          best += 1;
          used.push(...exchange.moves);
          say(answer, make("p", "That holds."), ...told("", exchange.moves, exchange.why));
        } else {
          say(answer, ...(choice ? [make("p", choice.consequence)] : []), ...told(own, exchange.moves, exchange.why));
        }
        if (pushed) {
          say(line(exchange.push.who || "They", "pushing on", exchange.push.they));
          const reply = await ask("What do you say?", []);
          used.push(...exchange.push.moves);
          const mine = line("You", "", reply.words || "…");
          mine.classList.add("calm-rehearsal__you");
          say(mine, ...told(exchange.push.says, exchange.push.moves, exchange.push.why));
        }
      }
      const counts = new Map();
      for (const move of used) counts.set(move, (counts.get(move) ?? 0) + 1);
      const list = make("ul");
      const order = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
      for (const [move, count] of order) list.append(make("li", `${moves[move]}: ${count}`));
      const head = make("h3", "Moves you used");
      head.tabIndex = -1;
      say(head, list, make("p", `${best} of ${exchanges.length} answers were the script's own.`));
      stage.dataset.calmState = "done";
      head.focus();
    }

    setup.addEventListener("submit", (event) => {
      event.preventDefault();
      stage.replaceChildren();
      stage.hidden = false;
      delete stage.dataset.calmState;
      setup.querySelector("button").textContent = "Begin again";
      play(setup.elements.hard.checked, Number(setup.elements.seed.value) || 0);
    });
  }

  /* ── Keys ─────────────────────────────────────────────────────────────── */
  function keys() {
    document.addEventListener("keydown", (event) => {
      const box = document.querySelector("[data-calm-find]");
      if (!box) return;
      const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
      const slash = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (slash || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey)) {
        event.preventDefault();
        event.stopImmediatePropagation();
        box.focus();
      }
    }, true);
  }

  /* The brief prints alone: the page is marked while the print dialogue is open. */
  function printBrief() {
    const button = document.querySelector("[data-calm-print-brief]");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      document.documentElement.classList.add("calm-only-brief");
      window.addEventListener("afterprint", () => document.documentElement.classList.remove("calm-only-brief"), { once: true });
      window.print();
    });
  }

  /* A link to #brief opens it. */
  function openTarget() {
    let anchor = location.hash.slice(1);
    try {
      anchor = decodeURIComponent(anchor);
    } catch {
      /* An address that was cut in the middle of a sign means what stands there. */
    }
    const target = anchor && document.getElementById(anchor);
    if (target instanceof HTMLDetailsElement) target.open = true;
  }

  /* What listens to the whole document, once, however often a page is put in its place. */
  function once() {
    keys();
    addEventListener("hashchange", openTarget);
  }

  function start() {
    openTarget();
    printBrief();
    const form = document.querySelector("[data-calm-filter]");
    if (form) filterList(form);
    const all = document.querySelector("[data-calm-filter-all]");
    if (all) filterAll(all);
    for (const table of document.querySelectorAll(".calm-list")) if (table.querySelectorAll("[data-calm-row]").length > 1) sortTable(table);
    const terms = document.querySelector("[data-calm-terms]");
    if (terms) filterTerms(terms);
    explainTerms();
    copyButtons();
    for (const box of document.querySelectorAll("[data-calm-rehearsal]")) rehearse(box);
    drawAll();
  }

  window.calmroomStart = start;
  once();
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
