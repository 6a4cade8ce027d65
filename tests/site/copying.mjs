// What is copied of a page carries the edition of the survey answers where it rests on them, and nothing elsewhere.
// A citation, shown or saved, carries an address and the day.
// Calls `fail(page, what)` for each thing that is not so.
import { readFile } from "node:fs/promises";

const FROM = { en: /\n\nFrom Doorgroeien; survey answers: (.+)\. (http\S+)$/, nl: /\n\nUit Doorgroeien; enquêteantwoorden: (.+)\. (http\S+)$/ };

export async function copying(browser, host, fail) {
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
  const tab = await context.newPage();
  tab.setDefaultTimeout(10_000);
  tab.on("pageerror", (error) => fail("copying", `script: ${error.message}`));

  const open = async (page) => {
    await tab.goto(`${host.origin}/${page}`);
    await tab.locator("details").evaluateAll((folds) => folds.forEach((fold) => { fold.open = true; }));
  };
  /** Select an element as a reader does, press Ctrl+C, and return what is on the clipboard. */
  const copy = async (place) => {
    await place.evaluate((element) => {
      getSelection().selectAllChildren(element);
      document.activeElement?.blur();
    });
    await tab.keyboard.press("Control+c");
    await tab.waitForTimeout(100);
    return tab.evaluate(async () => {
      const [item] = await navigator.clipboard.read();
      const read = async (type) => (item.types.includes(type) ? (await item.getType(type)).text() : "");
      return { text: (await read("text/plain")).trimEnd(), html: await read("text/html") };
    });
  };
  const labelled = async (page, what, place, lang) => {
    const { text, html } = await copy(place);
    const [, edition, address] = text.match(FROM[lang]) ?? [];
    const there = edition && address.startsWith(`${host.origin}/${page}`) && html.includes(edition) && html.includes(address);
    if (!there) fail(page, `${what} is copied without its edition: '${text.slice(-160)}'`);
    if (/num-card|<button|<script/.test(html)) fail(page, `${what} is copied with cards or buttons`);
    return html;
  };
  const plain = async (page, what, place) => {
    const { text } = await copy(place);
    if (!text || FROM.en.test(text) || FROM.nl.test(text)) fail(page, `${what} is copied as '${text.slice(-160)}'; expected its own words alone`);
  };
  const sentences = (section) => tab.locator(`#${section} li:has(.num), #${section} p:has(.num)`);

  const chapter = "notebooks/policy-cycle.html", dutch = "book/nl/policy-cycle.html", front = "book/index.html";
  await open(chapter);
  await labelled(chapter, "a sentence of the survey", sentences("what-the-invented-survey-shows").first(), "en");
  const table = await labelled(chapter, "a table on answers", tab.locator("table.published-table.survey tbody").first(), "en");
  if (!/^<table/.test(table)) fail(chapter, "rows of a table are no longer a table on the clipboard");
  await labelled(chapter, "a caption on answers", tab.locator("figure.survey figcaption").first(), "en");
  await plain(chapter, "a sentence on documents", sentences("what-real-evidence-shows").first());
  await plain(chapter, "a number alone", tab.locator("#what-the-invented-survey-shows .num:not(.word) .num-value").first());
  await tab.locator(".code-switch").first().click();
  await plain(chapter, "code", tab.locator(".cell_input pre:visible").first());
  await plain(chapter, "a citation", tab.locator(".cite-text").first());
  const pairs = { bib: [/^ {2}url +=/m, /^ {2}urldate +=/m], ris: [/^UR {2}-/m, /^Y2 {2}-/m], json: [/"URL":/, /"accessed":/] };
  const links = tab.locator(".cite-downloads a[download]");
  for (const link of await links.all()) {
    const [saved] = await Promise.all([tab.waitForEvent("download"), link.click()]);
    const name = saved.suggestedFilename(), text = await readFile(await saved.path(), "utf-8");
    if (!pairs[name.split(".").at(-1)].every((field) => field.test(text))) fail(chapter, `${name} is saved without address or day: '${text.slice(-160)}'`);
  }
  if ((await links.count()) !== Object.keys(pairs).length) fail(chapter, `a citation is saved in ${await links.count()} ways`);
  await open(dutch);
  await labelled(dutch, "a Dutch sentence of the survey", sentences("wat-de-verzonnen-enquete-laat-zien").first(), "nl");
  await plain(dutch, "a Dutch sentence on documents", sentences("wat-echt-bewijs-laat-zien").first());
  await open(front);
  await plain(front, "the answer of real evidence", tab.locator(".bd-article p:has(.num)").first());
  await labelled(front, "the picture's page of the survey", tab.locator("#what-the-method-would-see"), "en");
  await open("notebooks/triangulation.html");
  await plain("notebooks/triangulation.html", "a sentence on registers", tab.locator("#key-points li").first());
  await open("notebooks/dimensions.html"); // rests on answers throughout
  await labelled("notebooks/dimensions.html", "a sentence without a number", tab.locator("section p:not(:has(.num), .edition, .provenance, .reading-time)").first(), "en");
  await tab.goto(`${host.origin}/numbers/index.html`);
  await labelled("numbers/index.html", "a row of the list of numbers", tab.locator("tr.survey").first(), "en");
  await plain("numbers/index.html", "a row on real evidence", tab.locator("tbody tr:not(.survey)").first());
  const number = await tab.locator("tr.survey a").first().getAttribute("href");
  await tab.goto(`${host.origin}/numbers/${number}`);
  await labelled(`numbers/${number}`, "a number's page", tab.locator("section#nl dl"), "nl");
  await context.close();
}
