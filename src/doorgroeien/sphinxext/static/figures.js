// Figures open large: a button beside each, or a click on the picture. Escape closes and gives the focus back.
const button = (className, text) => {
  const made = document.createElement("button");
  made.type = "button";
  made.className = className;
  made.textContent = text;
  return made;
};

const enlarge = (picture, title, figure) => {
  const dialog = document.createElement("dialog");
  dialog.className = "enlarged";
  dialog.lang = figure.closest("[lang]").lang;
  const bar = document.createElement("div");
  bar.className = "enlarged-bar";
  const name = document.createElement("p");
  name.id = "enlarged-title";
  name.textContent = title;
  dialog.setAttribute("aria-labelledby", name.id);
  const scroll = document.createElement("div");
  scroll.className = "enlarged-scroll";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "group");
  scroll.setAttribute("aria-labelledby", name.id);
  const image = document.createElement("img");
  image.src = picture.currentSrc || picture.src;
  image.alt = picture.alt;
  scroll.append(image);
  const size = button("enlarged-size", phrase("larger", figure));
  size.addEventListener("click", () => {
    const full = scroll.classList.toggle("full");
    size.textContent = phrase(full ? "fit" : "larger", figure);
  });
  const close = button("enlarged-close", phrase("close", figure));
  close.addEventListener("click", () => dialog.close());
  bar.append(name, size, close);
  dialog.append(bar, scroll);
  // A click beside the picture closes too.
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  // On a phone the picture starts wider than the screen: it would be no larger otherwise.
  if (window.innerWidth < 640) size.click();
  dialog.showModal();
  close.focus();
};

// The browser closes a dialog on Escape by itself, but not while the focus is on its scrolling part or on nothing.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelector("dialog.enlarged")?.close();
});

for (const picture of document.querySelectorAll(".bd-article figure > img, .bd-article figure > a > img")) {
  const figure = picture.closest("figure");
  const number = figure.querySelector(".caption-number")?.textContent.trim() ?? phrase("figure", figure);
  const opener = button("enlarge", phrase("enlarge", figure));
  opener.setAttribute("aria-label", `${opener.textContent} ${number[0].toLowerCase()}${number.slice(1)}`);
  opener.setAttribute("aria-haspopup", "dialog");
  opener.addEventListener("click", () => enlarge(picture, number, figure));
  if (picture.parentElement === figure) {
    picture.classList.add("can-enlarge");
    picture.addEventListener("click", () => { opener.focus({ preventScroll: true }); opener.click(); });
  }
  (picture.parentElement === figure ? picture : picture.parentElement).after(opener);
}
