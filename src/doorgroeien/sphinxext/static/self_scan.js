// The self-scan: the listed questions become a form, and the answers a profile. All of it stays in this page:
// nothing is asked for, sent or kept. The data block below the questions says what each answer counts for.
{
  const scan = document.querySelector(".self-scan"), list = scan.querySelector(".scan-questions");
  const data = JSON.parse(scan.querySelector("script").textContent), { words } = data;
  const said = (key, fields = {}) => Object.entries(fields).reduce((text, [name, value]) => text.replace(`{${name}}`, value), words[key]);
  const digits = new Intl.NumberFormat(words.locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const written = (score) => digits.format(score + 1e-9); // halves away from zero, as everywhere in the book
  const element = (tag, about = {}, ...inside) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(about)) made.setAttribute(name, value);
    made.append(...inside);
    return made;
  };
  const button = (key, action) => {
    const made = element("button", { type: "button" }, words[key]);
    made.addEventListener("click", action);
    return made;
  };
  const items = Object.keys(data.items);
  const codes = Object.keys(data.names).sort(), dimensions = codes.filter((code) => code.length === 1);
  const partsOf = (code) => Object.keys(data.parts).filter((part) => part[0] === code);
  const behind = (code) => (code.length === 1 ? partsOf(code) : [code]).flatMap((part) => data.parts[part]);

  // What was chosen: the place of the answer in its scale, -1 for none of them, null for nothing yet.
  const chosen = (item) => {
    const box = list.querySelector(`input[name="${item}"]:checked`);
    return box ? Number(box.value) : null;
  };
  const worth = (item) => data.items[item].worth?.[chosen(item)] ?? null;
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  // A part is the mean of its questions, of which enough must be answered; a dimension of its parts, all of them.
  const scores = () => {
    const found = {};
    for (const [part, asked] of Object.entries(data.parts)) {
      const known = asked.map(worth).filter((value) => value !== null);
      found[part] = known.length && known.length >= data.least * asked.length ? mean(known) : null;
    }
    for (const code of dimensions) {
      const known = partsOf(code).map((part) => found[part]);
      found[code] = known.includes(null) ? null : mean(known);
    }
    const whole = dimensions.map((code) => found[code]);
    found.total = whole.includes(null) ? null : mean(whole);
    return found;
  };

  for (const [at, place] of list.querySelectorAll("[data-item]").entries()) {
    const { item } = place.dataset, { wording, scale } = data.items[item];
    const answers = [...data.scales[scale], data.none].map((label, code, all) =>
      element("label", {}, element("input", { type: "radio", name: item, value: code < all.length - 1 ? code : -1, autocomplete: "off" }), element("span", {}, label)));
    const part = data.names[Object.keys(data.parts).find((code) => data.parts[code].includes(item))];
    const scored = part ? [element("span", { class: "onlyprint" }, ` (${part.toLowerCase()})`)] : []; // who fills in paper adds up by hand
    place.replaceChildren(element("fieldset", {}, element("legend", {}, `${at + 1}. ${wording}`, ...scored), ...answers));
  }
  list.classList.add("filled-in"); // the numbers now stand in the legends
  scan.querySelector(".needs-script").remove();

  const size = data.sizes?.length && element("select", { autocomplete: "off" }, element("option", { value: "" }, words.choose), ...data.sizes.map(({ name }, at) => element("option", { value: at }, name)));
  const status = element("p", { role: "status" });
  const heading = element("h3", { tabindex: "-1" }, words.profile);
  const shown = element("div");
  const result = element("div", { class: "scan-result", hidden: "" }, heading, shown, button("print", () => print()));
  const show = button("show", () => { result.hidden = false; draw(); heading.focus(); });
  const clear = button("clear", () => {
    for (const box of list.querySelectorAll("input:checked")) box.checked = false;
    result.hidden = true;
    draw();
    list.querySelector("input").focus();
  });
  if (size) list.append(element("p", {}, element("label", {}, words.size, " ", size)));
  list.append(status, element("p", { class: "scan-buttons" }, show, clear));
  list.after(result);

  const svg = (tag, about, text = "") => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(about)) made.setAttribute(name, value);
    made.textContent = text;
    return made;
  };
  const LEFT = 158, WIDTH = 150, TOP = 22, ROW = 19;
  const x = (score) => LEFT + (WIDTH * score) / 100;
  const picture = (found, quarters) => {
    const height = TOP + ROW * codes.length + dimensions.length * 6, told = dimensions.filter((code) => found[code] !== null);
    const drawing = svg("svg", { viewBox: `0 0 352 ${height}`, role: "img" });
    drawing.setAttribute("aria-label", said("picture", { scores: told.map((code) => `${data.names[code]} ${written(found[code])}`).join("; ") }));
    for (const tick of [0, 25, 50, 75, 100]) {
      drawing.append(svg("line", { x1: x(tick), x2: x(tick), y1: TOP - 6, y2: height }), svg("text", { x: x(tick), y: 10, class: "tick" }, tick));
    }
    let y = TOP;
    for (const code of codes) {
      const whole = code.length === 1, score = found[code], [lower, middle, upper] = quarters?.[code] ?? [];
      y += whole ? 6 : 0;
      drawing.append(svg("text", { x: whole ? 0 : 8, y: y + 10, class: whole ? "whole" : "" }, data.short[code]));
      if (lower !== undefined) drawing.append(svg("rect", { x: x(lower), y: y - 2, width: Math.max(x(upper) - x(lower), 1), height: 17, class: "half" }));
      if (score !== null) {
        drawing.append(svg("rect", { x: LEFT, y: y + (whole ? 1 : 3), width: Math.max(x(score) - LEFT, 1), height: whole ? 11 : 7, class: whole ? "bar whole" : "bar" }));
        drawing.append(svg("text", { x: 352, y: y + 10, class: whole ? "value whole" : "value" }, written(score)));
      } else drawing.append(svg("text", { x: 352, y: y + 10, class: "value" }, "–"));
      if (middle !== undefined) drawing.append(svg("rect", { x: x(middle) - 1, y: y - 2, width: 2, height: 17, class: "middle" }));
      y += ROW;
    }
    return drawing;
  };
  const table = (caption, heads, rows, names = data.names) => {
    const lines = rows.map(([code, ...cells]) => element("tr", code.length === 1 && names === data.names ? { class: "whole" } : {}, element("th", { scope: "row" }, names[code]), ...cells.map((text) => element("td", {}, text))));
    return element("table", {}, element("caption", {}, caption), element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))), element("tbody", {}, ...lines));
  };
  const own = (found) => table(words.caption, [words.name, words.score, words.answered], codes.map((code) => {
    const asked = behind(code), n = asked.filter((item) => worth(item) !== null).length;
    return [code, found[code] === null ? "–" : written(found[code]), said("among", { n, of: asked.length })];
  }));
  const peers = (found, { name, quarters }) => table(said("peers", { size: name }), [words.dimension, words.score, words.half, words.middle], dimensions.map((code) => {
    const [lower, middle, upper] = quarters[code] ?? [], score = found[code] === null ? "–" : written(found[code]);
    return [code, score, ...(lower === undefined ? [words.withheld, "–"] : [`${written(lower)}${words.joins}${written(upper)}`, written(middle)])];
  }), data.short);
  const typed = (found) => {
    const rounded = (name) => Math.round(found[name] * 1e9) / 1e9;
    const within = ([name, above, most]) => found[name] !== null && (above === null || rounded(name) > above) && (most === null || rounded(name) <= most);
    const way = found.total === null ? null : data.rule.ways.find(({ limits }) => limits.every(within));
    return way ? said("type", { type: way.type, words: data.rule.types[way.type], accuracy: data.rule.accuracy }) : words["no-type"];
  };

  const draw = () => {
    const found = scores(), answered = items.filter((item) => chosen(item) >= 0 && chosen(item) !== null);
    const count = said("count", { n: answered.length, of: items.length });
    const known = dimensions.filter((code) => found[code] !== null), lacking = dimensions.filter((code) => found[code] === null);
    status.textContent = result.hidden ? count : [count, known.map((code) => `${data.names[code]} ${written(found[code])}`).join("; ")].join(" ").trim();
    if (result.hidden) return;
    const others = size?.value ? data.sizes[size.value] : null;
    const scored = codes.some((code) => found[code] !== null);
    const paragraph = (...text) => element("p", {}, ...text), unscored = answered.filter((item) => !data.items[item].worth);
    const told = scored && lacking.length ? [said("lacking", { names: lacking.map((code) => data.names[code].toLowerCase()).join("; ") })] : [];
    const given = (item) => `${data.items[item].short} (${data.scales[data.items[item].scale][chosen(item)]})`;
    const below = [...(scored && data.rule ? [paragraph(typed(found))] : []), ...(unscored.length ? [paragraph(said("beside", { names: unscored.map(given).join("; ") }))] : [])];
    const parts = [paragraph(words.own), paragraph([count, ...told].join(" "))];
    if (scored) {
      const note = others ? [element("p", { class: "scan-note" }, words.band)] : [];
      parts.push(element("div", { class: "scan-scores" }, element("div", {}, picture(found, others?.quarters), ...note, ...below), element("div", {}, own(found), ...(others ? [peers(found, others)] : []))));
    } else parts.push(paragraph(words.nothing), ...below);
    shown.replaceChildren(...parts);
  };
  list.addEventListener("change", draw);
  draw();
}
