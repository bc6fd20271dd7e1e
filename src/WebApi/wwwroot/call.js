// The form that calls a function.

import { Problem, functionPath, post } from "./api.js";
import { prefill, write } from "./examples.js";
import { layOut, milliseconds } from "./format.js";
import { byId, text } from "./table.js";

const PRESETS = {
  grad: { grad: { argnums: 0 } },
  valueAndGrad: { valueAndGrad: { argnums: 0 } },
  jacrev: { jacrev: { argnums: 0 } },
  jacfwd: { jacfwd: { argnums: 0 } },
  hessian: { hessian: { argnums: 0 } },
  vmap: { vmap: { inAxes: 0 } },
};

let reference = null;
let called = () => {};

export function startCall(onCalled) {
  called = onCalled;
  byId("call").addEventListener("submit", submit);
  const clear = preset("none", () => "[]");
  const adding = Object.entries(PRESETS).map(([name, one]) => preset(name, (list) => JSON.stringify([...list, one])));
  byId("presets").replaceChildren(clear, ...adding);
}

// Fills the form for a function; what was typed for another is gone.
export function fillCall(details, entries) {
  reference = `${details.name}@${details.version}`;
  const { args, from } = prefill(details, entries);
  byId("args").value = write(args);
  byId("filled").textContent = from;
  byId("transforms").value = "[]";
  byId("sent").textContent = "";
  byId("answer").hidden = true;
}

function preset(name, change) {
  const button = text("button", name === "none" ? name : `+ ${name}`, "plain chip");
  button.type = "button";
  button.addEventListener("click", () => {
    const field = byId("transforms");
    let list = [];
    try {
      list = JSON.parse(field.value || "[]");
    } catch {
      // What is there is no list: the preset takes its place.
    }

    field.value = change(Array.isArray(list) ? list : []);
  });
  return button;
}

// The body is put together as text: numbers go out as they were typed.
function body() {
  const transforms = byId("transforms").value.trim() || "[]";
  const args = byId("args").value.trim() || "[]";
  for (const [name, json] of [["Arguments", args], ["Transforms", transforms]]) {
    try {
      JSON.parse(json);
    } catch (error) {
      throw new Error(`${name}: this is not JSON (${error.message}).`);
    }
  }

  return `{"args":${args},"transforms":${transforms}}`;
}

async function submit(event) {
  event.preventDefault();
  const target = reference;
  byId("send").disabled = true;
  byId("sent").textContent = "running";
  const began = performance.now();
  try {
    const answer = await post(`${functionPath(target)}/invoke`, body());
    if (target === reference) showAnswer(answer, performance.now() - began);
  } catch (error) {
    if (target === reference) showProblem(error);
  } finally {
    byId("send").disabled = false;
  }

  called();
}

function showAnswer({ body: answer, text: raw }, took) {
  byId("sent").textContent = `answered in ${milliseconds(took)}`;
  chips(
    [answer.cache, answer.cache === "hit" || answer.cache === "restored" ? "good" : "warn", "What the shape cache knew"],
    [`${milliseconds(answer.elapsedMs)} in the engine`, "", "Time without transport"],
    [answer.function, "", "Function and version"],
    [answer.shapeKey, "", "Shapes of the arguments"],
    ...answer.warnings.map((warning) => [warning, "warn", "Warning"]),
  );
  byId("problem").hidden = true;
  byId("outputs").hidden = false;
  byId("outputs").textContent = layOut(outputsOf(raw));
  byId("answer").hidden = false;
}

function showProblem(error) {
  byId("sent").textContent = "";
  const known = error instanceof Problem;
  chips(...(known ? [[String(error.status), "bad", "Status"], [error.code, "bad", "Code"]] : []));
  byId("problem").textContent = known && error.path ? `${error.path}: ${error.message}` : error.message;
  byId("problem").hidden = false;
  byId("outputs").hidden = true;
  byId("answer").hidden = false;
}

function chips(...all) {
  byId("outcome").replaceChildren(
    ...all.map(([content, kind, title]) => {
      const chip = text("span", content, `pill ${kind}`);
      chip.title = title;
      return chip;
    }),
  );
}

// The outputs as the service wrote them: every digit of an int64 stays.
function outputsOf(raw) {
  const start = raw.indexOf('"outputs":') + '"outputs":'.length;
  const end = raw.lastIndexOf(',"treedef":');
  return raw.slice(start, end);
}
