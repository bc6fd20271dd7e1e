// The list of functions, each with what its last minute was like.

import { get } from "./api.js";
import { count, milliseconds, rate } from "./format.js";
import { byId, cell, row, text } from "./table.js";

const PAGE = 50;

const EXAMPLE = {
  name: "double",
  source: "def double(x: Tensor) -> Tensor:\n    return x + x\n",
  exampleArgs: [{ dtype: "float32", shape: [3] }],
};

function command() {
  const body = JSON.stringify(EXAMPLE).replaceAll("'", "'\\''");
  return `curl -sS ${location.origin}/api/functions -H 'Content-Type: application/json' \\\n  -d '${body}'`;
}

export function startFunctions() {
  byId("curl").textContent = command();
  byId("copy").addEventListener("click", async () => {
    await navigator.clipboard.writeText(command());
    byId("copy").textContent = "Copied";
  });
}

// Reads and shows the list; onChoose gets the name of a function that was picked.
export async function showFunctions(statistics, chosen, onChoose) {
  const prefix = byId("prefix").value.trim();
  const page = await get(`/api/functions?limit=${PAGE}&prefix=${encodeURIComponent(prefix)}`);
  const numbers = new Map(statistics.functions.map((one) => [one.function, one]));
  const focused = document.activeElement?.dataset?.name;
  byId("rows").replaceChildren(
    ...page.functions.map((one) => functionRow(one, numbers.get(`${one.name}@${one.version}`), chosen, onChoose)),
  );
  if (focused) byId("rows").querySelector(`button[data-name="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });

  const some = page.functions.length > 0;
  byId("list").hidden = !some;
  byId("none").hidden = some || prefix !== "";
  byId("more").hidden = some ? !page.nextCursor : prefix === "";
  byId("more").textContent = some
    ? `The first ${PAGE} are shown; type the beginning of a name to see others.`
    : "No function's name begins with that.";
  return page.functions;
}

function functionRow(one, numbers, chosen, onChoose) {
  const pick = text("button", one.name, "link");
  pick.type = "button";
  pick.dataset.name = one.name;
  pick.setAttribute("aria-pressed", String(one.name === chosen));
  const name = document.createElement("span");
  name.append(pick, text("span", ` @${one.version}`, "quiet"));
  const failed = numbers?.failed ?? 0;
  const tr = row(
    cell("Name", name, { title: true }),
    cell("Signature", one.signature, { code: true }),
    cell("Calls", count(numbers?.calls ?? 0), { number: true }),
    cell("Failed", text("span", count(failed), failed ? "bad" : "quiet"), { number: true }),
    cell("Calls/s", rate(numbers?.callsPerSecond ?? 0), { number: true }),
    cell("p50", milliseconds(numbers?.p50Ms), { number: true }),
    cell("p95", milliseconds(numbers?.p95Ms), { number: true }),
  );
  tr.className = one.name === chosen ? "pick chosen" : "pick";
  tr.addEventListener("click", () => onChoose(one.name));
  return tr;
}
