/* What finds: fetches only what the words of a query need, and ranks as `calmroom search` does. Nothing is sent anywhere. */
"use strict";
calmroomPart("finder", ({ beside, bring, element, fold }) => {
  const root = beside("../../");
  const folders = beside("../search/");
  const fromFolder = location.protocol === "file:";
  const SORTS = { do: "What to say and do", before: "What happened before", means: "What it means" };
  const KINDS = { playbook: "Playbook", script: "Script" };
  const MARKS = { sev1: "◆◆◆◆", sev2: "◆◆◆◇", sev3: "◆◆◇◇", sev4: "◆◇◇◇" };
  const CHECKED = 240;
  const PARTLY = "That is a long text: only its beginning was looked at, or looked at for slips.";
  const LOOSELY = "No page has the words in quotes one after the other, so each of them counts for itself.";

  /* ── Files ────────────────────────────────────────────────────────────── */
  const receivers = new Map();
  const files = new Map();
  window.calmroomSearch = (name, value) => receivers.get(name)?.(value);

  /* The index lies in a folder named after its contents; `current.js` says which, and is asked for anew by every page. */
  function load(name) {
    if (!files.has(name)) {
      const address = name === "current" ? Promise.resolve(`current.js?${Date.now()}`) : load("current").then((folder) => `${folder}/${name}.js`);
      const read = address.then((path) => new Promise((resolve, reject) => {
        receivers.set(name, resolve);
        bring(new URL(path, folders).href, reject);
      }));
      read.catch(() => files.delete(name));
      files.set(name, read);
    }
    return files.get(name);
  }

  /* The sections of a document: eight documents are packed into one file. */
  const unpacked = new Map();
  async function textsOf(index, number) {
    const name = `x${Math.floor(number / index.textsTogether)}`;
    if (!unpacked.has(name)) unpacked.set(name, load(name).then(unpack));
    return (await unpacked.get(name))[number % index.textsTogether];
  }
  async function unpack(packed) {
    const bytes = Uint8Array.from(atob(packed), (sign) => sign.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
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
      const everyday = new Map(meta.everyday.flatMap(([names, means]) => names.split("|").map((name) => [name, means])));
      const sortOf = Object.fromEntries(Object.entries(meta.sorts).flatMap(([sort, kinds]) => kinds.map((kind) => [kind, sort])));
      return { ...meta, written, terms, foundIn: words.in, ranges, stop: new Set(meta.stop), everyday, sortOf };
    });
    opened.catch(() => (opened = null));
    return opened;
  }

  /* ── Words: as generator/calmroom/search/words.py ─────────────────────── */
  const WORD = /[\p{L}\p{N}]+(?:[-_./'’][\p{L}\p{N}]+)*/gu;
  const PART = /[\p{L}\p{N}]+/gu;
  const APOSTROPHE = /['’](?:s(?![\p{L}\p{N}_]))?/gu;

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
  const COUNT = /^[0-9]{1,2}$/;
  const VOWELS = /[aeiouy]/g;
  const QUOTED = /["“”]([^"“”]+)["“”]/g;

  function rarity(index, foundIn) {
    return Math.log(1 + (index.count - foundIn + 0.5) / (foundIn + 0.5));
  }

  /* What a word may be a form of. */
  function bases(index, word) {
    const found = [];
    for (const [ending, instead] of index.endings) {
      if (!word.endsWith(ending) || word.length - ending.length < 3) continue;
      const base = word.slice(0, word.length - ending.length) + instead;
      found.push(base, `${base}e`);
      if (base.length > 3 && base.at(-1) === base.at(-2) && !"aeiou".includes(base.at(-1))) found.push(base.slice(0, -1));
    }
    return found.filter((known) => known.length > 2);
  }

  function inflected(index, word) {
    for (const form of bases(index, word)) {
      for (const other of ["", "s", "ed", "d", "ing", "es"]) {
        const term = index.terms.get(form + other);
        if (term !== undefined) return term;
      }
    }
    return undefined;
  }

  /* What people say may mean another word of the pages. */
  function meansOf(index, word) {
    const form = [word, ...bases(index, word)].find((known) => index.everyday.has(known));
    return form === undefined ? [] : index.everyday.get(form);
  }

  function withMeanings(index, group, means, also) {
    const terms = new Map(group.terms);
    for (const [word, weight] of means) {
      const term = index.terms.get(word);
      if (term === undefined || terms.has(term)) continue;
      terms.set(term, weight);
      also.add(word);
    }
    return { ...group, terms: [...terms] };
  }

  function phrasesMean(index, said, everyday, quoted, also) {
    const found = new Map();
    const there = new Set(said);
    for (let length = Math.min(index.longest, said.length); length > 1; length--) {
      for (let start = 0; start + length <= said.length; start++) {
        const phrase = said.slice(start, start + length);
        for (const [word, weight] of everyday ? (index.everyday.get(phrase.join(" ")) ?? []) : []) {
          const term = index.terms.get(word);
          if (term === undefined || found.has(word) || there.has(word) || phrase.some((one) => quoted.has(one))) continue;
          found.set(word, { word, terms: [[term, weight]], extra: true });
          also.add(word);
        }
      }
    }
    return [...found.values()];
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
    const reach = word.length < 4 ? 0 : word.length < 5 ? 1 : 2;
    const heard = word.replace(VOWELS, "");
    if (!reach || /\p{N}/u.test(word)) return [];
    const found = [];
    index.byLength ??= index.written.reduce((all, written) => ((all[written.length] ??= []).push(written), all), []);
    for (const written of index.byLength.slice(Math.max(3, word.length - reach), word.length + reach + 1).flatMap((some) => some ?? [])) {
      const slips = distance(word, written, reach);
      const alike = heard.length > 1 && written[0] === word[0] && written.replace(VOWELS, "") === heard;
      if (slips > reach || !(slips < 2 || word.length > 5 || alike)) continue;
      const odd = (written[0] === word[0] ? 0 : 0.5) - (alike ? 0.5 : 0);
      found.push([slips + odd - 0.12 * Math.log(index.foundIn[index.terms.get(written)]), written]);
    }
    found.sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1));
    return found.slice(0, 3).map(([, written]) => written);
  }

  function standsFor(index, word, literal) {
    const group = (terms) => ({ word, terms, extra: false });
    const known = index.terms.get(word) ?? inflected(index, word);
    if (known !== undefined) return { groups: [group([[known, COUNT.test(word) ? index.weights.count : 1]])] };
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

  /* Unknown words are held against all known ones, a few at a time, so that the page never stands still meanwhile. */
  const breath = () => new Promise((resolve) => setTimeout(resolve));
  const AT_ONCE = 3;

  async function understand(index, given, literal) {
    const signs = given.length > index.mostSigns ? Array.from(given) : given;
    let partly = signs.length > index.mostSigns;
    const text = partly ? signs.slice(0, index.mostSigns).join("") : given;
    const phrases = [...text.matchAll(QUOTED)].map((found) => parts(found[1])).filter((phrase) => phrase.length);
    const said = words(text);
    const content = said.filter((word) => !index.stop.has(word));
    const counted = new Set(content.length ? content : said);
    const corrections = new Map();
    const quoted = new Set(phrases.flat());
    const also = new Set();
    let unknown = 0;
    let groups = [];
    for (const word of counted) {
      let means = literal || quoted.has(word) ? [] : meansOf(index, word);
      const { groups: made, better } = standsFor(index, word, literal || means.length > 0 || unknown >= index.mostCorrected);
      if (better) {
        corrections.set(word, better);
        means = literal || quoted.has(word) ? [] : meansOf(index, better);
      }
      if (better || !(made[0].terms.length || means.length)) {
        unknown += 1;
        if (unknown < index.mostCorrected && unknown % AT_ONCE === 0) await breath();
      }
      if (means.length) made[0] = withMeanings(index, made[0], means, also);
      groups.push(...made);
    }
    partly ||= unknown > index.mostCorrected;
    const plain = parts(text);
    const corrected = plain.map((word) => corrections.get(word) ?? word);
    for (let at = 0; at + 1 < plain.length; at++) {
      const whole = index.terms.get(corrected[at] + corrected[at + 1]);
      if (whole === undefined) continue;
      for (const word of plain.slice(at, at + 2)) for (const group of groups) if (group.word === word) group.terms.push([whole, index.weights.split]);
    }
    groups.push(...otherNames(index, corrected), ...phrasesMean(index, corrected, !literal, quoted, also));
    if (groups.length > index.most) {
      const best = groups.map((group, number) => [number, tells(index, group)]).sort((a, b) => b[1] - a[1]).slice(0, index.most);
      groups = best.map(([number]) => number).sort((a, b) => a - b).map((number) => groups[number]);
    }
    return { groups, phrases, corrections, partly, also: [...also].filter((word) => !plain.includes(word)), plain };
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

  async function holding(index, hits, phrases) {
    const kept = [];
    for (let at = 0; at < Math.min(hits.length, CHECKED); at += 12) {
      const some = hits.slice(at, at + 12);
      const texts = await Promise.all(some.map((hit) => textsOf(index, hit.number)));
      some.forEach((hit, number) => {
        const sections = texts[number].map(([, , , text]) => ` ${parts(text).join(" ")} `);
        if (phrases.every((phrase) => sections.some((text) => text.includes(` ${phrase.join(" ")} `)))) kept.push(hit);
      });
    }
    return kept;
  }

  async function find(text, literal = false) {
    const index = await open();
    let asked = await understand(index, text, literal);
    let hits = await rank(index, asked);
    if (asked.phrases.length) hits = await holding(index, hits, asked.phrases);
    if (asked.phrases.length && !hits.length && !literal) {
      asked = { ...(await understand(index, text.replace(QUOTED, " $1 "), false)), loosely: true };
      hits = await rank(index, asked);
    }
    const groups = bySort(index, hits, asked.plain);
    return { index, asked, groups, hits: asShownOnPage(index, groups) };
  }

  /* The hits of each sort, and the sorts in the order of their best; the form of the question counts. */
  function bySort(index, hits, plain) {
    const said = ` ${plain.join(" ")} `;
    const leans = Object.fromEntries(Object.keys(index.sorts).map((sort) => [sort, 1]));
    for (const [sort, weight, phrases] of index.leanings) if (phrases.some((phrase) => said.includes(` ${phrase} `))) leans[sort] *= weight;
    const groups = new Map(Object.keys(index.sorts).map((sort) => [sort, []]));
    for (const hit of hits) groups.get(index.sortOf[hit.kind]).push(hit);
    const best = ([sort, some]) => some[0].score * leans[sort];
    return new Map([...groups].filter(([, some]) => some.length).sort((a, b) => best(b) - best(a)));
  }

  function asShownOnPage(index, groups) {
    const every = [...groups.values()];
    return [...every.flatMap((some) => some.slice(0, index.shownFirst)), ...every.flatMap((some) => some.slice(index.shownFirst))];
  }

  /* ── What a hit shows ─────────────────────────────────────────────────── */
  async function shown(index, number) {
    const shard = await load(`d${Math.floor(number / index.together)}`);
    return asShown(shard[number % index.together]);
  }

  function asShown([kind, uri, title, summary, day, severity, services, ways]) {
    const address = new URL(uri, root);
    if (fromFolder && address.pathname.endsWith("/")) address.pathname += "index.html";
    return { kind, href: address.href, title, summary, day, severity, services, ways };
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
    for (const group of asked.groups) for (const [term, weight] of group.terms) worth.set(term, Math.max(worth.get(term) ?? 0, weight * rarity(index, index.foundIn[term])));
    return worth;
  }

  function saidIn(index, worth, text) {
    const terms = new Set(words(text).map((word) => index.terms.get(word)));
    return [...terms].filter((term) => worth.has(term)).sort((a, b) => a - b).reduce((sum, term) => sum + worth.get(term), 0);
  }

  /* The way in which people put it that says most of what was asked. */
  function fits(index, asked, ways) {
    const worth = telling(index, asked);
    let best = { score: 0, text: "" };
    for (const text of ways) {
      const score = saidIn(index, worth, text);
      if (score > best.score) best = { score, text };
    }
    return best.text;
  }

  function fitsLine(index, asked, ways) {
    const text = fits(index, asked, ways);
    return text ? [element("span", "calm-fits", "fits: "), "“", ...marked(text, index, asked), "”"] : [];
  }

  /* A piece of a text that is short enough for a line, around the first of the words that were asked for. */
  function around(text, index, asked, most) {
    if (text.length <= most) return text;
    const written = new Set(asked.groups.map((group) => group.word));
    const wanted = new Set(asked.groups.flatMap((group) => group.terms.map(([term]) => term)));
    const first = [...text.matchAll(WORD)].find((found) => words(found[0]).some((word) => written.has(word) || wanted.has(index.terms.get(word))));
    const from = first && first.index > most * 0.6 ? text.lastIndexOf(" ", first.index - most * 0.3) + 1 : 0;
    const piece = text.slice(from);
    const cut = piece.length > most ? `${piece.slice(0, most).replace(/\s\S*$/, "")}…` : piece;
    return `${from ? "…" : ""}${cut}`;
  }

  /* The sentence that says most of what was asked for, and the headings under which the words stand. */
  function excerpt(index, asked, hit, sections) {
    const worth = telling(index, asked);
    let best = { score: 0, text: "" };
    const headings = new Map();
    sections.forEach(([field, heading, anchor, text], place) => {
      if (!((hit.places >>> Math.min(place, index.places - 1)) & 1)) return;
      if (heading && anchor && ![...headings.values()].includes(heading)) headings.set(anchor, heading);
      if (field === "title" || field === "names" || field === "asked") return;
      for (const sentence of text.split(/\n|(?<=[.!?])\s+/)) {
        const score = saidIn(index, worth, sentence);
        if (score > best.score) best = { score, text: sentence };
      }
    });
    const text = best.text.length > 240 ? `${best.text.slice(0, 239).replace(/\s\S*$/, "")}…` : best.text;
    return { text, headings: [...headings] };
  }

  const severities = () => JSON.parse(document.querySelector("[data-calm-severities]").dataset.calmSeverities || "{}");

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

  async function hitLine(index, asked, hit, short = false) {
    let seen;
    let found = { text: "", headings: [] };
    if (asked.groups.length) {
      let sections;
      [seen, sections] = await Promise.all([shown(index, hit.number), textsOf(index, hit.number)]);
      found = excerpt(index, asked, hit, sections);
    } else seen = await shown(index, hit.number);
    const link = element("a", "", ...marked(seen.title, index, asked));
    link.href = seen.href;
    link.dataset.searchHit = hit.kind;
    const line = element("li", "calm-result", link);
    if (hit.kind === "incident") line.append(meta(index, seen));
    else if (KINDS[hit.kind]) line.append(element("span", "calm-list__more", KINDS[hit.kind]));
    const told = fitsLine(index, asked, seen.ways);
    const text = found.text || seen.summary;
    if (short) line.append(element("p", "", ...(told.length ? told : marked(around(text, index, asked, 105), index, asked))));
    else {
      if (told.length) line.append(element("p", "", ...told));
      line.append(element("p", "", ...marked(text, index, asked)));
    }
    if (found.headings.length) {
      const where = element(short ? "span" : "p", "calm-result__where", "In: ");
      if (short) line.lastElementChild.append(" ");
      found.headings.slice(0, short ? 2 : 5).forEach(([anchor, heading], number) => {
        const deep = element("a", "", heading);
        deep.href = `${seen.href}#${anchor}`;
        where.append(number ? " · " : "", deep);
      });
      (short ? line.lastElementChild : line).append(where);
    }
    return line;
  }

  function counted(hits) {
    const total = new Map();
    for (const { kind } of hits) total.set(kind, (total.get(kind) ?? 0) + 1);
    return total.size ? `Found: ${[...total].map(([kind, count]) => `${count} ${kind}${count === 1 ? "" : "s"}`).join(", ")}.` : "Nothing found.";
  }

  const alsoLookedFor = (asked) => (asked.also.length ? `Also looked for: ${asked.also.slice(0, 6).join(", ")}.` : "");

  function corrected(asked, text) {
    let better = text;
    for (const [word, instead] of asked.corrections) better = better.replace(new RegExp(word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "iu"), instead);
    return better;
  }

  window.calmroomFind = find;
  return { SORTS, PARTLY, LOOSELY, fromFolder, open, load, find, shown, marked, around, fitsLine, meta, hitLine, counted, alsoLookedFor, corrected };
});
