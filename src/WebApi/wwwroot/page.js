// The page behind "/": what is registered, how it is called, how fast it answers. Everything is read from the service's
// own API, and every text goes into the page as text.
"use strict";

const byId = (id) => document.getElementById(id);
const points = { rates: [], means: [], loads: [] };
let before = null;
let chosen = null;

async function json(path, options) {
  const response = await fetch(path, options);
  const text = await response.text();
  return { ok: response.ok, status: response.status, body: text ? JSON.parse(text) : null };
}

function row(cells, onClick) {
  const tr = document.createElement("tr");
  for (const { text, number } of cells) {
    const td = tr.insertCell();
    td.textContent = text;
    if (number) td.className = "n";
  }
  if (onClick) {
    tr.className = "pick";
    tr.addEventListener("click", onClick);
  }
  return tr;
}

// Samples of Prometheus text: name, labels, value.
function parseMetrics(text) {
  return [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(([, name, labels, value]) => ({
    name,
    labels: Object.fromEntries([...(labels ?? "").matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text])),
    value: Number(value),
  }));
}

const total = (samples, name) => samples.filter((s) => s.name === name).reduce((sum, s) => sum + s.value, 0);

function plot(id, value, show) {
  const series = points[id];
  series.push(value);
  if (series.length > 60) series.shift();
  const top = Math.max(...series, 1e-9);
  const line = series.map((v, i) => `${(i * 300) / 59},${78 - (v / top) * 74}`).join(" ");
  byId(id).innerHTML = `<polyline points="${line}"></polyline>`;
  byId(show).textContent = value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

async function measure() {
  const samples = parseMetrics(await (await fetch("/metrics")).text());
  const now = {
    time: performance.now(),
    answers: total(samples, "torch2jax_http_requests_total"),
    calls: total(samples, "torch2jax_call_duration_seconds_count"),
    seconds: total(samples, "torch2jax_call_duration_seconds_sum"),
  };
  if (before) {
    plot("rates", ((now.answers - before.answers) * 1000) / (now.time - before.time), "rate");
    const calls = now.calls - before.calls;
    plot("means", calls > 0 ? ((now.seconds - before.seconds) * 1000) / calls : 0, "mean");
  }
  plot("loads", total(samples, "torch2jax_calls_running") + total(samples, "torch2jax_calls_waiting"), "load");
  before = now;
  return samples;
}

async function listFunctions(samples) {
  const prefix = encodeURIComponent(byId("prefix").value);
  const page = await json(`/api/functions?limit=50&prefix=${prefix}`);
  if (!page.ok) return;
  const of = (name, reference) => samples.find((s) => s.name === name && s.labels.function === reference)?.value ?? 0;
  const rows = page.body.functions.map((f) => {
    const reference = `${f.name}@${f.version}`;
    const calls = of("torch2jax_call_duration_seconds_count", reference);
    const mean = calls ? ((of("torch2jax_call_duration_seconds_sum", reference) * 1000) / calls).toPrecision(3) : "";
    const cells = [f.name, f.signature, f.version, calls, mean, f.shapeKey ?? ""];
    return row(cells.map((text, i) => ({ text, number: i > 1 && i < 5 })), () => choose(f));
  });
  byId("functions").replaceChildren(...rows);
  byId("more").textContent = page.body.nextCursor ? "The first 50 are shown; type the beginning of a name." : rows.length ? "" : "Nothing is registered yet.";
}

async function choose(f) {
  if (chosen !== f.name) {
    byId("body").value = JSON.stringify({ args: (f.exampleArgs ?? []).map(fill) }, null, 1);
    byId("answer").textContent = "";
  }
  chosen = f.name;
  byId("detail").hidden = false;
  byId("chosen").textContent = `${f.name}@${f.version}`;
  await listShapes();
}

// An example's shapes, with ones for data.
function fill(tree) {
  if (tree === null || typeof tree !== "object") return tree;
  if (Array.isArray(tree)) return tree.map(fill);
  if (typeof tree.dtype === "string" && Array.isArray(tree.shape)) {
    const count = tree.shape.reduce((product, size) => product * size, 1);
    const one = tree.dtype === "bool" ? true : tree.dtype.startsWith("complex") ? [1, 0] : 1;
    return count <= 10000 ? { ...tree, data: Array(count).fill(one) } : tree;
  }
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, fill(value)]));
}

async function listShapes() {
  if (!chosen) return;
  const entries = await json(`/api/functions/${encodeURIComponent(chosen)}/shape-cache`);
  if (!entries.ok) return;
  const rows = entries.body.entries.map((e) =>
    row([{ text: e.shapeKey }, { text: e.program }, { text: e.device }, { text: e.hits, number: true }, { text: new Date(e.lastUsedAt).toLocaleString() }]),
  );
  byId("shapes").replaceChildren(...rows);
}

byId("call").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await json(`/api/functions/${encodeURIComponent(chosen)}/invoke`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: byId("body").value,
  });
  byId("answer").textContent = `${answer.status}\n${JSON.stringify(answer.body, null, 1)}`;
  await listShapes();
});

async function refresh() {
  try {
    const ready = await json("/health/ready");
    byId("state").textContent = ready.ok ? `ready, database ${ready.body.database}` : ready.body.detail;
    byId("state").className = `pill ${ready.ok ? "good" : "bad"}`;
    const samples = await measure();
    await listFunctions(samples);
    await listShapes();
  } catch (error) {
    byId("state").textContent = `no answer (${error.message})`;
    byId("state").className = "pill bad";
  }
}

async function start() {
  const devices = await json("/api/devices");
  if (devices.ok) byId("devices").textContent = `${devices.body.devices.map((d) => d.name).join(", ")} - libtorch ${devices.body.libtorch}`;
  await refresh();
  setInterval(refresh, 2000);
}

byId("prefix").addEventListener("input", refresh);
start();
