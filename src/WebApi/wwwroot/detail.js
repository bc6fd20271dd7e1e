// One function: its versions, its shape cache, its own plots, and the form that calls it.

import { functionPath, get } from "./api.js";
import { fillCall, startCall } from "./call.js";
import { ago, count, milliseconds, rate } from "./format.js";
import { plot } from "./plot.js";
import { byId, cell, row } from "./table.js";

let name = null;
let version = null;
let drawCalls, drawLatency;

export const chosen = () => name;

export function startDetail(onClose) {
  drawCalls = plot(byId("plot-function-calls"), { title: "Calls a second", lines: ["answered", "failed"], unit: rate, floor: 1 });
  drawLatency = plot(byId("plot-function-latency"), { title: "Latency, p50 of a minute", lines: ["p50", "p95"], unit: milliseconds, floor: 0.1, logarithmic: true });
  startCall(() => refreshDetail());
  byId("version").addEventListener("change", () => load(name, byId("version").value, false));
  byId("close").addEventListener("click", () => {
    name = null;
    byId("detail").hidden = true;
    onClose();
  });
}

// Shows a function; the newest version, with the list of the others to choose from.
export async function choose(next) {
  name = next;
  await load(next, null, true);
}

async function load(of, asked, jump) {
  const reference = asked ? `${of}@${asked}` : of;
  const [details, { versions }, { entries }] = await Promise.all([
    get(functionPath(reference)),
    get(`${functionPath(of)}/versions`),
    get(`${functionPath(reference)}/shape-cache`),
  ]);
  if (name !== of) return;
  version = details.version;
  byId("chosen").textContent = details.name;
  byId("signature").textContent = details.signature;
  byId("about").textContent = [details.description, `${details.kind}, vmap ${details.vmapMethod}, registered ${ago(details.createdAt)}`]
    .filter(Boolean)
    .join(" · ");
  byId("version").replaceChildren(
    ...versions.toReversed().map((one) => new Option(String(one.version), String(one.version), false, one.version === version)),
  );
  fillCall(details, entries);
  showEntries(entries);
  byId("detail").hidden = false;
  await refreshDetail();
  if (jump) {
    byId("chosen").focus({ preventScroll: true });
    byId("detail").scrollIntoView();
  }
}

export async function refreshDetail() {
  if (name === null || version === null) return;
  const reference = `${name}@${version}`;
  const [statistics, { entries }] = await Promise.all([
    get(`${functionPath(reference)}/statistics`),
    get(`${functionPath(reference)}/shape-cache`),
  ]);
  if (reference !== `${name}@${version}`) return;
  const { series } = statistics;
  drawCalls([series.callsPerSecond, series.failedPerSecond], `${rate(statistics.callsPerSecond)} /s`);
  drawLatency([series.p50Ms, series.p95Ms], milliseconds(statistics.p50Ms));
  showEntries(entries);
}

function showEntries(entries) {
  byId("cache").hidden = entries.length === 0;
  byId("no-entries").hidden = entries.length > 0;
  byId("entries").replaceChildren(
    ...entries.map((entry) =>
      row(
        cell("Shapes", entry.shapeKey || "no arrays", { code: true }),
        cell("Program", programOf(entry.program)),
        cell("Device", entry.device),
        cell("Hits", count(entry.hits), { number: true }),
        cell("Last used", ago(entry.lastUsedAt)),
      ),
    ),
  );
}

const STEPS = { B: "vmap", G: "grad", J: "jvp", R: "jacrev", S: "sharded", V: "vjp", W: "jacfwd" };

// The engine's text of a program in the words of the transforms: a line for the arguments, then one a step.
function programOf(program) {
  const steps = program
    .split("\n")
    .slice(1)
    .map((line) => (line.startsWith("G value=1") ? "valueAndGrad" : STEPS[line[0]]))
    .filter(Boolean);
  return steps.length ? steps.join(", then ") : "plain";
}
