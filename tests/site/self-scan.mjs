// The self-scan as a municipality meets it: by keyboard, without a network, on paper, without scripts, and with
// what it shows on real answers. Its scores are those of the package (self-scan.json, of tests/self_scans.py).
// Calls `fail(page, what)` for each thing that is not so.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";

const PAGES = { nl: "book/zelfscan.html", en: "book/self-scan.html" };
const NOTHING = { cookies: 0, kept: 0, session: 0, databases: 0, caches: 0, workers: 0 };

/** Answer the questions: places in the scale by item, -1 for the last choice; others stay without an answer. */
const fill = (answers) => {
  document.querySelectorAll(".scan-buttons button")[1].click();
  for (const [item, place] of Object.entries(answers)) document.querySelector(`input[name="${item}"][value="${place}"]`).click();
  document.querySelector(".scan-buttons button").click();
};
/** The scores in the table, by the code of their row, those in the picture in the same order, and those beside. */
const read = () => {
  const codes = Object.keys(JSON.parse(document.querySelector(".self-scan script").textContent).names).sort();
  const tables = [...document.querySelectorAll(".scan-result table")].map((table) => [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent)));
  const [own = [], ...others] = tables;
  return { scores: Object.fromEntries(own.map((row, at) => [codes[at], row[1]])), beside: others.flat(), drawn: [...document.querySelectorAll(".scan-result svg .value")].map((text) => text.textContent) };
};
const pagesOf = async (tab) => (await tab.pdf({ preferCSSPageSize: true })).toString("latin1").match(/\/Type\s*\/Page\b/g)?.length;

