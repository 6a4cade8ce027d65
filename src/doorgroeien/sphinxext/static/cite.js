// Citations: buttons that copy, and say so. Without a clipboard the text is selected, ready to be copied.
const status = document.createElement("p");
status.className = "cite-status";
status.setAttribute("role", "status");
document.body.append(status);

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
