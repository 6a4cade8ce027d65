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
  // On a phone the drawing for phones is as wide as the screen already, and scrolls.
  const narrow = /\.narrow\./.test(image.src);
  scroll.classList.toggle("narrow", narrow);
  const caption = document.createElement("p");
  caption.className = "enlarged-caption";
  const badge = figure.nextElementSibling?.querySelector(".evidence");
  if (badge) caption.append(badge.cloneNode(true));
  caption.append(figure.querySelector("figcaption .caption-text")?.textContent ?? "");
  const size = button("enlarged-size", phrase("larger", figure));
  size.addEventListener("click", () => {
    const full = scroll.classList.toggle("full");
    size.textContent = phrase(full ? "fit" : "larger", figure);
  });
  const close = button("enlarged-close", phrase("close", figure));
  close.addEventListener("click", () => dialog.close());
  bar.append(name, size, close);
  dialog.append(bar, scroll, caption);
  // A click beside the picture closes too.
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  // Any other picture starts wider than a phone: it would be no larger otherwise.
  if (window.innerWidth < 640 && !narrow) size.click();
  dialog.showModal();
  close.focus();
};

// The browser closes a dialog on Escape by itself, but not while the focus is on its scrolling part or on nothing.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelector("dialog.enlarged")?.close();
});

for (const picture of document.querySelectorAll(".bd-article figure > :is(img, picture, a)")) {
  const image = picture.matches("img") ? picture : picture.querySelector("img");
  if (!image) continue;
  const figure = picture.parentElement;
  const number = figure.querySelector(".caption-number")?.textContent.trim() ?? phrase("figure", figure);
  const opener = button("enlarge", phrase("enlarge", figure));
  opener.setAttribute("aria-label", `${opener.textContent} ${number[0].toLowerCase()}${number.slice(1)}`);
  opener.setAttribute("aria-haspopup", "dialog");
  opener.addEventListener("click", () => enlarge(image, number, figure));
  if (!picture.matches("a")) {
    image.classList.add("can-enlarge");
    image.addEventListener("click", () => { opener.focus({ preventScroll: true }); opener.click(); });
  }
  picture.after(opener);
}

// A drawing as PNG, for programs that take none: its file, with the source at its foot, in points of a screen.
const TIMES = 3;
const save = (link) => {
  const drawing = new Image();
  drawing.onload = () => {
    const canvas = document.createElement("canvas");
    canvas.width = TIMES * drawing.naturalWidth;
    canvas.height = TIMES * drawing.naturalHeight;
    canvas.getContext("2d").drawImage(drawing, 0, 0, canvas.width, canvas.height);
    const made = document.createElement("a");
    made.download = link.href.split("/").pop().replace(/\.svg$/, ".png");
    try {
      made.href = canvas.toDataURL("image/png");
    } catch { // read from a disk, a browser gives no points away
      made.href = link.href;
      made.download = "";
    }
    made.click();
  };
  drawing.src = link.href;
};

for (const files of document.querySelectorAll(".bd-article .picture-files")) {
  const link = files.querySelector('a[href$=".svg"]');
  if (!link) continue;
  const png = button("picture-png", phrase("png", files));
  png.addEventListener("click", () => save(link));
  files.append(", ", png);
}
