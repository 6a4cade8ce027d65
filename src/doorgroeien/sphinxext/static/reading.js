// With or without code: one switch for the whole book. A link to what is hidden or folded shows it.
{
  const root = document.documentElement;
  const switches = document.querySelectorAll(".code-switch");
  const choose = (code) => {
    root.dataset.code = code;
    switches.forEach((button) => button.setAttribute("aria-pressed", code === "shown"));
  };
  choose(root.dataset.code);
  switches.forEach((button) => button.addEventListener("click", () => {
    choose(root.dataset.code === "shown" ? "hidden" : "shown");
    try { localStorage.setItem("code", root.dataset.code); } catch { /* a browser that keeps nothing */ }
  }));

  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    // A section has its own fold inside it, below the heading.
    const inside = target?.querySelector(":scope > details.fold") ?? target;
    const first = inside?.closest("details");
    if (!first) return;
    for (let fold = first; fold; fold = fold.parentElement.closest("details")) fold.open = true;
    if (target.closest("details.hide, details.published-numbers")) choose("shown"); // on this page alone
    target.scrollIntoView();
  };
  window.addEventListener("hashchange", reveal);
  // A second tap on the same link changes no address.
  document.addEventListener("click", (event) => { if (event.target.closest("a")?.hash === location.hash && location.hash) reveal(); });
  reveal();
}
