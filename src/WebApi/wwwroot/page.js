// The page behind "/": what is registered, how it is called, how fast it answers. Everything is read from the service's
// own API, again every two seconds while somebody looks.

import { Away, Problem, get, key, signOut } from "./api.js";
import { showBatches } from "./batches.js";
import { choose, chosen, refreshDetail, startDetail } from "./detail.js";
import { bytes, count, milliseconds, rate, span } from "./format.js";
import { showFunctions, startFunctions } from "./functions.js";
import { plot } from "./plot.js";
import { showSchedules } from "./schedules.js";
import { byId, text } from "./table.js";

const EVERY_MS = 2000;
const draw = {};
let devices = null;
let timer = null;
let round = 0;

function state(label, kind, banner = "") {
  byId("state").textContent = label;
  byId("state").className = `pill ${kind}`;
  byId("banner").textContent = banner;
  byId("banner").hidden = banner === "";
}

function showKeyForm(open) {
  byId("key-form").hidden = !open;
  byId("key-open").setAttribute("aria-expanded", String(open));
  if (open) byId("key").focus();
}

// Health needs no key, so that what is wrong can be said without one.
async function readHealth() {
  try {
    return { ready: true, ...(await get("/health/ready")) };
  } catch (error) {
    if (error instanceof Problem && error.status === 503) return { ready: false, detail: error.message, parts: error.parts };
    throw error;
  }
}

function showNumbers(statistics, health) {
  const { series } = statistics;
  draw.calls([series.callsPerSecond, series.failedPerSecond], `${rate(statistics.callsPerSecond)} /s`);
  draw.latency([series.p50Ms, series.p95Ms], milliseconds(statistics.p50Ms));
  const load = (health.queues ?? []).reduce((sum, one) => ({ running: sum.running + one.running, waiting: sum.waiting + one.waiting }), { running: 0, waiting: 0 });
  draw.load([series.running, series.waiting], `${load.running} + ${load.waiting}`);
  const facts = [
    ["Devices", devices ? devices.devices.map((one) => one.name).join(", ") : "–"],
    ["libtorch", devices?.libtorch ?? "–"],
    ["Database", `${health.parts?.database ?? "–"}${health.queuedWrites ? `, ${count(health.queuedWrites)} to be written` : ""}`],
    ["p99", milliseconds(statistics.p99Ms)],
    ["Memory", bytes(statistics.residentBytes)],
    ["Tensors alive", count(statistics.tensors)],
    ["Answers", count(statistics.requests)],
    ["Up", span(statistics.uptimeSeconds)],
  ];
  if (statistics.stuckCalls) facts.push(["Stuck calls", count(statistics.stuckCalls)]);
  byId("facts").replaceChildren(
    ...facts.map(([name, value]) => {
      const pair = document.createElement("div");
      pair.append(text("dt", name), text("dd", value));
      return pair;
    }),
  );
}

// Batches and schedules, where this service has them.
async function showUnattended() {
  const { role, batches } = await get("/session");
  byId("unattended").hidden = !batches;
  if (!batches) return;
  await showBatches(role === "author" || role === "admin", refresh);
  await showSchedules(role === "admin", refresh);
}

async function look() {
  const health = await readHealth();
  devices ??= await get("/api/devices");
  const prefix = encodeURIComponent(byId("prefix").value.trim());
  const statistics = await get(`/api/statistics?limit=200&prefix=${prefix}`);
  showNumbers(statistics, health);
  if (!health.parts || health.parts.engine === "ready") {
    await showFunctions(statistics, chosen(), (name) => pick(name));
    await refreshDetail();
    await showUnattended();
  }

  if (!health.ready) state("not ready", "warn", health.detail);
  else if (health.parts.database === "available") state("ready", "good");
  else state("ready, database away", "warn", "The database is away: known functions answer, nothing can be registered.");
}

function tell(error) {
  if (error instanceof Away) {
    devices = null;
    state("away", "bad", `${error.message} This page asks again every two seconds.`);
  } else if (error instanceof Problem && error.status === 401) {
    const wrong = key.get() !== "";
    state("key needed", "warn", wrong ? "This service does not take that key." : "This service wants a key.");
    if (byId("key-form").hidden && !wrong) showKeyForm(true);
  } else if (error instanceof Problem) {
    state("error", "bad", `${error.message} (${error.code})`);
  } else {
    throw error;
  }
}

// One look at a time; a newer one, asked for by a person, takes the place of the timer's.
async function refresh() {
  const mine = ++round;
  clearTimeout(timer);
  try {
    if (!document.hidden) await look();
  } catch (error) {
    tell(error);
  } finally {
    if (mine === round) timer = setTimeout(refresh, EVERY_MS);
  }
}

async function pick(name) {
  history.replaceState(null, "", `#${name}`);
  try {
    await choose(name);
  } catch (error) {
    tell(error);
  }

  await refresh();
}

function start() {
  draw.calls = plot(byId("plot-calls"), { title: "Calls a second", lines: ["answered", "failed"], unit: rate, floor: 1 });
  draw.latency = plot(byId("plot-latency"), { title: "Latency, p50 of a minute", lines: ["p50", "p95"], unit: milliseconds, floor: 0.1, logarithmic: true });
  draw.load = plot(byId("plot-load"), { title: "Running + waiting", lines: ["running", "waiting"], unit: count, floor: 2 });
  startFunctions();
  startDetail(() => {
    history.replaceState(null, "", location.pathname);
    refresh();
  });
  byId("prefix").addEventListener("input", refresh);
  byId("key-open").addEventListener("click", () => showKeyForm(byId("key-form").hidden));
  byId("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    key.set(byId("key").value.trim());
    byId("key").value = "";
    showKeyForm(false);
    refresh();
  });
  byId("key-forget").addEventListener("click", async () => {
    key.set("");
    // The sign-in page's cookie too.
    await fetch("/session", { method: "POST", body: new URLSearchParams({ key: "" }) });
    showKeyForm(false);
    refresh();
  });
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  const asked = decodeURIComponent(location.hash.slice(1));
  if (asked) pick(asked);
  else refresh();
}

start();
