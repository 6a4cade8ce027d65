// Light or dark, and with or without code, before anything is painted: the reader's choice, or else the colours
// of the system and no code. Without scripts the code stands folded on the page.
{
  let [mode, code] = ["auto", "hidden"];
  try {
    mode = localStorage.getItem("mode") || mode;
    code = localStorage.getItem("code") || code;
  } catch { /* a browser that keeps nothing */ }
  const dark = mode === "dark" || (mode === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  Object.assign(document.documentElement.dataset, { mode, code, theme: dark ? "dark" : "light", defaultMode: "auto" });
}
