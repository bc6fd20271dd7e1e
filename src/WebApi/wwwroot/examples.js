// Arguments to begin with: from the function's examples, else from shapes it was called with, else from its signature.

const MANY = 2000;
const SIZES = { bool: 1, int8: 1, uint8: 1, int16: 2, uint16: 2, float16: 2, bfloat16: 2, int32: 4, uint32: 4, float32: 4, int64: 8, uint64: 8, float64: 8, complex64: 8, complex128: 16 };

// The text of the arguments, and where they come from.
export function prefill(details, entries) {
  if (details.exampleArgs) return { args: details.exampleArgs.map(fill), from: "Filled from the function's example." };

  const called = entries.map((entry) => flatArguments(entry)).find((shapes) => shapes);
  if (called) return { args: called.map(fill), from: "Filled from shapes that it was called with." };

  const args = parameters(details.signature).filter(({ optional }) => !optional).map(({ type }) => ofType(type));
  return { args, from: "Filled from its signature; the shapes are a guess." };
}

// One line an argument, its fields together.
export const write = (args) => (args.length ? `[\n${args.map((arg) => `  ${JSON.stringify(arg)}`).join(",\n")}\n]` : "[]");

function fill(tree) {
  if (tree === null || typeof tree !== "object") return tree;
  if (Array.isArray(tree)) return tree.map(fill);
  if (typeof tree.dtype !== "string" || !Array.isArray(tree.shape)) {
    return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, fill(value)]));
  }

  if ("data" in tree || "base64" in tree) return tree;
  const length = tree.shape.reduce((product, size) => product * size, 1);
  if (length <= MANY) return { ...tree, data: Array.from({ length }, (_, i) => value(tree.dtype, i)) };
  const zeros = length * (SIZES[tree.dtype] ?? 1);
  return zeros <= 1 << 20 ? { ...tree, base64: btoa("\0".repeat(zeros)) } : tree;
}

// Numbers that are all different enough to show something; whole ones stay small, since they are often indices.
function value(dtype, i) {
  const wave = Number((((i * 37) % 23) / 11 - 1).toFixed(2));
  if (dtype === "bool") return i % 2 === 0;
  if (dtype.startsWith("complex")) return [wave, 0];
  return dtype.includes("int") ? i % 2 : wave;
}

// "float32[10, 5], int64[10]" where the arguments are arrays and nothing else.
function flatArguments(entry) {
  const leaves = [...(entry.shapeKey ?? "").matchAll(/(\w+)\[([^\]]*)\]/g)];
  const flat = `PyTreeDef((${leaves.map(() => "*").join(", ")}${leaves.length === 1 ? "," : ""}))`;
  if (leaves.length === 0 || entry.inTree !== flat) return null;
  return leaves.map(([, dtype, shape]) => ({ dtype, shape: shape ? shape.split(",").map(Number) : [] }));
}

// The parameters of "f(x: Tensor, n: int = 3) -> Tensor".
function parameters(signature) {
  const inner = signature.slice(signature.indexOf("(") + 1, closing(signature, signature.indexOf("(")));
  return split(inner).map((part) => {
    const colon = part.indexOf(":");
    const [type, standard] = part.slice(colon + 1).split("=");
    return { type: type.trim(), optional: standard !== undefined };
  });
}

function closing(text, open) {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "(" || text[i] === "[") depth++;
    if ((text[i] === ")" || text[i] === "]") && --depth === 0) return i;
  }

  return text.length;
}

function split(text) {
  const parts = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i <= text.length; i++) {
    if (text[i] === "(" || text[i] === "[") depth++;
    if (text[i] === ")" || text[i] === "]") depth--;
    if (i === text.length || (text[i] === "," && depth === 0)) {
      if (text.slice(from, i).trim()) parts.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }

  return parts;
}

function ofType(type) {
  const inner = type.slice(type.indexOf("[") + 1, -1);
  if (type === "Tensor") return fill({ dtype: "float32", shape: [3] });
  if (type.startsWith("Tuple[")) return { $tuple: split(inner).map(ofType) };
  if (type.startsWith("List[")) return [ofType(inner)];
  if (type.startsWith("Dict[")) return { key: ofType(split(inner)[1]) };
  if (type.startsWith("Optional[")) return null;
  return { int: 1, float: 1.5, bool: true, str: "" }[type] ?? null;
}
