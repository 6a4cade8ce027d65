// What a reader finds on the search page, in both languages. Calls `fail(page, what)` for each thing that is not so.
const PAGES = { en: "search.html", nl: "zoeken.html" };
const GROUPS = ["found-real", "found-answers", "found-explanation", "found-other"]; // in this order
const NONE = { en: "Nothing found", nl: "Niets gevonden" };
// Left over from cards of numbers, code, menus and texts of pictures.
const NO_PROSE = /Go to the cell|What it is and how to cite|Naar de cel|Population:|Populatie:|import pandas|chapter\.\w+\(|Skip to main|Naar de inhoud|Show code/;

export async function search(browser, host, fail) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, reducedMotion: "reduce" });
  const tab = await context.newPage();
  tab.on("pageerror", (error) => fail("search.html", `script: ${error.message}`));
  const asked = new Set();
  tab.on("request", (request) => asked.add(new URL(request.url()).origin));

  /** Type words into the field, as a reader does; return what was found, in order. */
  const look = async (lang, words) => {
    await tab.goto(`${host.origin}/${PAGES[lang]}`);
    await tab.keyboard.type(words); // the field has the focus
    await tab.keyboard.press("Enter");
    await tab.waitForURL(/\?q=/);
    await tab.locator("#search-results li, #search-status:has-text('“')").first().waitFor();
    if (!new URL(tab.url()).pathname.endsWith(PAGES[lang])) fail(PAGES[lang], `'${words}' leads to ${tab.url()}`);
    const folds = tab.locator("#search-results summary");
    if (await folds.count()) {
      await folds.first().press("Enter");
      if (!(await folds.first().evaluate((fold) => fold.parentElement.open))) fail(PAGES[lang], `'${words}': Enter does not open what is folded`);
    }
    // Excerpts come when their hit comes near.
    await tab.evaluate(async () => {
      for (let y = 0; y < document.documentElement.scrollHeight && y < 20000; y += innerHeight / 2) {
        scrollTo({ top: y, behavior: "instant" });
        await new Promise((next) => setTimeout(next, 30));
      }
    });
    await tab.waitForLoadState("networkidle");
    await tab.waitForTimeout(200);
    const over = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) fail(PAGES[lang], `'${words}' overflows a phone by ${over} pixels`);
    const hits = await tab.locator("#search-results li").evaluateAll((items) => items.map((item) => ({
      title: item.querySelector("a").textContent,
      href: item.querySelector("a").href,
      lang: item.querySelector("a").hreflang,
      group: item.closest("section").className,
      sort: item.querySelector(".found-sort")?.textContent ?? "",
      kinds: [...item.querySelectorAll(".evidence")].map((kind) => kind.textContent),
      excerpt: item.querySelector(".context")?.textContent ?? "",
    })));
    for (const { excerpt, title } of hits) if (NO_PROSE.test(excerpt)) fail(PAGES[lang], `'${words}', ${title}: the excerpt is no prose: ${excerpt}`);
    const groups = hits.map(({ group }) => GROUPS.indexOf(group));
    if (groups.some((group, place) => group < (groups[place - 1] ?? 0))) fail(PAGES[lang], `'${words}': groups are not in order: ${groups}`);
    for (const { title, group, kinds, ...hit } of hits) {
      const synthetic = kinds.some((kind) => /synthetic|synthetisch/.test(kind));
      const wrong = { "found-real": synthetic || !kinds.length, "found-answers": !synthetic, "found-explanation": kinds.length > synthetic }[group];
      if (wrong) fail(PAGES[lang], `'${words}', ${title}: stands in ${group} with ${kinds}`);
      if (Boolean(hit.lang) !== (group === "found-other")) fail(PAGES[lang], `'${words}', ${title}: its language does not belong in ${group}`);
    }
    return { status: await tab.locator("#search-status[role=status]").textContent(), hits, note: await tab.locator(".about-numbers a").getAttribute("href", { timeout: 500 }).catch(() => null) };
  };
  const expect = (lang, words, what, condition) => { if (!condition) fail(PAGES[lang], `'${words}': ${what}`); };
  const has = (hits, part) => hits.some(({ href }) => href.includes(part));

  const en = await look("en", "wethouder");
  expect("en", "wethouder", "finds the glossary", has(en.hits, "glossary.html"));
  expect("en", "wethouder", "has marked words in excerpts", (await tab.locator("#search-results mark").count()) > 0);
  expect("en", "wethouder", "says how many", /\d+ pages/.test(en.status));

  const nl = await look("nl", "terugvordering");
  expect("nl", "terugvordering", "finds the Dutch briefing, and its excerpt", nl.hits.some(({ href, excerpt }) => href.includes("beleidsblad") && /terugv/i.test(excerpt)));
  expect("nl", "terugvordering", "finds numbers by their Dutch words", nl.hits.some(({ sort, href }) => sort.startsWith("getal") && href.includes("/numbers/")));
  expect("nl", "terugvordering", "names the kinds in Dutch", nl.hits.some(({ kinds }) => kinds.includes("gepubliceerde cijfers")));
  expect("nl", "terugvordering", "is in Dutch", /^Gevonden voor/.test(nl.status) && (await tab.locator("html").getAttribute("lang")) === "nl");
  const recovery = await look("en", "recovery");
  expect("en", "recovery", "finds the registers", has(recovery.hits, "triangulation.html"));
  const [first] = recovery.hits.filter(({ href }) => href.includes("#"));
  await tab.goto(first.href);
  expect("en", "recovery", `${first.href} is a place on that page`, await tab.evaluate(() => Boolean(document.getElementById(decodeURIComponent(location.hash.slice(1))))));

  // The inspectorate's figure, by whatever word for it.
  for (const [lang, words] of [["en", "recover 2007"], ["en", "recovery 2007"], ["en", "reclaimed 2007"], ["en", "terugvordering 2007"], ["nl", "terugvordering 2007"], ["nl", "terugvorderen 2007"], ["nl", "recovery 2007"]]) {
    const { hits } = await look(lang, words);
    expect(lang, words, "finds what the inspectorate reported", has(hits, "numbers/triangulation.reclaim.always.2007"));
  }

  // A number in a text, as it is grouped there or otherwise.
  for (const words of ["17050", "17 050", "17\u202f050", "17.050", "17,050"]) {
    for (const [lang, page] of [["nl", "beleidsblad"], ["en", "briefing"]]) {
      const { hits } = await look(lang, words);
      expect(lang, words, `finds ${page}, and marks the number in its excerpt`, hits.some(({ href, excerpt, group }) => group === "found-real" && href.includes(page) && excerpt.includes("17 050")));
      expect(lang, words, "has the number marked", (await tab.locator("#search-results mark").allTextContents()).includes("17 050"));
    }
  }

  // A figure that a sheet sets apart from its sentence.
  for (const [lang, words, page] of [["en", "32,520", "briefing"], ["nl", "32.520", "beleidsblad"]]) {
    const { hits } = await look(lang, words);
    expect(lang, words, `shows the figure of ${page} with its sentence`, hits.some(({ href, excerpt }) => href.includes(page) && new RegExp(`${words}: .*2007`).test(excerpt)));
  }

  const councillors = await look("en", "councillors");
  const own = councillors.hits.filter(({ group }) => group === "found-explanation");
  expect("en", "councillors", "has the changelog last of what explains", own.length > 1 && own.at(-1).href.includes("changelog"));
  const survey = await look("en", "reference survey");
  expect("en", "reference survey", "files the page on it under explanation", survey.hits.some(({ href, group }) => group === "found-explanation" && href.includes("reference-survey.html")));

  const letter = await look("nl", "raadsleden");
  expect("nl", "raadsleden", "finds first what the letter says of them", letter.hits[0]?.href.endsWith("samenvatting.html#finding-8") && letter.hits[0].kinds.includes("de brief"));
  const finding = await look("en", "finding 7");
  expect("en", "finding 7", "finds the ledger", finding.hits.some(({ href }) => href.includes("findings.html#finding-7")));
  const year = await look("en", "2007");
  expect("en", "2007", "finds pages, figures and numbers, and leads to the index", year.hits.some(({ sort }) => sort.startsWith("figure")) && has(year.hits, "book/background") && year.note?.startsWith("numbers/index.html?q="));
  await tab.locator(".about-numbers a").press("Enter");
  await tab.waitForURL(/numbers\/index/);
  expect("en", "2007", "is handed over to the index of numbers", /\d+ found/.test(await tab.locator("#found").textContent()));

  // A number with decimals and one with thousands, written as either language does, is found by its value.
  await tab.goto(`${host.origin}/${PAGES.en}`);
  const [decimal, thousands] = await tab.evaluate(() => {
    const values = FOUND.results.map((result) => result[7] ?? ""); // as English writes them
    return [values.find((value) => /^\d+\.\d%$/.test(value)), values.find((value) => /^\d+,\d{3}$/.test(value))];
  });
  const swapped = (text) => text.replace(/[.,]/g, (mark) => (mark === "." ? "," : "."));
  for (const [lang, words, value] of [["en", decimal, decimal], ["en", swapped(decimal), decimal], ["nl", swapped(thousands), swapped(thousands)], ["nl", thousands, swapped(thousands)]]) {
    const { hits } = await look(lang, words);
    expect(lang, words, `finds the number ${value} first`, hits[0]?.title.startsWith(`${value}: `) && hits[0].href.includes("/numbers/"));
  }
  for (const lang of ["en", "nl"]) {
    const none = await look(lang, "cijferuitvraag");
    expect(lang, "cijferuitvraag", "finds nothing and says so", none.hits.length === 0 && none.status.startsWith(NONE[lang]));
    const number = await look(lang, "987654,3");
    expect(lang, "987654,3", "says how numbers are found", number.status.startsWith(NONE[lang]) && number.note !== null);
  }
  if ([...asked].some((origin) => origin !== host.origin)) fail("search.html", "asks another host");
  const kept = await tab.evaluate(() => Object.keys(localStorage).filter((key) => !["mode", "theme"].includes(key)));
  if (kept.length) fail("search.html", `keeps ${kept} in the browser`);
  await context.close();

  const plain = await browser.newContext({ javaScriptEnabled: false });
  const still = await plain.newPage();
  for (const page of Object.values(PAGES)) {
    await still.goto(`${host.origin}/${page}?q=recovery`);
    const text = await still.locator(".bd-search-container").innerText();
    if (!/JavaScript/.test(text) || !(await still.locator("#search-help a[href='numbers/index.html']").isVisible())) fail(page, "does not lead on without scripts");
  }
  await plain.close();
}
