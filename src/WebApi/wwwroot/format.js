// Numbers, times and JSON as people read them.

// So many digits at most, without zeros at the end.
const digits = (value, most) => String(Number(value.toPrecision(most)));

export function count(value) {
  if (value >= 1e6) return `${digits(value / 1e6, 3)} M`;
  return value >= 1e4 ? `${digits(value / 1e3, 3)} k` : String(value);
}

export function rate(value) {
  if (value === 0) return "0";
  return value >= 100 ? count(Math.round(value)) : digits(value, 2);
}

export function milliseconds(value) {
  if (value === null || value === undefined) return "–";
  if (value >= 1000) return `${digits(value / 1000, 3)} s`;
  return value >= 1 ? `${digits(value, 3)} ms` : `${Math.round(value * 1000)} µs`;
}

export function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${value >= 100 || unit === 0 ? Math.round(value) : digits(value, 3)} ${units[unit]}`;
}

export function span(seconds) {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor((seconds % 86400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min` : `${Math.floor(seconds)} s`;
}

export function ago(time) {
  const seconds = Math.max(0, (Date.now() - new Date(time).getTime()) / 1000);
  return seconds < 5 ? "just now" : `${span(seconds)} ago`;
}

// JSON text laid out anew without reading its numbers (int64 would lose digits): lists without objects in them stay
// together, everything else gets a line of its own.
export function layOut(text) {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let out = "";
  let depth = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === "[" || token === "{") {
      const end = closing(tokens, i);
      if (end === i + 1 || isFlat(tokens, i, end)) {
        out += tokens.slice(i, end + 1).join("").replaceAll(",", ", ");
        i = end;
        continue;
      }

      depth++;
      out += token + newLine(depth);
    } else if (token === "]" || token === "}") {
      depth--;
      out += newLine(depth) + token;
    } else {
      out += token === "," ? token + newLine(depth) : token === ":" ? ": " : token;
    }
  }

  return out;
}

const newLine = (depth) => `\n${"  ".repeat(depth)}`;

function closing(tokens, start) {
  let depth = 0;
  for (let i = start; i < tokens.length; i++) {
    if (tokens[i] === "[" || tokens[i] === "{") depth++;
    if (tokens[i] === "]" || tokens[i] === "}") depth--;
    if (depth === 0) return i;
  }

  return tokens.length - 1;
}

function isFlat(tokens, start, end) {
  if (tokens[start] === "{") return false;
  for (let i = start; i < end; i++) if (tokens[i] === "{" || tokens[i].startsWith('"')) return false;
  return true;
}
