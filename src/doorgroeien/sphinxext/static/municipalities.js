// The municipalities: type the beginning of a name, old or new, and see its row. Without scripts all rows stand.
{
  const table = document.querySelector("table.municipalities");
  const rows = [...table.tBodies[0].rows];
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();
  const names = rows.map((row) => [...row.querySelectorAll(".name")].map((name) => ` ${plain(name.textContent)}`).join("|"));

  const search = document.createElement("div");
  search.className = "name-search";
  search.setAttribute("role", "search");
  search.setAttribute("aria-label", phrase("municipalities"));
  search.innerHTML = `<label for="gemeente">${phrase("municipality")}</label>
  <input class="table-search" id="gemeente" type="search" autocomplete="off" spellcheck="false">
  <p role="status"></p><button type="button">${phrase("show-all")}</button>`;
  const [box, status, all] = ["input", "p", "button"].map((name) => search.querySelector(name));
  const frame = table.closest(".pst-scrollable-table-container") ?? table;
  frame.before(search);

  const show = (found, words) => {
    rows.forEach((row, at) => { row.hidden = !found(names[at]); });
    frame.hidden = rows.every((row) => row.hidden);
    const count = rows.filter((row) => !row.hidden).length;
    status.textContent = words ?? (count > 1 ? `${count} ${phrase("names")}` : phrase(count ? "one-name" : "no-name"));
  };
  const look = () => {
    const typed = plain(box.value);
    if (typed) show((name) => name.includes(` ${typed}`));
    else show(() => false, phrase("type-a-name"));
  };
  // A link to a row, here or from elsewhere, shows it among those of its name.
  const follow = () => {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!place?.closest("table.municipalities tr")) return;
    box.value = place.textContent;
    look();
    place.scrollIntoView({ block: "center" });
  };

  box.addEventListener("input", look);
  all.addEventListener("click", () => { box.value = ""; show(() => true); });
  window.addEventListener("hashchange", follow);
  look();
  follow();
}
