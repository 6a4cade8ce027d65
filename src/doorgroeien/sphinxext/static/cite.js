// Citations: buttons that copy, and say so. Without a clipboard the text is selected, ready to be copied.
const status = document.createElement("p");
status.className = "cite-status";
status.setAttribute("role", "status");
document.body.append(status);

// A citation carries the address that the page is read at, where the book does not know its own, and the day.
const now = new Date();
const day = (between) => [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join(between);
const today = (text) => new Intl.DateTimeFormat(phrase("locale", text), { dateStyle: "long" }).format(now);
const addressOf = (text) => text.closest(".cite, .cite-forms")?.querySelector(".cite-link a")?.href ?? location.href.split(/[?#]/)[0];
/** The same for each kind of file, by its ending. */
const read = {
  bib: (text, address) => {
    const width = text.match(/^ {2}(\w+ *) = /m)[1].length;
    const fields = [...(/^ {2}url +=/m.test(text) ? [] : [["url", address]]), ["urldate", day("-")]];
    return text.replace(/\}\s*$/, `${fields.map(([name, value]) => `  ${name.padEnd(width)} = {${value}},\n`).join("")}}\n`);
  },
  ris: (text, address) => text.replace(/^ER {2}-/m, `${/^UR {2}-/m.test(text) ? "" : `UR  - ${address}\n`}Y2  - ${day("/")}/\n$&`),
  json: (text, address) => {
    const accessed = { "date-parts": [day("-").split("-").map(Number)] };
    return `${JSON.stringify(JSON.parse(text).map((item) => ({ URL: address, ...item, accessed })), null, 1)}\n`;
  },
};
if (location.protocol.startsWith("http")) {
  for (const link of document.querySelectorAll(".cite-link a")) link.textContent = link.href;
  for (const text of document.querySelectorAll("p.cite-text")) {
    const parts = text.querySelector("a[href^='http']") ? [] : [addressOf(text)];
    parts.push(`${phrase("accessed", text)} ${today(text)}`);
    const last = text.lastChild;
    if (last.nodeType === Node.TEXT_NODE) last.textContent = last.textContent.replace(/\.\s*$/, "");
    text.append(`, ${parts.join(", ")}.`);
  }
  for (const text of document.querySelectorAll("pre.cite-text")) text.textContent = read.bib(text.textContent, addressOf(text));
  for (const link of document.querySelectorAll(".cite-downloads a[download]")) {
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      const file = link.href, name = file.split("/").at(-1);
      const text = await fetch(file).then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status))).catch(() => null);
      const made = text === null ? file : URL.createObjectURL(new Blob([read[name.split(".").at(-1)](text, location.href.split(/[?#]/)[0])]));
      const saved = Object.assign(document.createElement("a"), { href: made, download: name });
      saved.click();
      if (made !== file) setTimeout(() => URL.revokeObjectURL(made), 60_000);
    });
  }
}

const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text.textContent.trim());
    return true;
  } catch {
    getSelection().selectAllChildren(text);
    return document.execCommand("copy");
  }
};

for (const button of document.querySelectorAll(".cite-copy")) {
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const done = await copy(button.parentElement.querySelector(".cite-text"));
    const words = phrase(done ? "copied" : "selected");
    button.textContent = words;
    status.textContent = `${words}: ${label.split(" ").slice(1).join(" ")}`;
    setTimeout(() => { button.textContent = label; status.textContent = ""; }, 3000);
  });
}
