/* Search: fetches only what the words of a query need, ranks as `calmroom search` does, shows hits as text. Nothing is sent anywhere. */
(() => {
  "use strict";
  /* A page may name this script twice, and a site may put the next page in this one's place: then only what is new is started. */
  if (window.calmroomSearchStart) return void window.calmroomSearchStart();
  const here = document.currentScript.src;
  const version = document.querySelector("[data-calm-index]")?.dataset.calmIndex;
  if (!version) return;
  const root = new URL("../../", here);
  const folder = new URL(`../search/${version}/`, here);
  const fromFolder = location.protocol === "file:";
  const KINDS = { incident: "Incidents", playbook: "Playbooks", script: "Scripts", term: "Vocabulary" };
  const MARKS = { sev1: "◆◆◆◆", sev2: "◆◆◆◇", sev3: "◆◆◇◇", sev4: "◆◇◇◇" };
  const RECENT = "calmroom.recent";
  const CHECKED = 240;
  const PARTLY = "That is a long text: only its beginning was looked at, or looked at for slips.";
  const UNREADABLE = "The search index could not be read. The list of incidents can still be filtered.";

  /* ── Files ────────────────────────────────────────────────────────────── */
  const receivers = new Map();
  const files = new Map();
  window.calmroomSearch = (name, value) => receivers.get(name)?.(value);

  function load(name) {
    if (!files.has(name)) {
      files.set(name, new Promise((resolve, reject) => {
        receivers.set(name, resolve);
        const script = document.createElement("script");
        script.src = new URL(`${name}.js`, folder).href;
        script.onerror = () => {
          files.delete(name);
          reject(new Error(`${name}.js could not be read`));
        };
        document.head.append(script);
      }));
    }
    return files.get(name);
  }

  /* The place of a word among the sorted ones, -1 where it is not: quicker than a map of all, which is made at every opening. */
  function placeOf(written, word) {
    const at = firstNotBefore(written, word);
    return written[at] === word ? at : -1;
  }
  function firstNotBefore(written, word) {
    let low = 0;
    let high = written.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (written[middle] < word) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  let opened = null;
  function open() {
    opened ??= Promise.all([load("meta"), load("words")]).then(([meta, words]) => {
      const written = words.words ? words.words.split("\n") : [];
      const terms = { get: (word) => words.terms[placeOf(written, word)] };
      let first = 0;
      const ranges = meta.kinds.map(([kind, count]) => ({ kind, first, end: (first += count) }));
      return { ...meta, written, terms, foundIn: words.in, ranges, stop: new Set(meta.stop) };
    });
    opened.catch(() => (opened = null));
    return opened;
  }

  /* ── Words: as generator/calmroom/search/words.py ─────────────────────── */
  const WORD = /[\p{L}\p{N}]+(?:[-_./'’][\p{L}\p{N}]+)*/gu;
  const PART = /[\p{L}\p{N}]+/gu;
  const APOSTROPHE = /['’](?:s(?![\p{L}\p{N}_]))?/gu;

  function fold(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  }
  function parts(text) {
    return fold(text).replace(APOSTROPHE, "").match(PART) ?? [];
  }
  function words(text) {
    const found = [];
    for (const whole of fold(text).replace(APOSTROPHE, "").match(WORD) ?? []) {
      const pieces = whole.match(PART);
      found.push(...pieces.map((piece) => piece.slice(0, 40)));
      if (pieces.length > 1) found.push(pieces.join("").slice(0, 40));
    }
    return found;
  }

  /* ── Understanding: as generator/calmroom/search/query.py ─────────────── */
  function rarity(index, foundIn) {
    return Math.log(1 + (index.count - foundIn + 0.5) / (foundIn + 0.5));
  }

  function inflected(index, word) {
    for (const [ending, instead] of index.endings) {
      if (!word.endsWith(ending) || word.length - ending.length < 3) continue;
      const base = word.slice(0, word.length - ending.length) + instead;
      const bases = [base, `${base}e`];
      if (base.length > 3 && base.at(-1) === base.at(-2) && !"aeiou".includes(base.at(-1))) bases.push(base.slice(0, -1));
      for (const form of bases.filter((known) => known.length > 2)) {
        for (const other of ["", "s", "ed", "d", "ing", "es"]) {
          const term = index.terms.get(form + other);
          if (term !== undefined) return term;
        }
      }
    }
    return undefined;
  }

  function split(index, word) {
    let best = [0, []];
    for (let at = 3; at < word.length - 2; at++) {
      const first = index.terms.get(word.slice(0, at));
      const second = index.terms.get(word.slice(at));
      if (first === undefined || second === undefined) continue;
      const common = Math.min(index.foundIn[first], index.foundIn[second]);
      if (common > best[0]) best = [common, [first, second]];
    }
    return best[1];
  }

  function begins(index, word) {
    if (word.length < 3) return [];
    const found = new Set();
    for (let at = firstNotBefore(index.written, word); index.written[at]?.startsWith(word); at++) found.add(index.terms.get(index.written[at]));
    return [...found].sort((a, b) => index.foundIn[b] - index.foundIn[a] || a - b).slice(0, 8);
  }

  function distance(first, second, reach) {
    let before = [];
    let row = Array.from({ length: second.length + 1 }, (_, number) => number);
    for (let i = 1; i <= first.length; i++) {
      const older = before;
      before = row;
      row = [i];
      let least = i;
      for (let j = 1; j <= second.length; j++) {
        let cost = Math.min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (first[i - 1] === second[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && first[i - 1] === second[j - 2] && first[i - 2] === second[j - 1]) cost = Math.min(cost, older[j - 2] + 1);
        row.push(cost);
        least = Math.min(least, cost);
      }
      if (least > reach) return reach + 1;
    }
    return Math.min(row[second.length], reach + 1);
  }

  function nearest(index, word) {
    const reach = word.length < 4 ? 0 : word.length < 6 ? 1 : 2;
    if (!reach || /\p{N}/u.test(word)) return [];
    const found = [];
    for (const written of index.written) {
      if (Math.abs(written.length - word.length) > reach || written.length < 3) continue;
      const slips = distance(word, written, reach);
      if (slips > reach) continue;
      const cost = slips + (written[0] === word[0] ? 0 : 0.5) - 0.12 * Math.log(index.foundIn[index.terms.get(written)]);
      found.push([cost, written]);
    }
    found.sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1));
    return found.slice(0, 3).map(([, written]) => written);
  }

  function standsFor(index, word, literal) {
    const group = (terms) => ({ word, terms, extra: false });
    const known = index.terms.get(word) ?? inflected(index, word);
    if (known !== undefined) return { groups: [group([[known, 1]])] };
    const compound = split(index, word);
    if (compound.length) return { groups: compound.map((term) => group([[term, index.weights.split]])) };
    const starts = begins(index, word);
    if (starts.length || literal) return { groups: [group(starts.map((term) => [term, index.weights.begins]))] };
    const near = nearest(index, word);
    if (!near.length) return { groups: [group([])] };
    const first = index.terms.get(near[0]);
    const others = [...new Set(near.slice(1).map((other) => index.terms.get(other)))].filter((term) => term !== first);
    return { groups: [group([[first, index.weights.corrected], ...others.map((term) => [term, index.weights.alsoCorrected])])], better: near[0] };
  }

  function otherNames(index, said) {
    const found = new Map();
    const there = new Set(said);
    for (let length = Math.min(5, said.length); length > 0; length--) {
      for (let start = 0; start + length <= said.length; start++) {
        const name = said.slice(start, start + length).join(" ");
        for (const other of Object.hasOwn(index.synonyms, name) ? index.synonyms[name] : []) {
          const pieces = other.split(" ").filter((part) => !index.stop.has(part) && !there.has(part));
          for (const part of pieces) {
            const term = index.terms.get(part);
            if (term !== undefined && !found.has(part)) found.set(part, { word: part, terms: [[term, index.weights.synonym / Math.sqrt(pieces.length)]], extra: true });
          }
        }
      }
    }
    return [...found.values()];
  }

  function tells(index, group) {
    return Math.max(0, ...group.terms.map(([term, weight]) => weight * rarity(index, index.foundIn[term])));
  }

  function understand(index, given, literal) {
    const signs = given.length > index.mostSigns ? Array.from(given) : given;
    let partly = signs.length > index.mostSigns;
    const text = partly ? signs.slice(0, index.mostSigns).join("") : given;
    const phrases = [...text.matchAll(/["“”]([^"“”]+)["“”]/g)].map((found) => parts(found[1])).filter((phrase) => phrase.length);
    const said = words(text);
    const content = said.filter((word) => !index.stop.has(word));
    const counted = new Set(content.length ? content : said);
    const corrections = new Map();
    let unknown = 0;
    let groups = [...counted].flatMap((word) => {
      const { groups: made, better } = standsFor(index, word, literal || unknown >= index.mostCorrected);
      if (better) corrections.set(word, better);
      if (better || !made[0].terms.length) unknown += 1;
      return made;
    });
    partly ||= unknown > index.mostCorrected;
    const plain = parts(text);
    const corrected = plain.map((word) => corrections.get(word) ?? word);
    for (let at = 0; at + 1 < plain.length; at++) {
      const whole = index.terms.get(corrected[at] + corrected[at + 1]);
      if (whole === undefined) continue;
      for (const word of plain.slice(at, at + 2)) for (const group of groups) if (group.word === word) group.terms.push([whole, index.weights.split]);
    }
    groups.push(...otherNames(index, corrected));
    if (groups.length > index.most) {
      const best = groups.map((group, number) => [number, tells(index, group)]).sort((a, b) => b[1] - a[1]).slice(0, index.most);
      groups = best.map(([number]) => number).sort((a, b) => a - b).map((number) => groups[number]);
    }
    return { groups, phrases, corrections, partly };
  }

  /* ── Ranking ──────────────────────────────────────────────────────────── */
  function shardOf(index, term) {
    let low = 0;
    let high = index.shards.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (index.shards[middle] <= term) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  async function rank(index, asked) {
    const wanted = new Set(asked.groups.flatMap((group) => group.terms.map(([term]) => shardOf(index, term))));
    const shards = new Map(await Promise.all([...wanted].map(async (number) => [number, await load(`t${number}`)])));
    const scores = new Float64Array(index.count);
    const covered = new Float64Array(index.count);
    const places = new Uint32Array(index.count);
    let whole = 0;
    for (const group of asked.groups) {
      const best = new Float64Array(index.count);
      const found = [];
      for (const [term, weight] of group.terms) {
        const shard = shardOf(index, term);
        const [steps, weights, where] = shards.get(shard)[term - index.shards[shard]];
        const tellsMuch = weight * rarity(index, steps.length);
        let number = 0;
        for (let at = 0; at < steps.length; at++) {
          number += steps[at];
          const said = (tellsMuch * weights[at]) / index.steps;
          if (!best[number]) found.push(number);
          if (said > best[number]) best[number] = said;
          places[number] |= where[at] & ~1;
        }
      }
      const counts = group.extra || !group.terms.length ? 0 : tells(index, group);
      whole += counts;
      for (const number of found) {
        scores[number] += best[number];
        covered[number] += counts;
      }
    }
    const hits = [];
    for (const { kind, first, end } of index.ranges) {
      const [othersFirst, othersEnd, others] = index.others;
      for (let number = first; number < end; number++) {
        const prior = index.priors[kind] * (number >= othersFirst && number < othersEnd ? others : 1);
        let score = scores[number];
        if (whole) score *= 1 - index.covered + (index.covered * covered[number]) / whole;
        if (score > 0) hits.push({ number, kind, score: score * prior, places: places[number] });
      }
    }
    return hits.sort((a, b) => b.score - a.score || a.number - b.number);
  }

  async function holding(hits, phrases) {
    const kept = [];
    for (let at = 0; at < Math.min(hits.length, CHECKED); at += 12) {
      const some = hits.slice(at, at + 12);
      const texts = await Promise.all(some.map((hit) => load(`x${hit.number}`)));
      some.forEach((hit, number) => {
        const sections = texts[number].sections.map(([, , , text]) => ` ${parts(text).join(" ")} `);
        if (phrases.every((phrase) => sections.some((text) => text.includes(` ${phrase.join(" ")} `)))) kept.push(hit);
      });
    }
    return kept;
  }

  async function find(text, literal = false) {
    const index = await open();
    const asked = understand(index, text, literal);
    let hits = await rank(index, asked);
    if (asked.phrases.length) hits = await holding(hits, asked.phrases);
    return { index, asked, hits };
  }

  /* ── What a hit shows ─────────────────────────────────────────────────── */
  async function shown(index, number) {
    const shard = await load(`d${Math.floor(number / index.together)}`);
    return asShown(shard[number % index.together]);
  }

  function asShown([kind, uri, title, summary, day, severity, services]) {
    const address = new URL(uri, root);
    if (fromFolder && address.pathname.endsWith("/")) address.pathname += "index.html";
    return { kind, href: address.href, title, summary, day, severity, services };
  }

  function element(tag, name, ...content) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.append(...content);
    return made;
  }

  /* The text with what was asked for marked: as nodes, never as HTML. */
  function marked(text, index, asked) {
    const wanted = new Set(asked.groups.flatMap((group) => group.terms.map(([term]) => term)));
    const written = new Set(asked.groups.map((group) => group.word));
    const nodes = [];
    let from = 0;
    for (const found of text.matchAll(WORD)) {
      const said = words(found[0]);
      if (!said.some((word) => written.has(word) || wanted.has(index.terms.get(word)))) continue;
      nodes.push(text.slice(from, found.index), element("mark", "", found[0]));
      from = found.index + found[0].length;
    }
    nodes.push(text.slice(from));
    return nodes;
  }

  function telling(index, asked) {
    const worth = new Map();
    for (const group of asked.groups) for (const [term] of group.terms) worth.set(term, Math.max(worth.get(term) ?? 0, rarity(index, index.foundIn[term])));
    return worth;
  }

  /* The sentence that says most of what was asked for, and the headings under which the words stand. */
  function excerpt(index, asked, hit, sections) {
    const worth = telling(index, asked);
    let best = { score: 0, text: "" };
    const headings = new Map();
    sections.forEach(([field, heading, anchor, text], place) => {
      if (!((hit.places >>> Math.min(place, index.places - 1)) & 1)) return;
      if (heading && anchor && ![...headings.values()].includes(heading)) headings.set(anchor, heading);
      if (field === "title" || field === "names") return;
      for (const sentence of text.split(/\n|(?<=[.!?])\s+/)) {
        const terms = new Set(words(sentence).map((word) => index.terms.get(word)));
        let score = 0;
        for (const term of terms) score += worth.get(term) ?? 0;
        if (score > best.score) best = { score, text: sentence };
      }
    });
    const text = best.text.length > 240 ? `${best.text.slice(0, 239).replace(/\s\S*$/, "")}…` : best.text;
    return { text, headings: [...headings] };
  }

  const severities = () => JSON.parse(document.querySelector("[data-calm-index]").dataset.calmSeverities || "{}");

  function meta(index, hit) {
    const line = element("span", "calm-list__more");
    const bits = [];
    if (hit.day) bits.push(element("time", "", new Date(`${hit.day}T00:00:00Z`).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" })));
    if (hit.severity) {
      const marks = element("span", "calm-severity__marks", MARKS[hit.severity] ?? "");
      marks.setAttribute("aria-hidden", "true");
      bits.push(element("span", "calm-severity", marks, severities()[hit.severity] ?? hit.severity));
    }
    if (hit.services.length) bits.push(hit.services.join(", "));
    bits.forEach((bit, number) => line.append(...(number ? [" · ", bit] : [bit])));
    return line;
  }

  function grouped(hits) {
    const groups = new Map();
    for (const hit of hits) {
      if (!groups.has(hit.kind)) groups.set(hit.kind, []);
      groups.get(hit.kind).push(hit);
    }
    return [...groups];
  }

  function counted(hits) {
    const total = grouped(hits).map(([kind, group]) => `${group.length} ${kind}${group.length === 1 ? "" : "s"}`);
    return total.length ? `Found: ${total.join(", ")}.` : "Nothing found.";
  }

  function corrected(asked, text) {
    let better = text;
    for (const [word, instead] of asked.corrections) better = better.replace(new RegExp(word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "iu"), instead);
    return better;
  }

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

  /* ── The box ──────────────────────────────────────────────────────────── */
  function box(form, number) {
    const input = form.elements.q;
    const panel = element("div", "calm-hits");
    const list = element("div", "calm-hits__list");
    const status = element("p", "calm-hits__status");
    list.id = `calm-hits-${number}`;
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
    }
    function hide() {
      panel.hidden = true;
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
    function searchAddress(text) {
      const address = new URL(form.action);
      address.search = new URLSearchParams({ q: text }).toString();
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
        const { index, asked, hits } = await find(text);
        const groups = await Promise.all(grouped(hits).map(async ([kind, found]) => {
          const some = found.slice(0, kind === "incident" ? 10 : 3);
          return [kind, await Promise.all(some.map(async (hit) => ({ ...hit, ...(await shown(index, hit.number)) })))];
        }));
        if (mine !== asking) return undefined;
        list.replaceChildren();
        for (const [kind, found] of groups) {
          const made = group(KINDS[kind]);
          for (const hit of found) {
            const made_ = option([element("span", "calm-hit__title", ...marked(hit.title, index, asked)), kind === "incident" ? meta(index, hit) : element("span", "calm-list__more", ...marked(hit.summary, index, asked))], hit.href);
            made_.dataset.searchHit = kind;
            made.append(made_);
          }
        }
        list.append(option([hits.length ? `All results for “${text}”` : `What to try instead of “${text}”`], searchAddress(text)));
        status.replaceChildren(...(asked.corrections.size ? [`Showing results for “${corrected(asked, text)}”. `] : []), hits.length ? counted(hits) : "No page has any of these words.");
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
    input.addEventListener("focus", () => {
      open().catch(() => {});
      if (input.value.trim()) ask();
      else offerRecent();
    });
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
    form.addEventListener("submit", () => remember(input.value));
    list.addEventListener("click", () => remember(input.value));
    document.addEventListener("pointerdown", (event) => form.contains(event.target) || hide());
    form.addEventListener("focusout", (event) => event.relatedTarget && !form.contains(event.relatedTarget) && hide());
  }

  /* ── The page of search ───────────────────────────────────────────────── */
  const FIRST = 10;
  const PAGE = 20;

  async function hitLine(index, asked, hit) {
    let seen;
    let found = { text: "", headings: [] };
    if (asked.groups.length) {
      const whole = await load(`x${hit.number}`);
      seen = asShown(whole.shown);
      found = excerpt(index, asked, hit, whole.sections);
    } else seen = await shown(index, hit.number);
    const link = element("a", "", ...marked(seen.title, index, asked));
    link.href = seen.href;
    link.dataset.searchHit = hit.kind;
    const line = element("li", "calm-result", link);
    if (hit.kind === "incident") line.append(meta(index, seen));
    line.append(element("p", "", ...marked(found.text || seen.summary, index, asked)));
    if (found.headings.length) {
      const where = element("p", "calm-result__where", "In: ");
      found.headings.slice(0, 5).forEach(([anchor, heading], number) => {
        const deep = element("a", "", heading);
        deep.href = `${seen.href}#${anchor}`;
        where.append(number ? " · " : "", deep);
      });
      line.append(where);
    }
    return line;
  }

  function page(form) {
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

    async function draw(index, asked, hits, text, facetted, all) {
      const byDate = form.elements.sort.value === "date";
      results.replaceChildren();
      const groups = grouped(hits);
      const made = [];
      for (const [kind, found] of groups) {
        if (byDate && kind === "incident") found.sort((a, b) => a.number - b.number);
        const list = element("ol", "calm-results__list");
        const section = element("section", "", element("h2", "", `${KINDS[kind]} (${found.length})`), list);
        const first = kind === "incident" ? FIRST : 5;
        const more = element("button", "calm-more", "");
        more.type = "button";
        let at = 0;
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
      if (!hits.length) {
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
        const facetted = [...chosen.keys()].some((name) => !["q", "sort", "exact"].includes(name));
        const index = await open();
        const everything = () => {
          const [{ first, end }] = index.ranges;
          return Array.from({ length: end - first }, (_, at) => ({ number: first + at, kind: "incident", score: 0, places: 0 }));
        };
        const literal = chosen.get("exact") === "1";
        const asked = text ? await find(text, literal) : { asked: { groups: [], phrases: [], corrections: new Map() }, hits: everything() };
        if (mine !== asking) return;
        const narrowed = async () => mine === asking && narrow(await load("facets"), asked.hits, chosen);
        const hits = facetted ? await narrowed() : asked.hits;
        if (mine !== asking) return;
        await draw(index, asked.asked, hits, text, facetted, asked.hits);
        if (!facetted) await narrowed();
        if (mine !== asking) return;
        said.replaceChildren();
        if (asked.asked.corrections.size) {
          const back = element("button", "calm-link", `Search for “${text}” exactly as written`);
          back.type = "button";
          back.addEventListener("click", () => {
            const as = state();
            as.set("exact", "1");
            ask(as);
          });
          said.append("Showing results for ", element("b", "", corrected(asked.asked, text)), ". ", back);
        }
        status.textContent = text ? `${counted(hits)}${asked.asked.partly ? ` ${PARTLY}` : ""}` : `${hits.length} incidents, newest first.`;
        results.dataset.searchState = "done";
      } catch (error) {
        if (mine !== asking) return;
        status.textContent = "";
        results.replaceChildren(element("p", "calm-none", UNREADABLE));
        results.dataset.searchState = "failed";
        console.warn("Calmroom: search failed.", error);
      }
    }

    let soon = 0;
    form.hidden = false;
    if (fromFolder) document.querySelector("[data-calm-folder]").hidden = false;
    ask(restore());
    form.elements.q.addEventListener("input", () => {
      delete results.dataset.searchState;
      clearTimeout(soon);
      soon = setTimeout(() => ask(), 120);
    });
    form.elements.sort.addEventListener("change", () => ask());
    facets.addEventListener("change", () => ask());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      remember(form.elements.q.value);
      ask();
    });
  }

  /* ── Preparing for a post-mortem ──────────────────────────────────────── */
  function prepare(form) {
    const results = form.querySelector("[data-calm-prepared]");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const text = form.elements.about.value.trim();
      delete results.dataset.searchState;
      if (!text) return results.replaceChildren(element("p", "", "Write a sentence or paste a paragraph about what happened."));
      try {
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

  window.calmroomFind = find;
  function start() {
    for (const [name, begin] of [["calm-box", box], ["calm-search-page", page], ["calm-prepare", prepare]]) {
      for (const form of document.querySelectorAll(`form[data-${name}]:not([data-calm-started])`)) {
        form.dataset.calmStarted = "";
        begin(form);
      }
    }
  }
  window.calmroomSearchStart = start;
  start();
})();
