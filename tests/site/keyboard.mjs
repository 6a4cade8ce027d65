// What a reader without a mouse does on a page. Returns what went wrong, in words.

/** Marks each element that Tab must reach: visible, able to take the focus, not taken out of the order. */
const mark = () => {
  const able = 'a[href], button, input, select, textarea, summary, [tabindex], [contenteditable="true"]';
  // Of choices of which one holds, Tab reaches that one or, before there is one, the first; arrows reach the others.
  const stands = (box) => box.type !== "radio" || box === (document.querySelector(`input[name="${box.name}"]:checked`) ?? document.querySelector(`input[name="${box.name}"]`));
  const must = [...document.querySelectorAll(able)].filter((element) =>
    element.tabIndex >= 0 && stands(element) && !element.disabled && element.checkVisibility({ visibilityProperty: true }) && !element.closest("[inert]"));
  window.reached = new Set();
  window.must = must;
  document.addEventListener("focusin", (event) => window.reached.add(event.target));
  document.activeElement?.blur();
  getSelection()?.removeAllRanges();
  return must.length;
};
const missed = () => window.must.filter((element) => !window.reached.has(element) && element.checkVisibility({ visibilityProperty: true }))
  .map((element) => element.outerHTML.slice(0, 120).replace(/\s+/g, " "));

export async function keyboard(tab) {
  const problems = [];
  await tab.evaluate(() => { document.activeElement?.blur(); scrollTo(0, 0); });

  const skip = tab.locator("#pst-skip-link a, a.skip-link").first();
  if (await skip.count()) {
    await tab.evaluate(() => document.body.setAttribute("tabindex", "-1"));
    await tab.evaluate(() => { document.body.focus(); document.body.removeAttribute("tabindex"); });
    await tab.keyboard.press("Tab");
    await tab.waitForTimeout(300); // it slides in
    if (!(await skip.evaluate((link) => link === document.activeElement))) problems.push("the first Tab does not reach the skip link");
    else if (!(await skip.evaluate((link) => { const box = link.getBoundingClientRect(); return box.top >= 0 && box.height > 0; }))) problems.push("the skip link is not seen when it has the focus");
    await tab.keyboard.press("Enter");
    await tab.keyboard.press("Tab");
    if (!(await tab.evaluate(() => Boolean(document.activeElement?.closest("main"))))) problems.push("after the skip link, Tab is not in the main text");
  }

  const count = await tab.evaluate(mark);
  // All at once, in order: to wait for each of hundreds takes longer than they do.
  const keys = await tab.context().newCDPSession(tab);
  const press = { type: "rawKeyDown", key: "Tab", code: "Tab", windowsVirtualKeyCode: 9 };
  await Promise.all(Array.from({ length: count + 5 }, () => keys.send("Input.dispatchKeyEvent", press)));
  await keys.detach();
  const left = await tab.evaluate(missed);
  if (left.length) problems.push(`Tab does not reach ${left.length} of ${count} elements, first ${left[0]}`);

  const numbers = tab.locator(".num:has(.num-card)");
  const total = await numbers.count();
  for (const index of new Set([0, Math.floor(total / 2), total - 1].filter((index) => index >= 0 && index < total))) {
    const number = numbers.nth(index);
    const card = number.locator(".num-card");
    await number.evaluate((element) => { for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true; });
    await number.locator(".num-value").focus();
    if (!(await card.isVisible())) problems.push(`the card of number ${index + 1} does not open when it has the focus`);
    await tab.keyboard.press("Escape");
    if (await card.isVisible()) problems.push(`Escape does not close the card of number ${index + 1}`);
  }

  const code = tab.locator(".code-switch").first();
  if (await code.count()) {
    await code.focus();
    await tab.keyboard.press("Enter");
    if ((await code.getAttribute("aria-pressed")) !== "true") problems.push("the switch of code does not move on Enter");
  }

  const copy = tab.locator("button.copybtn, button.cite-copy").first();
  if (await copy.count()) {
    await copy.evaluate((element) => { for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true; });
    // What is copied is noted in the page: the clipboard itself is shared with the other tabs.
    await tab.evaluate(() => {
      window.copied = "";
      const write = navigator.clipboard.writeText.bind(navigator.clipboard);
      navigator.clipboard.writeText = (text) => { window.copied = text; return write(text); };
      document.addEventListener("copy", () => { window.copied = document.activeElement.value ?? String(getSelection()); }, true);
    });
    await copy.focus();
    await tab.waitForTimeout(400); // it fades in
    if (Number(await copy.evaluate((button) => getComputedStyle(button).opacity)) < 0.5) problems.push("a copy button is not seen when it has the focus");
    await tab.keyboard.press("Enter");
    await tab.waitForTimeout(200);
    if (!(await tab.evaluate(() => window.copied.trim()))) problems.push("a copy button copies nothing on Enter");
  }
  return problems;
}
