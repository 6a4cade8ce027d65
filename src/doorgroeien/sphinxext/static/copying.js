// What is copied of a passage that rests on survey answers ends with the name of their edition and its address:
// no sentence on invented answers goes on alone.
{
  const FEWEST = 5; // words; fewer are a name or a digit, on their way into a sentence of the reader's own
  const UNMARKED = "pre, textarea, input, .cite, .cite-forms"; // code, and citations, which name the edition
  const PUBLISHED = ".num, .published-figure, .published-table, .published-below";
  const NOT_READ = "button, script, style, .num-card, .headerlink, details:not([open]) > :not(summary)";

  /** Numbers, figures and tables decide where some are touched; elsewhere those of the section do. */
  const rests = (ranges, section) => {
    if (document.querySelector("p.edition:not(.partly)") || ranges.some((range) => touched(range, ".survey").length)) return true;
    if (ranges.some((range) => touched(range, PUBLISHED).length)) return false;
    return [...(section?.querySelectorAll(".survey") ?? [])].some((mark) => mark.closest("section") === section);
  };
  const touched = (range, marks) => [...document.querySelectorAll(marks)].filter((mark) => range.intersectsNode(mark));

  const asHtml = (ranges, element, line) => {
    const copied = document.createElement(element.matches("table, thead, tbody, tr") ? "table" : "div");
    copied.append(...ranges.map((range) => range.cloneContents()));
    copied.querySelectorAll(NOT_READ).forEach((part) => part.remove());
    copied.querySelectorAll("a[href]").forEach((link) => link.setAttribute("href", link.href));
    copied.querySelectorAll("img[src]").forEach((image) => image.setAttribute("src", image.src));
    const last = document.createElement("p");
    last.textContent = line;
    return (copied.matches("table") ? copied.outerHTML : copied.innerHTML) + last.outerHTML;
  };

  document.addEventListener("copy", (event) => {
    const selection = getSelection(), text = selection.toString();
    if (!EDITION || (text.match(/\S+/g) ?? []).length < FEWEST) return;
    const ranges = Array.from({ length: selection.rangeCount }, (_, place) => selection.getRangeAt(place));
    const holder = ranges[0].commonAncestorContainer, element = holder.parentElement && holder.nodeType !== Node.ELEMENT_NODE ? holder.parentElement : holder;
    const section = element.closest("section[id]");
    if ([event.target, element].some((part) => part.closest?.(UNMARKED)) || !rests(ranges, section)) return;
    const page = document.querySelector("link[rel=canonical]")?.href ?? location.href.split(/[?#]/)[0];
    const address = section ? `${page}#${section.id}` : page;
    const { lang } = element.closest("[lang]");
    const edition = document.querySelector(`meta[name="edition"][lang="${lang}"]`)?.content ?? EDITION[lang]; // of the page
    const line = phrase("copied-from", element).replace("{edition}", edition).replace("{address}", address);
    event.clipboardData.setData("text/plain", `${text}\n\n${line}`);
    event.clipboardData.setData("text/html", asHtml(ranges, element, line));
    event.preventDefault();
  });
}
