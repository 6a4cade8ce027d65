// What moves in the theme, in place of its own scripts: colours, sidebars, search dialog, table of contents.
{
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const find = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];

  // Colours: the choice is kept in the browser, as that of code is (reading.js), and nothing else.
  const paint = () => {
    const { mode } = root.dataset;
    root.dataset.theme = mode === "auto" ? (dark.matches ? "dark" : "light") : mode;
    all(".dropdown-menu").forEach((menu) => menu.classList.toggle("dropdown-menu-dark", root.dataset.theme === "dark"));
  };
  dark.addEventListener("change", paint);
  all(".theme-switch-button").forEach((button) => button.addEventListener("click", () => {
    const modes = dark.matches ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
    root.dataset.mode = modes[(modes.indexOf(root.dataset.mode) + 1) % modes.length];
    try { localStorage.setItem("mode", root.dataset.mode); } catch { /* a browser that keeps nothing */ }
    paint();
  }));
  paint();

  // A click beside a dialog closes it.
  all("dialog").forEach((dialog) => dialog.addEventListener("click", (event) => {
    const box = dialog.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (event.target === dialog && !inside) dialog.close();
  }));

  // Sidebars: beside the text on a wide screen, a dialog over it on a narrow one.
  const move = (from, to) => {
    to.append(...from.childNodes);
    to.classList.add(...from.classList);
    from.className = "";
  };
  for (const [name, wide] of [["primary", "(min-width: 992px)"], ["secondary", "(min-width: 1200px)"]]) {
    const [button, bar, dialog] = [find(`.${name}-toggle`), find(`#pst-${name}-sidebar`), find(`#pst-${name}-sidebar-modal`)];
    if (!button || !bar || !dialog) continue;
    button.addEventListener("click", () => {
      if (matchMedia(wide).matches) return void bar.classList.toggle("pst-sidebar-hidden");
      move(bar, dialog);
      dialog.showModal();
    });
    dialog.addEventListener("close", () => { move(dialog, bar); button.focus(); });
    dialog.addEventListener("click", (event) => { if (event.target.closest("a[href*='#']")) dialog.close(); });
  }
  const sidebar = find("#pst-primary-sidebar");
  const here = sidebar && [...sidebar.querySelectorAll(".active")].at(-1);
  // After the page has been laid out: to measure before would lay it out twice.
  addEventListener("load", () => { if (here && here.offsetTop > innerHeight / 2) sidebar.scrollTop = here.offsetTop - innerHeight / 4; });

  // Search: a button or Ctrl+K opens the field.
  const mac = /^(Mac|iPhone|iPad)/.test(navigator.platform);
  if (mac) all(".kbd-shortcut__modifier").forEach((key) => { if (key.textContent === "Ctrl") key.textContent = "⌘"; });
  const search = () => {
    const field = find(".bd-search-container form.bd-search input");
    const dialog = find("#pst-search-dialog");
    if (field) field.select();
    else if (dialog?.open) dialog.close();
    else dialog?.showModal();
  };
  all(".search-button__button").forEach((button) => button.addEventListener("click", search));
  addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(mac ? event.metaKey : event.ctrlKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    search();
  });
  find(".bd-search-container form.bd-search input")?.focus();

  // Contents of the page: the section that is read is marked, in the sidebar and above a narrow page.
  const links = new Map(all("#pst-page-toc-nav a[href^='#']").map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const seen = new IntersectionObserver((entries) => {
    const entry = entries.filter((one) => one.isIntersecting).at(-1);
    const current = entry && links.get(entry.target.closest("section")?.id);
    if (!current) return;
    for (const link of links.values()) {
      link.classList.toggle("active", link === current);
      link === current ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
      link.closest(".toc-entry")?.classList.toggle("active", link.closest(".toc-entry").contains(current));
    }
  }, { rootMargin: "0px 0px -70% 0px" });
  for (const id of links.keys()) {
    const heading = document.getElementById(id)?.querySelector("h1, h2, h3, h4");
    if (heading) seen.observe(heading);
  }
  const top = find(".sbt-scroll-pixel-helper");
  if (top) new IntersectionObserver(([entry]) => document.body.classList.toggle("scrolled", entry.boundingClientRect.y < 0)).observe(top);

  // What scrolls sideways or down must be reached by keyboard. All is measured before anything is changed, and
  // nothing in a closed fold, which the browser would have to lay out for it.
  const scrollable = () => {
    const parts = all("pre, .cell_output > .output, .pst-scrollable-table-container, .table-scroll, div.math")
      .filter((part) => !part.closest("details:not([open])"));
    const over = parts.map((part) => part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight);
    parts.forEach((part, index) => {
      if (over[index] !== (part.tabIndex === 0)) over[index] ? (part.tabIndex = 0) : part.removeAttribute("tabindex");
    });
  };
  let waiting;
  const later = () => { clearTimeout(waiting); waiting = setTimeout(scrollable, 200); };
  addEventListener("load", later);
  addEventListener("resize", later);
  document.addEventListener("toggle", later, true); // a fold that opens
}
