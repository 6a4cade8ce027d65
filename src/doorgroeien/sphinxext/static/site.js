// The buttons above a page: menus, print, full screen.
{
  const actions = {
    print: () => window.print(),
    fullscreen: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()),
  };
  document.querySelectorAll("[data-do]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", actions[button.dataset.do]);
  });

  const menus = [...document.querySelectorAll('[data-bs-toggle="dropdown"]')];
  const show = (button, open) => {
    button.setAttribute("aria-expanded", open);
    button.parentElement.querySelector(".dropdown-menu").classList.toggle("show", open);
  };
  menus.forEach((button) => button.addEventListener("click", () => show(button, button.getAttribute("aria-expanded") !== "true")));
  document.addEventListener("click", (event) => {
    menus.filter((button) => !button.parentElement.contains(event.target)).forEach((button) => show(button, false));
  });
  document.addEventListener("focusin", (event) => {
    menus.filter((button) => !button.parentElement.contains(event.target)).forEach((button) => show(button, false));
  });
  document.addEventListener("keydown", (event) => {
    const open = menus.find((button) => button.getAttribute("aria-expanded") === "true");
    if (event.key === "Escape" && open) { show(open, false); open.focus(); }
  });
}
