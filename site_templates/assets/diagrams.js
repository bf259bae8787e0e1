/* Diagrams: Mermaid draws the figures of a page, in a frame that may fetch nothing. Each stands beside a text that says the same. */
"use strict";
calmroomPart("diagrams", ({ beside, element }) => {
  const NARROWEST = 720;
  const NARROW = 560;
  const SMALLEST = 0.75;

  /* A figure is there for what we draw ourselves; what an author wrote in a story is given one. */
  function figureOf(found) {
    if (!found.matches("code")) return found;
    const drawing = element("div", "calm-diagram__drawing");
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", "Diagram drawn from the text below it");
    const source = element("pre", "calm-diagram__source", found.textContent);
    source.hidden = true;
    const figure = element("figure", "calm-diagram", drawing, source);
    figure.dataset.calmDiagram = "story";
    found.parentElement.before(figure);
    return figure;
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
      script.src = beside(name);
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

  const breath = () => new Promise((resolve) => setTimeout(resolve));

  return async (found) => {
    const all = found.map(figureOf);
    let workshop;
    try {
      workshop = await openWorkshop();
    } catch {
      for (const figure of all) figure.querySelector(".calm-diagram__room")?.remove();
      return;
    }
    for (const [index, figure] of all.entries()) {
      await breath(); /* A click or a key is heard between two drawings. */
      await draw(workshop.contentWindow.mermaid, figure, index);
    }
    workshop.remove();
    document.documentElement.dataset.calmDiagrams = "done";
  };
});
