// Serves a folder as a Pages host does: compressed, with types, and 404.html for what is not there.
import { createServer } from "node:http";
import { readFile, stat } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";

const TYPES = {
  ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
  ".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".ico": "image/x-icon",
  ".csv": "text/csv; charset=utf-8", ".txt": "text/plain; charset=utf-8", ".xml": "application/xml", ".md": "text/markdown; charset=utf-8",
  ".pdf": "application/pdf", ".webmanifest": "application/manifest+json", ".woff2": "font/woff2", ".ipynb": "application/json",
};
const AS_IS = new Set([".png", ".jpg", ".pdf", ".woff2", ".xlsx", ".zip"]);

/** Serve `folder` on a free port; `weight(path)` tells how many bytes of body a path sends. */
export async function serve(folder) {
  const sent = new Map();
  const answer = async (path) => {
    if (sent.has(path)) return sent.get(path);
    let file = join(folder, normalize(path));
    const found = await stat(file).catch(() => null);
    if (found?.isDirectory()) file = join(file, "index.html");
    const body = await readFile(file).catch(() => null);
    if (body === null) return null;
    const plain = AS_IS.has(extname(file));
    const made = { body: plain ? body : gzipSync(body), encoding: plain ? {} : { "Content-Encoding": "gzip" }, type: TYPES[extname(file)] ?? "application/octet-stream" };
    sent.set(path, made);
    return made;
  };
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://site").pathname);
    const made = await answer(path);
    const given = made ?? (await answer("/404.html")) ?? { body: Buffer.from("Not found"), encoding: {}, type: "text/plain" };
    const caching = path.startsWith("/_static/") || path.startsWith("/_images/") ? "max-age=31536000" : "max-age=600";
    response.writeHead(made ? 200 : 404, { "Content-Type": given.type, "Content-Length": given.body.length, "Cache-Control": caching, Vary: "Accept-Encoding", ...given.encoding });
    response.end(given.body);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    weight: (path) => sent.get(decodeURIComponent(path))?.body.length ?? 0,
    close: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }),
  };
}
