// Readability and Defuddle for benchmarks/read.py: node read_peers.mjs DIR, where DIR/node_modules holds
// @mozilla/readability, jsdom and defuddle. Each line of standard input is {"number", "name", "html", "url"};
// each line of standard output {"number", "found"}: the HTML that the peer of that name found.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const load = createRequire(join(folder, "x.js"));
const { Readability } = load("@mozilla/readability");
const { JSDOM, VirtualConsole } = load("jsdom");
const home = join(folder, "node_modules", "defuddle");
const entry = JSON.parse(readFileSync(join(home, "package.json"), "utf8")).exports["./node"].import;
const { Defuddle } = await import(pathToFileURL(join(home, entry.default ?? entry)).href);
console.log = console.warn = () => {};

for await (const line of createInterface({ input: process.stdin })) {
  let asked;
  try {
    asked = JSON.parse(line);
  } catch {
    continue; // the time for a page was over while it was sent
  }
  const { number, name, html, url } = asked;
  let found = "";
  try {
    const { document } = new JSDOM(html, { url, virtualConsole: new VirtualConsole() }).window;
    found = name === "defuddle" ? (await Defuddle(document, url)).content : new Readability(document).parse()?.content;
  } catch {
    // counts as no text
  }
  process.stdout.write(JSON.stringify({ number, found: found ?? "" }) + "\n");
}