export async function selfScan(browser, host, site, fail) {
  const { cases, real } = JSON.parse(await readFile(new URL("self-scan.json", import.meta.url), "utf-8"));
  const whole = cases[0].answers;
  for (const [lang, page] of Object.entries(PAGES)) {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const tab = await context.newPage();
    const expect = (what, found, expected) => { if (JSON.stringify(found) !== JSON.stringify(expected)) fail(page, `${what}: ${JSON.stringify(found)}; expected ${JSON.stringify(expected)}`); };
    tab.on("pageerror", (error) => fail(page, `script: ${error.message}`));

    // All that the page asks for once it stands, of whatever kind, by the network log of the browser itself.
    await tab.goto(`${host.origin}/${page}`);
    await tab.waitForLoadState("networkidle");
    const log = await context.newCDPSession(tab), asked = [];
    await log.send("Network.enable");
    for (const event of ["requestWillBeSent", "webSocketCreated", "webTransportCreated"]) log.on(`Network.${event}`, (about) => asked.push(about.request?.url ?? about.url));
    const before = await tab.evaluate(() => JSON.stringify({ ...localStorage }));
    await context.setOffline(true);
    const wrong = [];
    for (const { answers, scores } of cases) {
      await tab.evaluate(fill, answers);
      const { scores: shown, drawn } = await tab.evaluate(read), codes = Object.keys(scores).sort();
      if (codes.every((code) => scores[code] === "–")) continue; // it says so instead
      const expected = codes.map((code) => (lang === "nl" ? scores[code] : scores[code].replace(",", "."))).join(" ");
      for (const found of [codes.map((code) => shown[code]), drawn]) if (found.join(" ") !== expected) wrong.push({ found: found.join(" "), expected });
    }
    expect(`${wrong.length} times other scores than the package's, first`, wrong[0], undefined);
    await tab.evaluate(fill, whole);
    await tab.evaluate(() => { window.print = () => {}; document.querySelector(".scan-result > button").click(); });
    await tab.waitForTimeout(500);
    expect("what the page asks for while it is filled in", asked, []);
    const kept = await tab.evaluate(async (before) => ({
      kept: JSON.stringify({ ...localStorage }) === before ? 0 : 1, session: sessionStorage.length, databases: (await indexedDB.databases()).length,
      caches: window.caches ? (await caches.keys()).length : 0, workers: navigator.serviceWorker ? (await navigator.serviceWorker.getRegistrations()).length : 0,
    }), before);
    expect("what is kept in the browser", { cookies: (await context.cookies()).length, ...kept }, NOTHING);
    await context.setOffline(false);
    asked.length = 0;
    await tab.evaluate(() => fetch("/").catch(() => {}));
    await tab.waitForTimeout(200);
    if (!asked.length) fail(page, "the network log notes nothing, not even a request");

    // Filled in, in both colours, and on paper.
    expect("pages of the printed profile", await pagesOf(tab), 1);
    const gaps = cases.find(({ scores }) => scores[1] !== "–" && ["2", "3", "4"].every((code) => scores[code] === "–"));
    await tab.evaluate(fill, gaps.answers);
    expect("pages of a printed profile with gaps", await pagesOf(tab), 1);
    await tab.evaluate(fill, whole);
    await tab.evaluate(axe.source);
    for (const colorScheme of ["light", "dark"]) {
      await tab.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await tab.waitForTimeout(300);
      const violations = await tab.evaluate(async () => (await axe.run(".self-scan", { resultTypes: ["violations"] })).violations.map(({ id, nodes }) => `${id}: ${nodes[0].target}`));
      expect(`axe, filled in, ${colorScheme}`, violations, []);
      expect("overflow", await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
    }
    const unnamed = await tab.evaluate(() => [...document.querySelectorAll(".scan-questions fieldset")].filter((set) => !set.firstElementChild.matches("legend") || !set.firstElementChild.textContent.trim()).length);
    expect("questions without a legend", unnamed, 0);
    await tab.reload();
    expect("answers left after the page is loaded anew", await tab.evaluate(() => document.querySelectorAll(".scan-questions input:checked").length), 0);

    // By keyboard alone: Tab to each question, the space bar for the first answer, an arrow for the second.
    const count = await tab.locator(".scan-questions fieldset").count();
    await tab.evaluate(() => { const first = document.querySelector(".scan-questions h3"); first.tabIndex = -1; first.focus(); });
    for (let question = 0; question < count; question++) {
      await tab.keyboard.press("Tab");
      await tab.keyboard.press("Space");
      if (question % 2) await tab.keyboard.press("ArrowDown");
    }
    const places = await tab.evaluate(() => [...document.querySelectorAll(".scan-questions fieldset")].map((set) => set.querySelector("input:checked")?.value));
    expect("answers by keyboard", places, Array.from({ length: count }, (_, at) => String(at % 2)));
    const told = tab.locator(".scan-questions [role=status]");
    if (!(await told.textContent()).includes(String(count))) fail(page, `the live region says '${await told.textContent()}'`);
    await tab.keyboard.press("Tab");
    await tab.keyboard.press("Enter");
    expect("what has the focus", await tab.evaluate(() => document.activeElement === document.querySelector(".scan-result h3")), true);
    expect("the profile is shown", await tab.locator(".scan-result svg").isVisible(), true);
    await context.close();

    // From a file, without any host.
    const saved = await browser.newContext({ offline: true });
    const file = await saved.newPage();
    await file.goto(pathToFileURL(join(site, page)).href);
    await file.evaluate(fill, whole);
    expect("a page from a file", Object.keys((await file.evaluate(read)).scores).length, Object.keys(cases[0].scores).length);
    await saved.close();

    // Without scripts the questions stand as a list, and the page says what it needs.
    const plain = await browser.newContext({ javaScriptEnabled: false });
    const text = await plain.newPage();
    await text.goto(`${host.origin}/${page}`);
    expect("without scripts it says so", await text.locator(".needs-script").isVisible(), true);
    expect("questions without scripts", [await text.locator(".scan-questions li:visible").count(), await text.locator(".self-scan input, .self-scan button").count()], [count, 0]);
    await plain.close();

    await onReal(browser, host, page, real[lang], cases, expect);
  }
}

// Such a copy of the book says on every page, also on paper, on which answers it rests.
const BANNER = '<aside class="bd-header-announcement"><div class="bd-header-announcement__content"><span class="edition-elsewhere">This copy of the book rests on answers: trial edition. <span lang="nl">Dit exemplaar van het boek berust op antwoorden: proefeditie.</span></span></div></aside>';

/** What is beside the scores where the answers of the edition are real. */
async function onReal(browser, host, page, added, cases, expect) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const tab = await context.newPage();
  await tab.route(`**/${page}`, async (route) => {
    const response = await route.fetch(), html = await response.text();
    const body = html.replace(/(<div class="self-scan">[^]*<script type="application\/json">)(.*?)(<\/script>)/, (all, start, data, end) => start + JSON.stringify({ ...JSON.parse(data), ...added }) + end).replace('<header id="pst-header"', `${BANNER}$&`);
    await route.fulfill({ response, body });
  });
  await tab.goto(`${host.origin}/${page}`);
  await tab.evaluate(fill, cases[0].answers);
  expect("beside the scores before a size is chosen", (await tab.evaluate(read)).beside, []);
  await tab.locator(".scan-questions select").selectOption("0");
  const { beside, scores } = await tab.evaluate(read), { words, sizes, rule } = added;
  const names = JSON.parse(await tab.locator(".self-scan script").textContent()).short;
  const locale = new Intl.NumberFormat(words.locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const expected = ["1", "2", "3", "4"].map((code) => {
    const [lower, middle, upper] = sizes[0].quarters[code] ?? [];
    return [names[code], scores[code], ...(lower === undefined ? [words.withheld, "–"] : [`${locale.format(lower)}${words.joins}${locale.format(upper)}`, locale.format(middle)])];
  });
  expect("beside the scores", beside, expected);
  expect("a dimension that is withheld", beside[2][2], words.withheld);
  expect("overflow of the comparison", await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
  expect("bands in the picture", await tab.locator(".scan-result svg .half").count(), Object.keys(sizes[0].quarters).length);
  const number = (text) => Number(text.replace(",", ".")), met = new Set();
  for (const { answers, scores } of cases) {
    const dimensions = ["1", "2", "3", "4"].map((code) => scores[code]);
    if (dimensions.includes("–")) continue;
    const total = dimensions.reduce((sum, score) => sum + number(score) / 4, 0);
    if ([45, 60].some((limit) => Math.abs(total - limit) < 0.1)) continue; // of scores as they are written
    const type = total > 60 ? "C" : total > 45 ? "B" : number(scores[1]) <= 40 ? "A" : "none";
    await tab.evaluate(fill, answers);
    const said = words.type.replace("{type}", type).replace("{words}", rule.types[type]).replace("{accuracy}", rule.accuracy);
    expect(`type ${type}`, (await tab.locator(".scan-result").innerText()).includes(type === "none" ? words["no-type"] : said), true);
    met.add(type);
  }
  expect("types met", [...met].sort(), ["A", "B", "C", "none"]);
  await tab.evaluate(fill, cases[0].answers);
  expect("pages of the printed comparison", await pagesOf(tab), 1);
  const few = cases.find(({ scores }) => scores[1] !== "–" && scores[3] === "–");
  await tab.evaluate(fill, few.answers);
  expect("pages of a printed comparison with gaps", await pagesOf(tab), 1);
  expect("no type without all scores", (await tab.locator(".scan-result").innerText()).includes(words["no-type"]), true);
  await context.close();
}
