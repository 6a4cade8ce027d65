// Citations: buttons that copy, and say so. Without a clipboard the text is selected, ready to be copied.
const status = document.createElement("p");
status.className = "cite-status";
status.setAttribute("role", "status");
document.body.append(status);

// A citation carries the address that the page is read at, where the book does not know its own, and the day.
const today = (text) => new Intl.DateTimeFormat(phrase("locale", text), { dateStyle: "long" }).format();
const addressOf = (text) => text.closest(".cite, .cite-forms")?.querySelector(".cite-link a")?.href ?? location.href.split(/[?#]/)[0];
if (location.protocol.startsWith("http")) {
  for (const text of document.querySelectorAll("p.cite-text")) {
    const parts = text.querySelector("a[href^='http']") ? [] : [addressOf(text)];
    parts.push(`${phrase("accessed", text)} ${today(text)}`);
    const last = text.lastChild;
    if (last.nodeType === Node.TEXT_NODE) last.textContent = last.textContent.replace(/\.\s*$/, "");
    text.append(`, ${parts.join(", ")}.`);
  }
  for (const text of document.querySelectorAll("pre.cite-text")) {
    const now = new Date(), day = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
    const width = text.textContent.match(/^ {2}(\w+ *) = /m)[1].length;
    const fields = [...(/^ {2}url +=/m.test(text.textContent) ? [] : [["url", addressOf(text)]]), ["urldate", day]];
    const lines = fields.map(([name, value]) => `  ${name.padEnd(width)} = {${value}},\n`);
    text.textContent = text.textContent.replace(/\}\s*$/, `${lines.join("")}}\n`);
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
