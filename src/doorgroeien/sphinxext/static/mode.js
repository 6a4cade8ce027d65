// Light or dark, before anything is painted: the reader's choice, or that of the system.
{
  let mode = "auto";
  try { mode = localStorage.getItem("mode") || mode; } catch { /* a browser that keeps nothing */ }
  const dark = mode === "dark" || (mode === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  Object.assign(document.documentElement.dataset, { mode, theme: dark ? "dark" : "light", defaultMode: "auto" });
}
