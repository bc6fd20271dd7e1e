// The latest batches: how far each is, how fast it goes, what failed; and buttons for those who may stop or resume them.

import { get, post } from "./api.js";
import { ago, count, rate, span } from "./format.js";
import { byId, cell, row, text } from "./table.js";

const SHOWN = 20;
const SAMPLES = 10;
const KINDS = { completed: "good", failed: "bad", cancelled: "warn", running: "busy", available: "" };
const seen = new Map();

export const statePill = (state) => text("span", state, `pill ${KINDS[state]}`);

// A button in a row: what it does is sent, and the page looks again.
export function action(label, of, path, onDone) {
  const button = text("button", label, "plain small-button");
  button.type = "button";
  button.dataset.path = path;
  button.setAttribute("aria-label", `${label} ${of}`);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await post(path, "{}");
      onDone(null);
    } catch (error) {
      onDone(error);
    }
  });
  return button;
}

// Why something failed, in a line: of a traceback its last one, and the whole where the pointer rests.
export function reason(error) {
  const lines = error.detail.split("\n").map((line) => line.trim()).filter(Boolean);
  const chunk = /^Chunk \d+: /.exec(error.detail)?.[0] ?? "";
  const line = text("span", lines.length > 1 ? chunk + lines.at(-1) : error.detail, "bad small-line");
  line.title = error.detail;
  return line;
}

// Rows made anew keep the button that a person is at.
export function replaceRows(body, rows) {
  const path = document.activeElement?.dataset?.path;
  body.replaceChildren(...rows);
  if (path) body.querySelector(`button[data-path="${CSS.escape(path)}"]`)?.focus({ preventScroll: true });
}

export function showOutcome(id, error) {
  byId(id).hidden = error === null;
  byId(id).textContent = error === null ? "" : `${error.message}${error.code ? ` (${error.code})` : ""}`;
}

export async function showBatches(mayChange, refresh) {
  const { batches } = await get(`/api/batches?limit=${SHOWN}`);
  byId("batch-list").hidden = batches.length === 0;
  byId("no-batches").hidden = batches.length > 0;
  const done = (error) => {
    showOutcome("batch-problem", error);
    refresh();
  };
  replaceRows(byId("batch-rows"), batches.map((batch) => batchRow(batch, mayChange, done)));
  const ids = new Set(batches.map((batch) => batch.id));
  for (const id of seen.keys()) if (!ids.has(id)) seen.delete(id);
}

function batchRow(batch, mayChange, done) {
  const speed = speedOf(batch);
  const name = document.createElement("span");
  name.append(text("b", batch.name), text("span", ` ${batch.function}`, "quiet"));
  name.append(text("span", `${batch.schedule ? `schedule ${batch.schedule}, ` : ""}made ${ago(batch.createdAt)}`, "quiet small-line"));
  return row(
    cell("Batch", name, { title: true }),
    cell("State", stateOf(batch)),
    cell("Progress", progressOf(batch)),
    cell("Chunks/s", speed === null ? "–" : rate(speed), { number: true }),
    cell("Left", left(batch, speed), { number: true }),
    cell("Failed", text("span", count(batch.chunks.discarded), batch.chunks.discarded ? "bad" : "quiet"), { number: true }),
    cell("", buttons(batch, mayChange, done), { actions: true }),
  );
}

function stateOf(batch) {
  const state = document.createElement("span");
  state.append(statePill(batch.state));
  if (batch.error) state.append(reason(batch.error));
  else if (batch.chunks.retryable) state.append(text("span", `${count(batch.chunks.retryable)} to be tried again`, "quiet small-line"));
  return state;
}

const closed = (batch) => batch.chunks.completed + batch.chunks.discarded;

function progressOf(batch) {
  const whole = document.createElement("span");
  whole.className = "progress";
  const bar = document.createElement("progress");
  bar.max = batch.chunks.total;
  bar.value = closed(batch);
  bar.setAttribute("aria-label", `Progress of ${batch.name}`);
  whole.append(bar, text("span", `${count(closed(batch))} of ${count(batch.chunks.total)}`, "quiet"));
  return whole;
}

// Over the last looks of a running batch, over its whole life once it is complete.
function speedOf(batch) {
  if (batch.state === "completed") {
    const seconds = (new Date(batch.finalizedAt) - new Date(batch.createdAt)) / 1000;
    return seconds > 0 ? batch.chunks.total / seconds : null;
  }

  if (batch.state !== "running") {
    seen.delete(batch.id);
    return null;
  }

  const samples = seen.get(batch.id) ?? [];
  samples.push({ at: performance.now(), closed: closed(batch) });
  if (samples.length > SAMPLES) samples.shift();
  seen.set(batch.id, samples);
  const [first, last] = [samples[0], samples.at(-1)];
  return last.at > first.at ? ((last.closed - first.closed) * 1000) / (last.at - first.at) : null;
}

function left(batch, speed) {
  if (batch.state !== "running" || !speed) return "–";
  return span(Math.max(1, (batch.chunks.total - closed(batch)) / speed));
}

function buttons(batch, mayChange, done) {
  const all = document.createElement("span");
  all.className = "row";
  const path = `/api/batches/${batch.id}`;
  if (mayChange && ["available", "running"].includes(batch.state)) all.append(action("Cancel", batch.name, `${path}/cancel`, done));
  if (mayChange && ["failed", "cancelled"].includes(batch.state)) all.append(action("Resume", batch.name, `${path}/resume`, done));
  return all;
}
