// Leads on from an address that has moved, to the same place on the page.
const target = new URL(document.querySelector("link[rel=canonical]").href);
target.hash = location.hash;
location.replace(target);
