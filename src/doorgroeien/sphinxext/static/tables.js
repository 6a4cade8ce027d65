// Published tables sort by a column: up, down, and as they were. Numbers are read as their language writes them.
const LEAST_ROWS = 4;

// "−1,234.5 points (…)" is -1234.5; in Dutch "−1.234,5". What holds no number stays empty and goes last.
const numberIn = (text, lang) => {
  const found = text.replace(/\u2212/g, "-").match(/-?\d[\d.,]*/);
  if (!found) return null;
  const digits = found[0].replace(/[.,]+$/, "");
  return Number(lang === "nl" ? digits.replaceAll(".", "").replace(",", ".") : digits.replaceAll(",", ""));
};

const sortable = (table) => {
  const body = table.tBodies[0];
  const original = [...body.rows];
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  if (original.length < LEAST_ROWS || table.querySelector("[rowspan], [colspan]")) return;
  const lang = table.closest("[lang]").lang;
  const words = new Intl.Collator(lang, { numeric: true });

  heads.forEach((head, column) => {
    const text = (row) => row.cells[column].textContent.trim();
    const numeric = original.every((row) => row.cells[column].classList.contains("number"));
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...(head.querySelector("p") ?? head).childNodes);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const order = { ascending: "descending", descending: null }[head.getAttribute("aria-sort")];
      const direction = order === undefined ? "ascending" : order;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      let rows = original;
      if (direction) {
        head.setAttribute("aria-sort", direction);
        const sign = direction === "ascending" ? 1 : -1;
        const key = new Map(original.map((row) => [row, numeric ? numberIn(text(row), lang) : text(row) || null]));
        rows = [...original].sort((a, b) => {
          const [x, y] = [key.get(a), key.get(b)];
          if (x === null || y === null) return (x === null) - (y === null);
          return sign * (numeric ? x - y : words.compare(x, y));
        });
      }
      body.append(...rows);
    });
  });
};

document.querySelectorAll("table.published-table").forEach(sortable);
