// Schedules: when each fires next, what its last batch became, and buttons for those who may change them.

import { get } from "./api.js";
import { action, reason, replaceRows, showOutcome, statePill } from "./batches.js";
import { ago, span } from "./format.js";
import { byId, cell, row, text } from "./table.js";

export async function showSchedules(mayChange, refresh) {
  const { schedules } = await get("/api/schedules");
  byId("schedule-list").hidden = schedules.length === 0;
  byId("no-schedules").hidden = schedules.length > 0;
  const done = (error) => {
    showOutcome("schedule-problem", error);
    refresh();
  };
  replaceRows(byId("schedule-rows"), schedules.map((schedule) => scheduleRow(schedule, mayChange, done)));
}

function scheduleRow(schedule, mayChange, done) {
  const name = document.createElement("span");
  name.append(text("b", schedule.name), text("span", ` ${schedule.manifest.function}`, "quiet"));
  return row(
    cell("Schedule", name, { title: true }),
    cell("Times", times(schedule)),
    cell("Next", next(schedule)),
    cell("Last", last(schedule)),
    cell("", buttons(schedule, mayChange, done), { actions: true }),
  );
}

function times(schedule) {
  if (schedule.everySeconds) return schedule.everySeconds === 1 ? "every second" : `every ${span(schedule.everySeconds)}`;
  const whole = document.createElement("span");
  whole.append(text("span", schedule.cron, "code"), text("span", ` ${schedule.timeZone}`, "quiet"));
  return whole;
}

function next(schedule) {
  if (schedule.paused) return text("span", "paused", "pill warn");
  if (!schedule.nextFireAt) return text("span", "never again", "quiet");
  const seconds = (new Date(schedule.nextFireAt) - Date.now()) / 1000;
  const when = text("span", seconds < 1 ? "now" : `in ${span(seconds)}`);
  when.title = new Date(schedule.nextFireAt).toLocaleString();
  return when;
}

function last(schedule) {
  const whole = document.createElement("span");
  if (schedule.lastBatch) whole.append(statePill(schedule.lastBatch.state));
  whole.append(text("span", schedule.previousFireAt ? ` ${ago(schedule.previousFireAt)}` : " not fired yet", "quiet"));
  if (schedule.lastError) whole.append(reason(schedule.lastError));
  return whole;
}

function buttons(schedule, mayChange, done) {
  const all = document.createElement("span");
  all.className = "row";
  if (!mayChange) return all;
  const path = `/api/schedules/${schedule.name}`;
  const turn = schedule.paused ? "resume" : "pause";
  all.append(
    action("Run now", schedule.name, `${path}/run`, done),
    action(schedule.paused ? "Resume" : "Pause", schedule.name, `${path}/${turn}`, done),
  );
  return all;
}
