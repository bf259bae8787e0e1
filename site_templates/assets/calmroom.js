/* The core, on every page: keys, links that open what they lead to, and a file for each thing that only some pages do. Nothing is stored or sent. */
(() => {
  "use strict";
  /* A site may put the next page in this one's place without leaving the document, and a page may name this script twice; it is then run again. */
  if (window.calmroomStart) return void window.calmroomStart();
  const here = document.currentScript.src;

  /* ── One file a feature, beside this one, where a page has something for it ── */
  /* A figure that was made for a diagram in a story is not one more diagram. */
  const FEATURES = {
    search: "form[data-calm-box]",
    results: "form[data-calm-search-page]",
    prepare: "form[data-calm-prepare]",
    lists: "form[data-calm-filter], form[data-calm-filter-all], .calm-list",
    glossary: "form[data-calm-terms]",
    terms: "a.calm-term",
    copying: "[data-calm-words]",
    rehearsal: "[data-calm-rehearsal]",
    diagrams: ".calm-diagram:not([data-calm-diagram=story]), .calm-story pre > code.language-mermaid",
  };
  const UNREADABLE = "The search index could not be read. The list of incidents can still be filtered.";

  function beside(path) {
    return new URL(path, here).href;
  }

  /* By the time a script has been run it has handed over what it is for; one that has not could not be read. */
  function bring(address, failed) {
    const script = document.createElement("script");
    script.src = address;
    script.onload = script.onerror = () => failed(new Error(`${address} could not be read`));
    document.head.append(script);
  }

  function element(tag, name, ...content) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.append(...content);
    return made;
  }

  function fold(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  }

  const parts = new Map();
  const waiting = new Map();

  /* What a file beside this one hands over; the file is fetched once, and again only after it could not be read. */
  function part(name) {
    if (!parts.has(name)) {
      const read = new Promise((resolve, reject) => {
        waiting.set(name, resolve);
        bring(beside(`${name}.js`), reject);
      });
      read.catch(() => parts.delete(name));
      parts.set(name, read);
    }
    return parts.get(name);
  }

  /* Each of these files calls this; what several of them need is handed to it. */
  window.calmroomPart = (name, make) => waiting.get(name)(make({ part, beside, bring, element, fold, UNREADABLE }));

  /* A feature is given each element once, however often a page is looked through. Without its file a page is read as it is. */
  const begun = new Map(Object.keys(FEATURES).map((name) => [name, new WeakSet()]));
  function begin(name) {
    const found = () => [...document.querySelectorAll(FEATURES[name])].filter((one) => !begun.get(name).has(one));
    if (!found().length) return;
    part(name).then(
      (start) => {
        const fresh = found();
        for (const one of fresh) begun.get(name).add(one);
        if (fresh.length) start(fresh);
      },
      (error) => console.warn("Calmroom: a part of this page stays as it is.", error),
    );
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
    if (!button?.hidden) return;
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
    for (const name of Object.keys(FEATURES)) begin(name);
  }

  window.calmroomStart = start;
  once();
  start();
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
})();
