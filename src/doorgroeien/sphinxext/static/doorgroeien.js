// Number cards: Escape closes, a first tap opens, no card leaves the window. Tables: a search box. Anchors in folds open.
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

document.querySelectorAll("table.searchable").forEach((table) => {
  const box = document.createElement("input");
  box.type = "search";
  box.className = "table-search";
  box.placeholder = phrase("search");
  box.setAttribute("aria-label", box.placeholder);
  const rows = [...table.tBodies[0].rows];
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/);
    rows.forEach((row) => { row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word)); });
  });
  (table.closest(".pst-scrollable-table-container") ?? table).before(box);
});

const reveal = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  if (target?.closest("details")) target.scrollIntoView();
};
window.addEventListener("hashchange", reveal);
reveal();
