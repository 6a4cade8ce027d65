// The search page. Sphinx's index gives the pages that hold all words and numbers; headings, findings of the
// letter, figures, tables and numbers are found by their own words, a number by its value too. Real evidence
// comes first, then what rests on synthetic answers, then pages that explain, and the other language last.
{
  const MOST = 6; // hits of a sort before the others fold away
  const LENGTH = 240; // characters of an excerpt
  const SURVEY = FOUND.kinds.length - 1;
  const { lang } = document.documentElement;
  const own = lang === "nl" ? 1 : 0;
  const [status, output] = ["search-status", "search-results"].map((id) => document.getElementById(id));
  const say = (key, fields = {}) => Object.entries(fields).reduce((text, [name, value]) => text.replace(`{${name}}`, value), phrase(`find-${key}`));
  const element = (tag, text = "", className = "") => Object.assign(document.createElement(tag), { textContent: text, className });

  const stemmer = new Stemmer(), stems = new Map();
  const stem = (word) => stems.get(word) ?? stems.set(word, stemmer.stemWord(word)).get(word);
  const isNumber = (word) => /^\d[\d.]*$/.test(word);
  const words = (text) => plainly(text).toLowerCase().match(/\d+(\.\d+)*(?![\p{L}\p{N}_])|[\p{L}\p{M}\p{N}_]+/gu) ?? [];
  const meaning = (text) => words(text).map((word) => (isNumber(word) ? word : stem(word)));
  // What the glossary holds for the same is the same: "recover" begins "recovery", which it also calls "reclaiming".
  const same = new Map();
  const alike = (term) => same.get(term) ?? same.set(term, [...new Set([term, ...FOUND.synonyms.filter((group) => group.some((word) => begins(word, term, 5))).flat()])]).get(term);
  const begins = (word, term, least) => word === term || (term.length >= least && !isNumber(term) && word.startsWith(term));
  // A word of three letters or more is also found as the beginning of a longer one.
  const holds = (found, term) => found.some((word) => alike(term).some((other) => begins(word, other, 3)));
  const asked = (query) => {
    const typed = words(query);
    const telling = typed.filter((word) => !stopwords.includes(word));
    return (telling.length ? telling : typed).map((word) => (isNumber(word) ? word : stem(word)));
  };

  /** The numbers of the files that hold a word in their text, and those that hold it in a heading. */
  const filesOf = (table, term) => {
    const parts = (word) => Object.keys(table).filter((key) => word.length > 2 && !isNumber(word) && key.includes(word));
    const keys = alike(term).flatMap((word) => (Object.hasOwn(table, word) ? [word] : parts(word)));
    return new Set(keys.flatMap((key) => table[key]));
  };
  const pages = (index, terms) => {
    const found = new Map();
    const add = (file, score, heading, anchor) => {
      if (score > (found.get(file)?.score ?? 0)) found.set(file, { score, heading, anchor });
    };
    const all = terms.map((term) => [filesOf(index.terms, term), filesOf(index.titleterms, term)]);
    index.docnames.forEach((name, file) => {
      if (all.every(([text, titles]) => text.has(file) || titles.has(file))) add(file, all.every(([, titles]) => titles.has(file)) ? 3 : 1);
    });
    for (const [title, places] of Object.entries(index.alltitles)) {
      const inTitle = meaning(title);
      if (terms.every((term) => holds(inTitle, term))) places.forEach(([file, id]) => add(file, id ? 5 : 6, id && title, id));
    }
    const names = new Set([...found.keys()].map((file) => index.docnames[file]));
    // Of two pages that say the same, the one in the language of the reader.
    const once = [...found].filter(([file]) => {
      const [language, , translation] = FOUND.pages[index.docnames[file]];
      return language === lang || !names.has(translation);
    });
    return once.map(([file, { score, heading, anchor }]) => {
      const [language, kinds, , place, edition] = FOUND.pages[index.docnames[file]];
      const title = index.titles[file];
      return { sort: "page", score, kinds, edition: FOUND.editions[edition], place, language, path: `${index.docnames[file]}.html`, anchor, title: heading ? `${title} › ${heading}` : title };
    });
  };

  const results = (terms) => FOUND.results.flatMap(([sort, path, dutch, kind, edition, english, inDutch, ...more]) => {
    const values = more.slice(0, 2).flatMap(meaning);
    if (!terms.every((term) => holds([english, inDutch, more[2] ?? ""].flatMap(meaning).concat(values), term))) return [];
    const titles = [english, inDutch];
    const language = titles[own] ? lang : "en";
    const title = titles[own] || english;
    const score = (terms.some((term) => isNumber(term) && values.includes(term)) ? 4 : 0) + (terms.every((term) => holds(meaning(title), term)) ? 2 : 0);
    return [{ sort, score, kinds: [kind], edition: FOUND.editions[edition], place: 0, language, path: (own && dutch) || path, title, value: more[own], period: more[2] }];
  });

  /** The sentences of a page: no cards of numbers, code, tables, menus or texts of pictures. */
  const NO_PROSE = ".num-card, .headerlink, .reading-time, .edition, .provenance, .cite, .cite-forms, .toctree-wrapper, .hide, .data, .published-numbers, .caption-number, pre, script, style, nav, table, button";
  const prose = (html) => {
    const article = new DOMParser().parseFromString(html, "text/html").querySelector("article.bd-article");
    article.querySelectorAll(NO_PROSE).forEach((part) => part.remove());
    // What a list defines is read with its definition: the figure of a sheet, the term of the glossary.
    for (const term of article.querySelectorAll("dt:not(.sig)")) {
      const said = term.nextElementSibling?.matches("dd") && term.nextElementSibling;
      if (said) (said.querySelector("p") ?? said).prepend(`${term.textContent.trim()}: `);
    }
    return [...article.querySelectorAll("p, li, dd")].filter((part) => !part.querySelector("p, li, dd"));
  };
  const loaded = new Map();
  const load = (path) => loaded.get(path) ?? loaded.set(path, fetch(path).then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status))).then(prose)).get(path);

  /** Put the best sentences into ``place``, with the words that were found marked, and lead there. */
  const quote = async (hit, terms, link, place) => {
    const parts = await load(hit.path);
    const count = (part) => new Set(terms.filter((term) => holds(meaning(part.textContent), term))).size;
    const inside = hit.anchor && parts.filter((part) => part.closest(`#${CSS.escape(hit.anchor)}`));
    const [most, best] = (inside?.length ? inside : parts).reduce((kept, part) => { const here = count(part); return here > kept[0] ? [here, part] : kept; }, [0, inside?.[0]]);
    if (!best) return void (place.textContent = say("elsewhere"));
    const section = best.closest("section[id]");
    if (!hit.anchor && section) link.href = `${hit.path}#${section.id}`;
    const text = best.textContent.replace(/\s+/g, " ").trim();
    const found = [...text.matchAll(/[1-9]\d{0,2}([ \u00a0\u2009\u202f]\d{3})+(?!\d)|\d+([.,]\d+)*|[\p{L}\p{M}\p{N}_]+/gu)].filter(([word]) => terms.some((term) => holds(meaning(word), term)));
    // From the start of its sentence, which may say on what it rests, and at least to the first word that was found.
    const sentences = [...text.matchAll(/(?<=[.!?][”’")]*\s)(?<!\bnr\.\s)(?=["“‘(]?[\p{Lu}\d])/gu)].map(({ index }) => index);
    const first = most && text.length > LENGTH ? found[0] : undefined;
    const start = sentences.findLast((index) => index <= first?.index) ?? 0;
    const least = Math.max(start + LENGTH, first ? first.index + first[0].length + 1 : 0);
    const end = text.length > least ? text.lastIndexOf(" ", least) : text.length;
    place.lang = best.closest("[lang]")?.lang ?? hit.language;
    place.textContent = start ? "… " : "";
    let from = start;
    for (const { 0: word, index } of found.filter((one) => one.index >= start && one.index + one[0].length <= end)) {
      place.append(text.slice(from, index), element("mark", word));
      from = index + word.length;
    }
    place.append(text.slice(from, end), end < text.length ? " …" : "");
  };

  const row = (hit, terms, watch) => {
    const item = element("li"), link = element("a", hit.value ? `${hit.value}: ${hit.title}` : hit.title.split(/(?<=[.!?])\s/)[0]);
    link.href = hit.path + (hit.anchor ? `#${hit.anchor}` : "");
    if (hit.language !== lang) link.lang = link.hreflang = hit.language;
    item.append(link, " ");
    const sort = hit.sort === "page" ? "" : phrase(`find-${hit.sort}`);
    if (sort) item.append(element("span", [sort, hit.period].filter(Boolean).join(", "), "found-sort"), " ");
    for (const kind of hit.kinds) {
      const words = kind === SURVEY && FOUND.synthetic ? phrase("find-invented") : FOUND.kinds[kind][lang];
      item.append(element("span", kind === SURVEY ? `${words}: ${(hit.edition ?? EDITION)?.[lang]}` : words, kind === SURVEY ? "evidence evidence-survey" : "evidence"), " ");
    }
    if (hit.sort === "page") watch(item, () => {
      const place = item.appendChild(element("p", "", "context"));
      quote(hit, terms, link, place).catch(() => place.remove()); // a page read as a file may fetch no other
    });
    return item;
  };

  const list = (hits, terms, watch) => {
    const rows = element("ul", "", "search");
    rows.append(...hits.map((hit) => row(hit, terms, watch)));
    return rows;
  };

  const show = (index, query) => {
    const terms = asked(query);
    const groups = ["real", "answers", "explanation", "other"];
    const kind = (hit) => (hit.place ? "explanation" : FOUND.synthetic && hit.kinds.includes(SURVEY) ? "answers" : "real");
    const group = (hit) => (hit.language === lang ? kind(hit) : "other");
    // What rests on synthetic answers alone stands behind what rests on real evidence too.
    const alone = (hit) => (kind(hit) === "answers" && hit.kinds.length === 1 ? 1 : 0);
    const rank = (hit) => [groups.indexOf(group(hit)), groups.indexOf(kind(hit)), hit.place, alone(hit), -hit.score];
    const compare = (one, other) => one.map((value, at) => value - other[at]).find(Boolean) ?? 0;
    const hits = [...pages(index, terms), ...results(terms)].sort((one, other) => compare(rank(one), rank(other)));
    const waiting = new Map();
    const near = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach(({ target }) => {
      near.unobserve(target);
      waiting.get(target)();
    }));
    const watch = (item, then) => { waiting.set(item, then); near.observe(item); };

    const sorts = [["finding"], ...(terms.some(isNumber) ? [["number"], ["figure", "table"], ["page"]] : [["page"], ["figure", "table"], ["number"]])];
    for (const name of groups) {
      const here = hits.filter((hit) => group(hit) === name);
      if (!here.length) continue;
      const section = element("section", "", `found-${name}`);
      section.append(element("h2", say(name, name === "answers" ? { edition: EDITION?.[lang] } : {}), "found-group"));
      for (const sort of sorts) {
        const some = here.filter((hit) => sort.includes(hit.sort));
        if (some.length) section.append(list(some.slice(0, MOST), terms, watch));
        if (some.length <= MOST) continue;
        const fold = element("details");
        const what = [...new Set(some.slice(MOST).map((hit) => phrase(`find-${hit.sort}s`)))].join(phrase("find-and"));
        fold.append(element("summary", say("more", { count: some.length - MOST, what })), list(some.slice(MOST), terms, watch));
        section.append(fold);
      }
      output.append(section);
    }
    const counts = ["finding", "page", "figure", "table", "number"].map((sort) => [sort, hits.filter((hit) => hit.sort === sort).length]);
    const found = counts.filter(([, count]) => count).map(([sort, count]) => {
      const many = count > 1 ? "s" : "";
      return `${count} ${phrase(`find-${sort}${many}`)}`;
    });
    const listed = [found.slice(0, -1).join(", "), found.at(-1)].filter(Boolean).join(phrase("find-and"));
    status.textContent = hits.length ? say("found", { words: query, found: listed }) : say("none", { words: query });
    if (!terms.some(isNumber)) return;
    const link = element("a", say("index", { words: query }));
    link.href = `numbers/index.html?q=${encodeURIComponent(query)}`;
    const about = element("p", "", "about-numbers");
    about.append(link, ".");
    status.after(about);
  };

  const query = (new URLSearchParams(location.search).get("q") ?? "").trim();
  document.querySelectorAll('input[name="q"]').forEach((field) => { field.value = query; });
  const other = document.querySelector("a.language-switch");
  if (query) other.search = new URLSearchParams({ q: query });
  status.textContent = say(query ? "busy" : "empty");
  // Sphinx's index calls this by its name when it has come.
  window.Search = { setIndex: (index) => { if (query) show(index, query); } };
}
