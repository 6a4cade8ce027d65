// Citations: buttons that copy, and say so. Without a clipboard the text is selected, ready to be copied.
const status = document.createElement("p");
status.className = "cite-status";
status.setAttribute("role", "status");
document.body.append(status);

// A citation carries the address that the page is read at, where the book does not know its own, and the day.
const today = (text) => new Intl.DateTimeFormat(phrase("locale", text), { dateStyle: "long" }).format();
if (location.protocol.startsWith("http")) {
  for (const text of document.querySelectorAll("p.cite-text")) {
    const place = text.closest(".cite, .cite-forms")?.querySelector(".cite-link a");
    const address = place?.href ?? location.href.split(/[?#]/)[0];
    const parts = text.querySelector("a[href^='http']") ? [] : [address];
    parts.push(`${phrase("accessed", text)} ${today(text)}`);
    const last = text.lastChild;
    if (last.nodeType === Node.TEXT_NODE) last.textContent = last.textContent.replace(/\.\s*$/, "");
    text.append(`, ${parts.join(", ")}.`);
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
