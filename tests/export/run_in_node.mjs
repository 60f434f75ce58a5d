// Runs the module of docs/export.md as a browser would: node run_in_node.mjs MODULE JOB.json
// JOB: resized {file, width, height}, jobs [{box, size_hw, out}]; masks go to the files `out`, scores to stdout as JSON.
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

// A page fetches the graphs; here they lie in the working directory.
const fetched = globalThis.fetch;
globalThis.fetch = async (address, ...options) =>
  /^[a-z]+:/.test(String(address)) ? fetched(address, ...options) : new Response(await readFile(String(address)));

const [module, description] = process.argv.slice(2);
const { embed, segment } = await import(pathToFileURL(module));
const { resized, jobs } = JSON.parse(await readFile(description, "utf8"));
const embedding = await embed({ ...resized, data: new Uint8ClampedArray(await readFile(resized.file)) });
const scores = [];
for (const { box, size_hw, out } of jobs) {
  const { mask, score } = await segment(embedding, box, size_hw);
  await writeFile(out, mask);
  scores.push(score);
}
console.log(JSON.stringify(scores));
