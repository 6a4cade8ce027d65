// Number cards: Escape closes, a first tap opens, no card leaves the window. Tables: a search box, and first rows.
const open = (number) => {
  number.classList.remove("closed");
  const card = number.querySelector(".num-card");
  card.style.left = "0";
  const box = card.getBoundingClientRect();
  const over = box.right - (document.documentElement.clientWidth - 8);
  if (over > 0) card.style.left = `${-Math.min(over, box.left - 8)}px`;
};

for (const number of document.querySelectorAll(".num")) {
  const link = number.querySelector(".num-value");
  if (!link) continue;
  number.addEventListener("pointerenter", () => open(number));
  number.addEventListener("focusin", () => open(number));
  let opened = false;
  link.addEventListener("pointerdown", (event) => { opened = event.pointerType === "touch" && document.activeElement !== link; });
  link.addEventListener("click", (event) => { if (opened) { event.preventDefault(); link.focus(); opened = false; } });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelectorAll(".num").forEach((number) => number.classList.add("closed"));
});

// Tables: a box that searches all rows, and of a long one the first rows.
const FIRST_ROWS = 10;
const LONG = 15;
document.querySelectorAll("table.published-table:not(.codebook, .municipalities)").forEach((table) => {
  const { rows } = table.tBodies[0];
  const frame = table.closest(".pst-scrollable-table-container") ?? table;
  const box = document.createElement("input");
  box.type = "search";
  box.className = "table-search";
  box.placeholder = phrase("search", table);
  box.setAttribute("aria-label", box.placeholder);
  const all = document.createElement("button");
  all.type = "button";
  all.className = "all-rows";
  all.textContent = `${phrase("all-rows", table)} ${rows.length}`;
  let whole = rows.length <= LONG;
  const show = () => {
    const words = plainly(box.value.toLowerCase()).split(/\s+/).filter(Boolean);
    const fits = (row) => words.every((word) => plainly(row.textContent.toLowerCase()).includes(word));
    [...rows].forEach((row, place) => { row.hidden = words.length ? !fits(row) : !whole && place >= FIRST_ROWS; });
    all.hidden = whole || words.length > 0;
  };
  if (table.classList.contains("searchable")) frame.before(box);
  box.addEventListener("input", show);
  if (whole) return;
  frame.after(all);
  all.addEventListener("click", () => {
    const next = rows[FIRST_ROWS];
    whole = true;
    show();
    next.tabIndex = -1; // the button is gone: the keyboard goes on at the first new row
    next.focus({ preventScroll: true });
  });
  table.addEventListener("click", (event) => { if (event.target.closest("button.sort")) show(); });
  show();
});
