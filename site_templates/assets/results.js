/* The page of search: every hit, narrowed by facets, kept in the address. */
"use strict";
calmroomPart("results", ({ part, element, UNREADABLE }) => {
  const FIRST = 10;
  const PAGE = 20;

  function page(form, finder) {
    const { SORTS, PARTLY, LOOSELY, open, load, find, hitLine, counted, alsoLookedFor, corrected } = finder;
    const results = document.querySelector("[data-calm-results]");
    const status = document.querySelector("[data-calm-result-status]");
    const facets = document.querySelector("[data-calm-facets]");
    const said = document.querySelector("[data-calm-said]");
    let asking = 0;
    const state = () => new URLSearchParams(new FormData(form));

    function restore() {
      const given = new URLSearchParams(location.search);
      form.elements.q.value = given.get("q") ?? "";
      form.elements.sort.value = given.get("sort") === "date" ? "date" : "relevance";
      form.elements.show.value = Object.hasOwn(SORTS, given.get("show") ?? "") ? given.get("show") : "";
      return given;
    }
    function keep(chosen) {
      const kept = new URLSearchParams();
      for (const [name, value] of chosen) if (value.trim() && !(name === "sort" && value === "relevance")) kept.append(name, value);
      try {
        history.replaceState(null, "", kept.size ? `?${kept}` : location.pathname);
      } catch {
        /* A page opened from a folder cannot change its address. */
      }
    }

    /* Draws the facets and returns what fits those that are chosen; without any, hits are shown before facets are read. */
    function narrow(data, hits, chosen) {
      const names = Object.keys(data);
      const wanted = names.map((name) => [name, new Set(chosen.getAll(name).map((value) => data[name].values.findIndex(([other]) => other === value)))]).filter(([, values]) => values.size);
      const fits = (number, without) => wanted.every(([name, values]) => name === without || data[name].of[number].some((value) => values.has(value)));
      const incidents = hits.filter((hit) => hit.kind === "incident");
      drawFacets(data, incidents, chosen, fits);
      return wanted.length ? incidents.filter((hit) => fits(hit.number)) : hits;
    }

    function drawFacets(data, incidents, chosen, fits) {
      const opened = new Set([...facets.querySelectorAll("details[open]")].map((one) => one.dataset.facet));
      const focus = document.activeElement?.closest?.("[data-calm-facets]") ? `${document.activeElement.name}=${document.activeElement.value}` : "";
      facets.replaceChildren();
      for (const [name, { values, of }] of Object.entries(data)) {
        const counts = new Array(values.length).fill(0);
        for (const hit of incidents) if (fits(hit.number, name)) for (const value of of[hit.number]) counts[value] += 1;
        const chosenHere = new Set(chosen.getAll(name));
        const offered = values.map(([value, title], number) => ({ value, title, count: counts[number] })).filter(({ value, count }) => count || chosenHere.has(value));
        if (!offered.length || values.length < 2) continue;
        if (name === "year") offered.sort((a, b) => (a.value < b.value ? 1 : -1));
        else if (name !== "severity") offered.sort((a, b) => b.count - a.count || (a.title < b.title ? -1 : 1));
        const list = element("fieldset", "calm-facet", element("legend", "calm-hidden", form.dataset[`title${name[0].toUpperCase()}${name.slice(1)}`] ?? name));
        for (const { value, title, count } of offered.slice(0, 40)) {
          const tick = element("input");
          tick.type = "checkbox";
          tick.name = name;
          tick.value = value;
          tick.checked = chosenHere.has(value);
          tick.setAttribute("form", form.id);
          list.append(element("label", "", tick, ` ${title} `, element("span", "", `${count}`)));
        }
        const one = element("details", "", element("summary", "", form.dataset[`title${name[0].toUpperCase()}${name.slice(1)}`] ?? name), list);
        one.dataset.facet = name;
        one.open = opened.has(name) || chosenHere.size > 0 || (!opened.size && ["year", "severity", "kind"].includes(name) && innerWidth > 900);
        facets.append(one);
      }
      facets.toggleAttribute("data-calm-none", !facets.children.length);
      if (focus) [...facets.querySelectorAll("input")].find((tick) => `${tick.name}=${tick.value}` === focus)?.focus();
    }

    function nothing(facetted, text, all) {
      const made = element("div", "calm-none");
      if (facetted && all.length) {
        const drop = element("button", "", `Show the ${all.length} without filters`);
        drop.type = "button";
        drop.addEventListener("click", () => {
          facets.replaceChildren();
          ask();
        });
        made.append(element("p", "", "Nothing matches all of these filters."), drop);
      } else {
        made.append(element("p", "", text.includes('"') || /[“”]/.test(text) ? "No page has these words in this order. Without the quotation marks each word counts for itself." : "No page has any of these words. Try the service, the symptom, or one word fewer; the latest incidents are below."));
      }
      return made;
    }

    /* A link to the same search that shows one sort of answers, or all sorts again. */
    function onlyLink(sort, content) {
      const chosen = state();
      chosen.delete("show");
      if (sort) chosen.set("show", sort);
      const link = element("a", "calm-all", ...content);
      link.href = `?${chosen}`;
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        form.elements.show.value = sort;
        ask().then(() => results.querySelector("h2")?.focus());
      });
      return link;
    }

    function heading(text) {
      const made = element("h2", "", text);
      made.tabIndex = -1;
      return made;
    }

    async function draw(index, asked, groups, text, facetted, all) {
      const byDate = form.elements.sort.value === "date";
      const only = groups.has(form.elements.show.value) ? form.elements.show.value : "";
      const overview = text && !facetted && !only && [...groups.keys()].length > 0;
      results.replaceChildren();
      const made = [];
      if (byDate) groups.get("before")?.sort((a, b) => a.number - b.number);
      if (overview) {
        for (const [sort, found] of groups) {
          const list = element("ol", "calm-results__list");
          const head = element("div", "calm-sort__head", heading(SORTS[sort]));
          if (found.length > index.shownFirst) head.append(onlyLink(sort, [`all ${found.length}`, element("span", "calm-hidden", `: ${SORTS[sort]}`)]));
          results.append(element("section", "calm-sort", head, list));
          made.push(Promise.all(found.slice(0, index.shownFirst).map((hit) => hitLine(index, asked, hit, true))).then((lines) => list.append(...lines)));
        }
        await Promise.all(made);
      }
      for (const [sort, found] of groups) {
        if (only && sort !== only) continue;
        if (overview && found.length <= index.shownFirst) continue;
        const list = element("ol", "calm-results__list");
        const section = element("section", "", heading(overview ? `More: ${SORTS[sort][0].toLowerCase()}${SORTS[sort].slice(1)}` : `${SORTS[sort]} (${found.length})`), list);
        if (only && !overview) section.prepend(onlyLink("", ["← All sorts of answers"]));
        const first = overview ? FIRST - index.shownFirst : FIRST;
        const more = element("button", "calm-more", "");
        more.type = "button";
        let at = overview ? index.shownFirst : 0;
        const add = async (count) => {
          const coming = found.slice(at, at + count).map((hit) => hitLine(index, asked, hit));
          const lines = [];
          for (const line of coming) {
            lines.push(await line);
            list.append(lines.at(-1));
          }
          at += lines.length;
          more.hidden = at >= found.length;
          more.textContent = `Show ${Math.min(PAGE, found.length - at)} more`;
          return lines[0];
        };
        more.addEventListener("click", async () => (await add(PAGE))?.querySelector("a").focus());
        made.push(add(first));
        section.append(more);
        results.append(section);
      }
      if (!groups.size) {
        results.append(nothing(facetted, text, all));
        const latest = element("ol", "calm-results__list");
        const [{ first, end }] = index.ranges;
        for (let number = first; number < Math.min(first + 3, end); number++) latest.append(await hitLine(index, { groups: [] }, { number, kind: "incident", places: 0 }));
        if (latest.children.length) results.append(element("section", "", element("h2", "", "The latest incidents"), latest));
        for (const link of latest.querySelectorAll("[data-search-hit]")) delete link.dataset.searchHit;
      }
      await Promise.all(made);
    }

    async function ask(given) {
      const chosen = given ?? state();
      const text = (chosen.get("q") ?? "").trim();
      const mine = ++asking;
      delete results.dataset.searchState;
      keep(chosen);
      try {
        const facetted = [...chosen.keys()].some((name) => !["q", "sort", "exact", "show"].includes(name));
        const index = await open();
        const everything = () => {
          const [{ first, end }] = index.ranges;
          return Array.from({ length: end - first }, (_, at) => ({ number: first + at, kind: "incident", score: 0, places: 0 }));
        };
        const literal = chosen.get("exact") === "1";
        const asked = text ? await find(text, literal) : { asked: { groups: [], phrases: [], corrections: new Map(), also: [] }, hits: everything() };
        if (mine !== asking) return;
        const narrowed = async () => mine === asking && narrow(await load("facets"), asked.hits, chosen);
        const hits = facetted ? await narrowed() : asked.hits;
        if (mine !== asking) return;
        const groups = facetted || !text ? new Map(hits.length ? [["before", hits]] : []) : asked.groups;
        await draw(index, asked.asked, groups, text, facetted, asked.hits);
        if (!facetted) await narrowed();
        if (mine !== asking) return;
        said.replaceChildren();
        if (asked.asked.corrections.size || asked.asked.also.length) {
          const back = element("button", "calm-link", `Search for “${text}” exactly as written`);
          back.type = "button";
          back.addEventListener("click", () => {
            const as = state();
            as.set("exact", "1");
            ask(as);
          });
          if (asked.asked.corrections.size) said.append("Showing results for ", element("b", "", corrected(asked.asked, text)), ". ");
          if (asked.asked.also.length) said.append(`${alsoLookedFor(asked.asked)} `);
          said.append(back);
        }
        status.textContent = text ? `${counted(hits)}${asked.asked.loosely ? ` ${LOOSELY}` : ""}${asked.asked.partly ? ` ${PARTLY}` : ""}` : `${hits.length} incidents, newest first.`;
        results.dataset.searchState = "done";
      } catch (error) {
        if (mine !== asking) return;
        status.textContent = "";
        fail(error);
      }
    }

    let soon = 0;
    form.hidden = false;
    if (finder.fromFolder) document.querySelector("[data-calm-folder]").hidden = false;
    ask(restore());
    form.elements.q.addEventListener("input", () => {
      delete results.dataset.searchState;
      form.elements.show.value = "";
      clearTimeout(soon);
      soon = setTimeout(() => ask(), 120);
    });
    form.elements.sort.addEventListener("change", () => ask());
    facets.addEventListener("change", () => ask());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask();
    });
  }

  function fail(error) {
    const results = document.querySelector("[data-calm-results]");
    results.replaceChildren(element("p", "calm-none", UNREADABLE));
    results.dataset.searchState = "failed";
    console.warn("Calmroom: search failed.", error);
  }

  return ([form]) => part("finder").then((finder) => page(form, finder), fail);
});
