/* The search box: what is found stands under it as one types, or recent searches. What finds is fetched when a box is first used. */
"use strict";
calmroomPart("search", ({ part, element, UNREADABLE }) => {
  const RECENT = "calmroom.recent";

  /* ── Recent searches: in this browser only ────────────────────────────── */
  function recent() {
    try {
      const found = JSON.parse(localStorage.getItem(RECENT) ?? "[]");
      return Array.isArray(found) ? found.filter((text) => typeof text === "string").slice(0, 6) : [];
    } catch {
      return [];
    }
  }
  function remember(text) {
    const words = text.trim();
    if (!words || words.length > 120) return;
    try {
      localStorage.setItem(RECENT, JSON.stringify([words, ...recent().filter((other) => other !== words)].slice(0, 6)));
    } catch {
      /* A browser that stores nothing remembers nothing. */
    }
  }
  function forget() {
    try {
      localStorage.removeItem(RECENT);
    } catch {
      /* As above. */
    }
  }
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-calm-box], [data-calm-search-page]")) remember(event.target.elements.q.value);
  });

  /* ── The box ──────────────────────────────────────────────────────────── */
  function box(form) {
    const input = form.elements.q;
    const panel = element("div", "calm-hits");
    const list = element("div", "calm-hits__list");
    const status = element("p", "calm-hits__status");
    list.id = `${input.id}-hits`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Results");
    status.setAttribute("role", "status");
    panel.hidden = true;
    panel.tabIndex = 0;
    panel.setAttribute("role", "region");
    panel.setAttribute("aria-label", "What was found");
    panel.append(status, list);
    form.append(panel);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", list.id);
    let asking = 0;
    let active = -1;

    const options = () => [...list.querySelectorAll("[role=option]")];
    function choose(at) {
      const all = options();
      all.forEach((option) => option.setAttribute("aria-selected", "false"));
      active = all.length ? (at + all.length) % all.length : -1;
      if (active < 0) return input.removeAttribute("aria-activedescendant");
      all[active].setAttribute("aria-selected", "true");
      input.setAttribute("aria-activedescendant", all[active].id);
      return all[active].scrollIntoView({ block: "nearest" });
    }
    function show() {
      panel.hidden = false;
      input.setAttribute("aria-expanded", "true");
      document.addEventListener("pointerdown", leave);
    }
    function leave(event) {
      if (!form.contains(event.target)) hide();
    }
    function hide() {
      panel.hidden = true;
      document.removeEventListener("pointerdown", leave);
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }
    function option(content, href) {
      const made = element("a", "calm-hit", ...content);
      made.setAttribute("role", "option");
      made.setAttribute("aria-selected", "false");
      made.tabIndex = -1;
      made.id = `${list.id}-${list.querySelectorAll("[role=option]").length}`;
      made.href = href;
      return made;
    }
    function searchAddress(text, sort = "") {
      const address = new URL(form.action);
      address.search = new URLSearchParams({ q: text, ...(sort ? { show: sort } : {}) }).toString();
      return address.href;
    }
    function group(title) {
      const made = element("div", "calm-hits__group");
      const head = element("p", "", title);
      head.id = `${list.id}-g${list.children.length}`;
      made.setAttribute("role", "group");
      made.setAttribute("aria-labelledby", head.id);
      made.append(head);
      list.append(made);
      return made;
    }

    function offerRecent() {
      const before = recent();
      list.replaceChildren();
      status.replaceChildren();
      panel.querySelector(".calm-hits__erase")?.remove();
      if (!before.length) return hide();
      const made = group("Recent searches on this computer");
      for (const text of before) made.append(option([text], searchAddress(text)));
      const erase = element("button", "calm-hits__erase", "Clear them");
      erase.type = "button";
      erase.addEventListener("click", () => {
        forget();
        hide();
        input.focus();
      });
      panel.append(erase);
      return show();
    }

    async function ask() {
      const text = input.value.trim();
      const mine = ++asking;
      if (!text) return offerRecent();
      delete list.dataset.searchState;
      panel.querySelector(".calm-hits__erase")?.remove();
      try {
        const finder = await part("finder");
        if (mine !== asking) return undefined;
        const { SORTS, PARTLY, LOOSELY, shown, marked, around, fitsLine, meta, counted, alsoLookedFor, corrected } = finder;
        const { index, asked, hits, groups: sorts } = await finder.find(text);
        const groups = await Promise.all([...sorts].map(async ([sort, found]) => {
          const some = found.slice(0, index.shownFirst);
          return [sort, found.length, await Promise.all(some.map(async (hit) => ({ ...hit, ...(await shown(index, hit.number)) })))];
        }));
        if (mine !== asking) return undefined;
        list.replaceChildren();
        for (const [sort, total, found] of groups) {
          const made = group(SORTS[sort]);
          for (const hit of found) {
            const told = fitsLine(index, asked, hit.ways);
            const below = told.length ? element("span", "calm-list__more", ...told) : hit.kind === "incident" ? meta(index, hit) : element("span", "calm-list__more", ...marked(around(hit.summary, index, asked, 100), index, asked));
            const made_ = option([element("span", "calm-hit__title", ...marked(hit.title, index, asked)), below], hit.href);
            made_.dataset.searchHit = hit.kind;
            made.append(made_);
          }
          if (total > found.length) made.append(option([element("span", "calm-hit__title", `All ${total}`), element("span", "calm-hidden", `: ${SORTS[sort]}`)], searchAddress(text, sort)));
        }
        list.append(option([hits.length ? `All results for “${text}”` : `What to try instead of “${text}”`], searchAddress(text)));
        status.replaceChildren(...(asked.corrections.size ? [`Showing results for “${corrected(asked, text)}”. `] : []), hits.length ? counted(hits) : "No page has any of these words.", ...(asked.also.length ? [` ${alsoLookedFor(asked)}`] : []), ...(asked.loosely ? [` ${LOOSELY}`] : []), ...(asked.partly ? [` ${PARTLY}`] : []));
        active = -1;
        input.removeAttribute("aria-activedescendant");
        list.dataset.searchState = "done";
        return show();
      } catch (error) {
        if (mine !== asking) return undefined;
        status.textContent = UNREADABLE;
        list.replaceChildren(option(["Open the search page"], searchAddress(text)));
        list.dataset.searchState = "failed";
        console.warn("Calmroom: search failed.", error);
        return show();
      }
    }

    let soon = 0;
    input.addEventListener("input", () => {
      delete list.dataset.searchState;
      clearTimeout(soon);
      soon = setTimeout(ask, 60);
    });
    function use() {
      part("finder").then((finder) => finder.open()).catch(() => {});
      if (input.value.trim()) ask();
      else offerRecent();
    }
    input.addEventListener("focus", use);
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (panel.hidden) ask();
        else choose(active + (event.key === "ArrowDown" ? 1 : active < 0 ? 0 : -1));
      } else if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        if (panel.hidden) input.value = "";
        hide();
      } else if (event.key === "Enter" && active >= 0) {
        event.preventDefault();
        remember(input.value);
        options()[active].click();
      }
    });
    list.addEventListener("click", () => remember(input.value));
    form.addEventListener("focusout", (event) => event.relatedTarget && !form.contains(event.relatedTarget) && hide());
    /* Somebody may have begun before this was here. */
    if (document.activeElement === input) use();
  }

  return (forms) => forms.forEach(box);
});
