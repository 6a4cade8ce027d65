// Opens every page of the built site in headless Chromium and checks what readers meet: accessibility, privacy,
// weight, the keyboard, and Lighthouse's scores. Usage: node check.mjs SITE [part of the name of a page or part ...]
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join, relative, resolve, sep } from "node:path";
import { createServer } from "node:net";
import axe from "axe-core";
import { chromium } from "playwright-core";
import { copying } from "./copying.mjs";
import { keyboard } from "./keyboard.mjs";
import { search } from "./search.mjs";
import { selfScan } from "./self-scan.mjs";
import { serve } from "./serve.mjs";

const TABS = 3; // for two cores: each waits at times
const HEAVIEST = 350_000; // bytes of a page's first load, compressed
const WIDTHS = [1280, 390];
const PHONE = { width: 390, height: 844 };
const PATIENCE = 240_000; // milliseconds, for what a reader does on several pages
const MOST_SCREENS = 12; // of a phone, that a page asks before anything is unfolded and without code
// Chapters, Dutch pages and what opens the book. Other pages are reference works, in which nobody reads on.
const READ = /^(notebooks|book\/nl)\/|^book\/(index|samenvatting|beleidsblad|briefing|background|operationalisation)\./;
const SCHEMES = ["light", "dark"];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// What depends on the colours: all else is the same in the second scheme.
const COLOURS = ["color-contrast", "link-in-text-block"];
// What depends on the width: all else is the same on a phone, but for bars and menus that every page shares. So on
// a phone the pages that are scored are checked for everything, and others for this alone.
const LAID_OUT = ["target-size", "scrollable-region-focusable", "css-orientation-lock", "region"];
const SCORED = ["book/index.html", "book/samenvatting.html", "notebooks/support.html", "notebooks/findings.html"];
const LEAST = { performance: 95, accessibility: 100, "best-practices": 100, seo: 100 };
const KEPT = new Set(["mode", "theme", "code"]); // what a page may keep in the browser

const started = Date.now();
const say = (text) => console.log(`[${String(Math.round((Date.now() - started) / 1000)).padStart(3)} s] ${text}`);
const stop = (text) => { console.error(text); process.exit(1); };

const site = resolve(process.argv[2] ?? "_build/html");
const only = process.argv.slice(3);
if (!existsSync(join(site, "book", "index.html"))) stop(`${site} holds no site. Run: make book`);
const failures = [];
const fail = (page, rule, where) => failures.push({ page, what: `${rule}: ${where}` });

function findChromium() {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
  const found = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  found.push("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium");
  const path = process.env.CHROMIUM || found.find(existsSync);
  if (!path || !existsSync(path)) {
    stop(`No Chromium${process.env.CHROMIUM ? ` at CHROMIUM=${process.env.CHROMIUM}` : ""}. Install one: on Debian "apt-get install chromium", on Ubuntu "snap install chromium", on macOS "brew install --cask chromium"; or name one: make site-check CHROMIUM=/path/to/chrome`);
  }
  return path;
}

/** Where a page that only leads to another one leads, by its address; nothing for other pages. */
function leadsTo(page) {
  const [, where] = readFileSync(join(site, page), "utf8").match(/<meta http-equiv="refresh" content="0; url=([^"]+)"/) ?? [];
  return where && new URL(where, `${host.origin}/${page}`).href;
}

/** Every page that people read, but of the hundreds of pages of numbers their index and three. */
function pagesOf(folder) {
  const all = readdirSync(folder, { recursive: true }).map((name) => name.split(sep).join("/")).sort();
  const pages = all.filter((name) => name.endsWith(".html") && !name.startsWith("_static/"));
  const many = pages.filter((name) => name.startsWith("numbers/") && name !== "numbers/index.html");
  const sample = new Set([many[0], many[Math.floor(many.length / 2)], many.at(-1)]);
  return pages.filter((name) => !many.includes(name) || sample.has(name)).filter((name) => !only.length || only.some((part) => name.includes(part)));
}

