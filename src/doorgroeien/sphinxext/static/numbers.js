// The index of numbers: a search that hides the rows, and the chapters, without all words that were typed.
const box = document.getElementById("search");
const found = document.getElementById("found");
const sections = [...document.querySelectorAll("main section")].map((section) => ({
  section,
  rows: [...section.querySelectorAll("tbody tr")].map((row) => [row, plainly(row.textContent.toLowerCase())]),
}));
box.parentElement.hidden = false;
const look = () => {
  const words = plainly(box.value.toLowerCase()).split(/\s+/);
  let count = 0;
  for (const { section, rows } of sections) {
    let here = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      here += row.hidden ? 0 : 1;
    }
    section.hidden = here === 0;
    count += here;
  }
  found.textContent = box.value.trim() ? `${count} found` : "";
};
box.addEventListener("input", look);
// The search page of the book hands over what was searched there.
box.value = new URLSearchParams(location.search).get("q") ?? "";
if (box.value) look();
