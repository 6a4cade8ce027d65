import { chromium } from "playwright-core";
const O = process.argv[2];
const b = await chromium.launch({executablePath:"/usr/bin/chromium", args:["--no-sandbox","--disable-gpu","--disable-quic"]});
const c = await b.newContext({viewport:{width:390,height:844}, isMobile:true, hasTouch:true, permissions:["clipboard-read","clipboard-write"]});
const t = await c.newPage(); t.setDefaultTimeout(15000); t.on("pageerror", e=>console.log("ERR",e.message));
const go = async p => { await t.goto(`${O}/${p}`); await t.waitForLoadState("networkidle"); };
const inView = async loc => { const r = await loc.boundingBox(); return r && r.y >= 0 && r.y < 844 ? `on screen at ${Math.round(r.y)}` : `NOT on screen (${r && Math.round(r.y)})`; };
// 1 cite a chapter
for (const p of ["notebooks/triangulation.html","book/nl/triangulation.html"]) {
 await go(p); const cite = t.locator('a[href="#cite-this"]').first(); console.log("cite link", p, await inView(cite)); await cite.tap(); await t.waitForTimeout(400);
 const copy = t.locator(".cite-box .cite-copy").first(); console.log("  copy button", await inView(copy)); 
 for (const k of await t.locator(".cite-box .cite-copy").all()) { await k.tap(); await t.waitForTimeout(150); console.log("   clip:", (await t.evaluate(()=>navigator.clipboard.readText())).slice(0,260).replace(/\n/g," ")); }
}
// 2 recovery in 2007
for (const p of ["book/index.html","book/samenvatting.html"]) { await go(p); const s = t.locator(".num", {hasText:"60%"}).first(); console.log("recovery", p, await inView(s)); }
// 3 councillors, 5 finding 7
for (const [p,n] of [["book/index.html",8],["book/samenvatting.html",8],["book/index.html",7],["book/samenvatting.html",7]]) { await go(p); const a = t.locator(".finding-links a, nav a, p a").filter({hasText:new RegExp(`^\\s*${n}\\s*$`)}).first(); console.log(`finding ${n}`, p, await inView(a)); await a.tap(); await t.waitForTimeout(500);
 const id = decodeURIComponent(new URL(t.url()).hash.slice(1)); const target = t.locator(`[id="${id}"]`).first(); const r = await target.boundingBox(); console.log("  after one tap:", id, Math.round(r.y)); console.log("  screen:", (await t.evaluate(()=>{const out=[];for(const e of document.querySelectorAll("main dt, main dd, main p, main h2, main h3, main strong")){const r=e.getBoundingClientRect();if(r.top>=0&&r.bottom<=844&&r.height)out.push(e.innerText.trim());}return out.join(" / ");})).slice(0,700)); }
// 4 figure data in Excel
for (const p of ["notebooks/triangulation.html","book/nl/triangulation.html"]) { await go(p); const d = t.locator("figure.published-figure ~ .published-below details.data, .published-below details.data").first(); const s = d.locator("summary"); await s.scrollIntoViewIfNeeded(); await s.tap(); const x = d.locator('a[href$=".xlsx"]'); console.log("excel", p, await inView(x)); const [dl] = await Promise.all([t.waitForEvent("download"), x.tap()]); console.log("  saved", dl.suggestedFilename()); }
// 6 print
for (const p of ["notebooks/support.html","book/nl/support.html","book/beleidsblad.html","book/briefing.html"]) { const q = await (await b.newContext()).newPage(); await q.goto(`${O}/${p}`); await q.waitForLoadState("networkidle"); const pdf = (await q.pdf({preferCSSPageSize:true})).toString("latin1"); console.log("print", p, pdf.match(/\/Type\s*\/Page\b/g)?.length, "pages"); await q.close(); }
// heights
import { readdirSync } from "node:fs";
const site = process.argv[3]; const rows=[];
for (const f of [...readdirSync(site+"/notebooks").filter(x=>x.endsWith(".html")).map(x=>"notebooks/"+x), ...readdirSync(site+"/book/nl").filter(x=>x.endsWith(".html")).map(x=>"book/nl/"+x), "book/index.html","book/samenvatting.html"]) { await go(f); rows.push([f, await t.evaluate(()=>document.documentElement.scrollHeight/844), await t.evaluate(()=>document.documentElement.scrollWidth)]); }
for (const [f,h,w] of rows) console.log("height", f, h.toFixed(1), w>390?"WIDE "+w:"");
await b.close();