/** Open one page in each width and scheme; return its row of the table. */
async function check(browser, page, host) {
  const row = { page, kB: 0, requests: 0, hosts: 0, screens: 0, axe: 0, console: 0, CSP: 0, overflow: 0, cookies: 0, keys: "-" };
  for (const width of WIDTHS) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: SCHEMES[0], reducedMotion: "reduce", permissions: ["clipboard-read", "clipboard-write"] });
    await context.addInitScript(() => {
      window.refused = [];
      document.addEventListener("securitypolicyviolation", (event) => window.refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
    });
    const tab = await context.newPage();
    const asked = new Set();
    tab.on("request", (request) => {
      const address = new URL(request.url());
      if (address.protocol === "data:") return;
      if (address.origin !== host.origin) { row.hosts++; fail(page, "asks another host", address.href); }
      asked.add(address.pathname);
    });
    const trouble = (text) => { row.console++; fail(page, "console", text); };
    tab.on("console", (message) => message.type() === "error" && trouble(message.text()));
    tab.on("pageerror", (error) => trouble(error.message));
    await tab.goto(`${host.origin}/${page}`, { waitUntil: "load" });
    await tab.waitForTimeout(300);
    if (width === WIDTHS[0]) {
      row.requests = asked.size;
      const bytes = [...asked].reduce((sum, path) => sum + host.weight(path), 0);
      row.kB = Math.round(bytes / 1000);
      if (bytes > HEAVIEST) fail(page, "weight", `first load is ${row.kB} kB; at most ${HEAVIEST / 1000}`);
    }
    // A letter of an icon font that the site does without shows as a box.
    const boxes = await tab.evaluate(() => [...document.querySelectorAll("body *")].flatMap((element) => ["::before", "::after"].filter((mark) => /[\ue000-\uf8ff]/.test(getComputedStyle(element, mark).content)).map((mark) => element.className + mark)));
    if (boxes.length) fail(page, "letter without a font", `${boxes.length} times, first ${boxes[0]}`);
    if (width === PHONE.width) {
      row.screens = Number(((await tab.evaluate(() => document.querySelector(".bd-article")?.getBoundingClientRect().height ?? 0)) / PHONE.height).toFixed(1));
      if (READ.test(page) && row.screens > MOST_SCREENS) fail(page, "length", `${row.screens} screens of a phone; at most ${MOST_SCREENS}. Fold a section in [reading] of its words, or a figure or table with researchers = true`);
    }
    await tab.evaluate(axe.source);
    const whole = width === WIDTHS[0] || SCORED.includes(page);
    const rules = { light: whole ? { type: "tag", values: RULES } : { type: "rule", values: LAID_OUT }, dark: { type: "rule", values: whole ? COLOURS : [] } };
    for (const scheme of SCHEMES) {
      await tab.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await tab.waitForTimeout(300);
      const over = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (over > 0) { row.overflow = Math.max(row.overflow, over); fail(page, `overflow at ${width}`, `${over} pixels`); }
      const violations = await tab.evaluate(async (runOnly) => {
        if (!runOnly.values.length) return [];
        const result = await axe.run(document, { runOnly, resultTypes: ["violations"] });
        return result.violations.map(({ id, nodes }) => ({ id, targets: nodes.map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`.trim()) }));
      }, rules[scheme]);
      for (const { id, targets } of violations) {
        row.axe += targets.length;
        fail(page, `axe ${id} (${width}, ${scheme})`, `${targets.length} times, first ${targets[0]}`);
      }
    }
    if (width === WIDTHS[0]) {
      const problems = await keyboard(tab);
      row.keys = problems.length ? problems.length : "ok";
      problems.forEach((problem) => fail(page, "keyboard", problem));
    }
    const left = await tab.evaluate(() => ({ refused: window.refused, kept: Object.keys(localStorage) }));
    row.CSP += left.refused.length;
    left.refused.forEach((what) => fail(page, "content policy", what));
    left.kept.filter((key) => !KEPT.has(key)).forEach((key) => fail(page, "kept in the browser", key));
    const cookies = await context.cookies();
    row.cookies += cookies.length;
    cookies.forEach(({ name }) => fail(page, "cookie", name));
    await context.close();
  }
  return row;
}

/** A page that only leads to another one does; it is gone before anything else could be checked. */
async function doors(browser, host) {
  const tab = await browser.newPage();
  for (const page of leading) {
    await tab.goto(`${host.origin}/${page}`, { waitUntil: "commit" });
    await tab.waitForURL(leadsTo(page), { timeout: 10_000 }).catch(() => fail(page, "doors", `leads to ${tab.url()}; expected ${leadsTo(page)}`));
  }
  await tab.close();
}

/** What takes more than one page: search, menus, colours, the sidebar of a phone. */
async function journeys(browser, host) {
  const context = await browser.newContext({ viewport: PHONE });
  const tab = await context.newPage();
  const first = "book/index.html";
  const expect = async (what, condition) => { if (!(await condition())) fail(first, "journey", what); };
  await tab.goto(`${host.origin}/${first}`);
  await tab.waitForLoadState("networkidle");
  await tab.locator(".primary-toggle").click();
  await expect("the sidebar opens on a phone", () => tab.locator("#pst-primary-sidebar-modal a[href$='samenvatting.html']").first().isVisible());
  await tab.keyboard.press("Escape");
  await expect("Escape closes the sidebar", () => tab.locator("#pst-primary-sidebar-modal").waitFor({ state: "hidden", timeout: 2000 }).then(() => true, () => false));
  const before = await tab.locator("html").getAttribute("data-theme");
  for (let press = 0; press < 2 && (await tab.locator("html").getAttribute("data-theme")) === before; press++) await tab.locator(".theme-switch-button").first().click();
  const chosen = await tab.locator("html").getAttribute("data-theme");
  await expect("the theme switch changes the colours", async () => chosen !== before);
  await tab.reload();
  await expect("the choice of colours is kept", async () => (await tab.locator("html").getAttribute("data-theme")) === chosen);
  for (const front of ["book/index.html", "book/samenvatting.html"]) {
    await tab.goto(`${host.origin}/${front}`);
    await tab.waitForLoadState("networkidle");
    const jump = tab.locator(".jumps a[href='#finding-7']");
    const place = (await jump.boundingBox()).y / PHONE.height;
    if (place > 2) fail(front, "journey", `the link to finding 7 stands on screen ${Math.ceil(place)}; expected the first two`);
    await jump.click();
    await tab.waitForTimeout(700); // it may glide there
    const { top, covered } = await tab.locator("#finding-7").evaluate((finding) => {
      const { top, left } = finding.getBoundingClientRect();
      return { top, covered: !finding.contains(document.elementFromPoint(left + 5, top + 5)) };
    });
    if (top < 0 || top > PHONE.height / 2 || covered) fail(front, "journey", `the link to finding 7 leaves it at ${Math.round(top)} pixels from the top${covered ? ", under something" : ""}`);
  }
  for (const [gone, words] of [["book/nl/nergens.html", "de Nederlandse samenvatting"], ["notebooks/nowhere/else", "the Dutch summary"]]) {
    await tab.goto(`${host.origin}/${gone}`);
    const home = tab.locator("a", { hasText: words }).first();
    if (!(await home.isVisible())) { fail(gone, "journey", "the page for addresses that do not exist shows no way home"); continue; }
    await home.click();
    if (!new URL(tab.url()).pathname.endsWith("/book/samenvatting.html")) fail(gone, "journey", `its way home leads to ${tab.url()}`);
  }
  const chapter = "notebooks/findings.html";
  const code = tab.locator("details.hide").first(), switched = tab.locator(".code-switch").first();
  const hold = async (what, condition) => { if (!(await condition())) fail(chapter, "journey", what); };
  await tab.goto(`${host.origin}/${chapter}`);
  await tab.waitForLoadState("networkidle");
  await hold("a page begins without code", async () => !(await code.isVisible()) && (await code.count()) === 1);
  await tab.goto(`${host.origin}/${chapter}#${await tab.locator("details.published-numbers tr[id]").first().getAttribute("id")}`);
  await tab.waitForTimeout(300);
  await hold("a link to a number that a cell computed shows the cell", () => tab.locator("details.published-numbers tr[id]").first().isVisible());
  await tab.goto(`${host.origin}/${chapter}?again`);
  await hold("to follow a link is no choice of code", async () => !(await code.isVisible()));
  await switched.focus();
  await tab.keyboard.press("Enter");
  await hold("the switch shows the code", async () => (await code.isVisible()) && (await switched.getAttribute("aria-pressed")) === "true");
  await tab.goto(`${host.origin}/notebooks/support.html`);
  await hold("the choice of code is kept on another page", async () => (await switched.getAttribute("aria-pressed")) === "true" && (await tab.locator("html").getAttribute("data-code")) === "shown");
  await tab.goto(`${host.origin}/${chapter}`);
  const section = tab.locator("section:has(> details.fold)").last();
  await tab.goto(`${host.origin}/${chapter}#${await section.getAttribute("id")}`);
  await tab.waitForTimeout(300);
  await hold("a link to a folded section opens it", async () => (await section.locator("> details").getAttribute("open")) !== null);
  await tab.goto(`${host.origin}/${first}`);
  await tab.waitForLoadState("networkidle");
  const menus = tab.locator('[data-bs-toggle="dropdown"]');
  for (let index = 0; index < (await menus.count()); index++) {
    const menu = menus.nth(index);
    await menu.focus();
    await tab.keyboard.press("Enter");
    await expect("Enter opens a menu", () => menu.locator("xpath=following-sibling::*[contains(@class, 'dropdown-menu')]").isVisible());
    await tab.keyboard.press("Escape");
    await expect("Escape closes a menu", async () => (await menu.getAttribute("aria-expanded")) === "false");
  }
  const municipalities = "book/gemeenten.html";
  await tab.goto(`${host.origin}/${municipalities}`);
  await tab.waitForLoadState("networkidle");
  const rows = tab.locator("table.municipalities tbody tr:visible"), told = tab.locator(".name-search [role=status]");
  const look = async (name, ...found) => {
    await tab.locator(".name-search input").fill(name);
    const names = (await rows.locator("th").allInnerTexts()).map((text) => text.trim());
    if (names.join("; ") !== found.join("; ")) fail(municipalities, "journey", `'${name}' finds ${names.join("; ") || "nothing"}`);
    return (await told.textContent()).trim();
  };
  await look("");
  await look("EDE", "Ede");
  await look("den haag", "\u2019s-Gravenhage (Den Haag)");
  await look("sudwest", "Súdwest-Fryslân");
  const nothing = await look("nergenshuizen");
  if (!nothing.startsWith("Niets gevonden")) fail(municipalities, "journey", `a name that is not there gives '${nothing}'`);
  await look("borculo", "Berkelland", "Borculo (tot 2005)");
  await rows.locator("a", { hasText: "Berkelland" }).first().press("Enter");
  if (!(await rows.first().innerText()).startsWith("Berkelland")) fail(municipalities, "journey", "an abolished municipality leads to its successor");
  await tab.locator(".name-search button").press("Enter");
  if ((await rows.count()) < 500) fail(municipalities, "journey", "the button shows all municipalities");
  for (const sheet of ["book/beleidsblad.html", "book/briefing.html"]) {
    await tab.goto(`${host.origin}/${sheet}`);
    await tab.waitForLoadState("networkidle");
    const paper = (await tab.pdf({ preferCSSPageSize: true })).toString("latin1");
    const count = paper.match(/\/Type\s*\/Page\b/g)?.length;
    if (count !== 1) fail(sheet, "journey", `prints on ${count} pages; expected one A4`);
  }
  await tab.goto(`${host.origin}/${first}`);
  await tab.waitForLoadState("networkidle");
  await tab.keyboard.press("Control+k");
  await tab.keyboard.type("handhaven");
  await tab.keyboard.press("Enter");
  await tab.waitForURL(/search\.html/);
  await tab.locator("#search-results li a").first().waitFor({ timeout: 10_000 }).catch(() => fail(first, "journey", "the search finds 'handhaven'"));
  await context.close();
}

/** A picture is light in the light and dark in the dark: look at a point of its ground. */
async function grounds(tab, page, image, scheme) {
  const GROUND = { light: 255, dark: 20 };
  await image.scrollIntoViewIfNeeded();
  await image.evaluate((picture) => picture.decode());
  const box = await image.boundingBox();
  const point = await tab.screenshot({ clip: { x: box.x + 4, y: box.y + box.height / 2, width: 1, height: 1 } });
  const shown = await tab.evaluate(async (data) => {
    const picture = new Image();
    picture.src = `data:image/png;base64,${data}`;
    await picture.decode();
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.drawImage(picture, 0, 0);
    return canvas.getImageData(0, 0, 1, 1).data[0];
  }, point.toString("base64"));
  if (Math.abs(shown - GROUND[scheme]) > 12) fail(page, "pictures", `the ground of a picture has ${shown} of 255 in the ${scheme}`);
}

/** A phone fetches its own drawings, shows them at their shape, dark in the dark, and saves them as points. */
async function pictures(browser, host) {
  const chapter = "notebooks/support.html";
  for (const scheme of SCHEMES) {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, colorScheme: scheme });
    const tab = await context.newPage(), asked = [];
    tab.on("request", (request) => asked.push(request.url()));
    await tab.goto(`${host.origin}/${chapter}`);
    await tab.locator("details.fold").evaluateAll((folds) => folds.forEach((fold) => { fold.open = true; }));
    const images = tab.locator("figure.published-figure picture > img");
    for (let index = 0; index < (await images.count()); index++) {
      const image = images.nth(index);
      await image.scrollIntoViewIfNeeded();
      await image.evaluate((picture) => picture.decode());
      const shape = await image.evaluate((picture) => picture.width / picture.height - picture.naturalWidth / picture.naturalHeight);
      if (Math.abs(shape) > 0.02) fail(chapter, "pictures", `picture ${index + 1} stands in a box of another shape`);
    }
    const wide = asked.filter((address) => address.includes("/_images/") && !address.includes(".narrow."));
    if (!(await images.count()) || wide.length) fail(chapter, "pictures", `a phone asks for ${wide[0] ?? "no picture"}`);
    await grounds(tab, chapter, images.first(), scheme);
    const [saved] = await Promise.all([tab.waitForEvent("download"), tab.locator("button.picture-png").first().click()]);
    if (!saved.suggestedFilename().endsWith(".png")) fail(chapter, "pictures", `a picture is saved as ${saved.suggestedFilename()}`);
    await tab.locator("button.enlarge").first().click();
    const said = await tab.locator("dialog .enlarged-caption").innerText();
    if (!said.includes("survey answers")) fail(chapter, "pictures", `enlarged, a picture says '${said}'`);
    for (const front of ["book/slides.html", "book/dias.html"]) {
      await tab.goto(`${host.origin}/${front}`);
      await grounds(tab, front, tab.locator(".slides img").first(), scheme);
    }
    await context.close();
  }
}

/** Lighthouse's scores, the better of three runs in the middle when a busy machine spoils the first. */
async function scores(path, host) {
  const { default: lighthouse } = await import("lighthouse");
  const port = await new Promise((found) => { const probe = createServer().listen(0, "127.0.0.1", () => { const { port } = probe.address(); probe.close(() => found(port)); }); });
  const browser = await chromium.launch({ executablePath: path, args: [...ARGUMENTS, `--remote-debugging-port=${port}`] });
  const rows = [];
  for (const page of SCORED.filter((name) => !only.length || only.some((part) => name.includes(part)))) {
    const runs = [];
    while (runs.length === 0 || (runs.length < 3 && runs.at(-1).performance < LEAST.performance) || runs.length === 2) {
      const { lhr } = await lighthouse(`${host.origin}/${page}`, { port, logLevel: "error", onlyCategories: Object.keys(LEAST), output: "json" });
      const run = Object.fromEntries(Object.keys(LEAST).map((name) => [name, Math.round(100 * lhr.categories[name].score)]));
      runs.push({ ...run, lhr });
    }
    runs.sort((one, other) => one.performance - other.performance);
    const { lhr, ...run } = runs[Math.floor(runs.length / 2)];
    say(`Lighthouse ${page}: ${Object.values(run).join(" ")}`);
    for (const [name, least] of Object.entries(LEAST)) {
      if (run[name] >= least) continue;
      const low = lhr.categories[name].auditRefs.filter(({ id, weight }) => weight > 0 && lhr.audits[id].score !== null && lhr.audits[id].score < 0.9);
      const why = low.map(({ id }) => { const audit = lhr.audits[id]; const node = audit.details?.items?.[0]?.node?.selector; return `${id} ${audit.displayValue ?? ""} ${node ?? ""}`.trim(); });
      fail(page, `Lighthouse ${name}`, `${run[name]}; at least ${least} (${why.join("; ")})`);
    }
    const shown = (id) => lhr.audits[id].displayValue?.replace(/\s/g, " ");
    rows.push({ page, ...run, FCP: shown("first-contentful-paint"), LCP: shown("largest-contentful-paint"), TBT: shown("total-blocking-time"), CLS: shown("cumulative-layout-shift") });
  }
  await browser.close();
  return rows;
}

const ARGUMENTS = ["--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
// A sandbox cannot be made by root.
if (process.getuid?.() === 0) ARGUMENTS.push("--no-sandbox");
const path = findChromium();
const host = await serve(site);
const browser = await chromium.launch({ executablePath: path, args: ARGUMENTS });
say(`Chromium ${browser.version()}, axe ${axe.version}, ${relative(process.cwd(), site) || site}`);
const found = pagesOf(site);
const leading = found.filter(leadsTo), pages = found.filter((page) => !leadsTo(page));
const rows = [];
const queue = [...pages];
await Promise.all(Array.from({ length: TABS }, async () => {
  for (let page = queue.shift(); page; page = queue.shift()) {
    const seen = failures.length;
    const row = await check(browser, page, host).catch((error) => { fail(page, "broke the check", error.message.split("\n")[0]); return { page }; });
    rows.push(row);
    say(`${rows.length}/${pages.length} ${page}: ${failures.length === seen ? "right" : "see below"}`);
  }
}));
// What a reader does on several pages; a step that never ends is a failure too.
const parts = { doors, journeys, pictures, copying: (browser, host) => copying(browser, host, (page, what) => fail(page, "copying", what)), search: (browser, host) => search(browser, host, (page, what) => fail(page, "search", what)), "self-scan": (browser, host) => selfScan(browser, host, site, (page, what) => fail(page, "self-scan", what)) };
for (const [name, part] of Object.entries(parts)) {
  if (only.length && !only.some((one) => name.includes(one))) continue;
  const seen = failures.length;
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`expected to end within ${PATIENCE / 1000} s`)), PATIENCE).unref());
  await Promise.race([part(browser, host), late]).catch((error) => fail("site", name, error.message.split("\n")[0]));
  say(`${name}: ${failures.length === seen ? "right" : "see below"}`);
}
await browser.close();
const scored = await scores(path, host);
await host.close();
rows.sort((one, other) => one.page.localeCompare(other.page));
console.table(rows);
if (scored.length) console.table(scored);
if (failures.length) {
  const pagesWith = failures.reduce((map, failure) => map.set(failure.what, [...(map.get(failure.what) ?? []), failure]), new Map());
  console.error(`${failures.length} failures:`);
  for (const [what, found] of pagesWith) console.error(`  ${what}\n    on ${[...new Set(found.map(({ page }) => page))].join(", ")}`);
  process.exit(1);
}
say(`${pages.length} pages, no failure`);
