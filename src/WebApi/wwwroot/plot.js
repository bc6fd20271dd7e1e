// Small line plots, drawn as SVG by hand. Null values leave a gap.

const WIDTH = 320;
const HEIGHT = 96;
const TOP = 14;
const BOTTOM = 4;
const NS = "http://www.w3.org/2000/svg";

function svg(name, attributes, text) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// The next round number: 1, 2 or 5 times a power of ten.
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value * 0.999);
}

// From a value to its height between 0 and 1, with the values at the bottom and at the top.
function scaleOf(values, floor, logarithmic) {
  const top = ceiling(Math.max(floor, ...values));
  if (!logarithmic) return { bottom: 0, top, height: (value) => value / top };
  const bottom = 10 ** Math.floor(Math.log10(Math.min(top / 10, ...values.filter((value) => value > 0))));
  const high = 10 ** Math.ceil(Math.log10(top));
  return { bottom, top: high, height: (value) => Math.max(0, Math.log(value / bottom) / Math.log(high / bottom)) };
}

function pathOf(values, slots, height) {
  const x = (i) => ((slots - values.length + i) * WIDTH) / Math.max(1, slots - 1);
  const y = (value) => HEIGHT - BOTTOM - height(value) * (HEIGHT - TOP - BOTTOM);
  let path = "";
  let pen = "M";
  values.forEach((value, i) => {
    if (value === null) {
      pen = "M";
      return;
    }

    // A point between two gaps is drawn as a short dash.
    const alone = pen === "M" && (i === values.length - 1 || values[i + 1] === null);
    path += `${pen}${(x(i) - (alone ? 1.5 : 0)).toFixed(1)} ${y(value).toFixed(1)}`;
    if (alone) path += `h3`;
    pen = "L";
  });
  return path;
}

// A plot in a figure: draw(lines) takes one list of values a line, oldest first.
export function plot(figure, { title, lines, unit, slots = 90, floor, logarithmic = false }) {
  const caption = document.createElement("figcaption");
  const name = document.createElement("span");
  const now = document.createElement("b");
  name.textContent = title;
  caption.append(name, now);
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  const label = document.createElement("span");
  const legend = document.createElement("div");
  legend.className = "legend";
  lines.forEach((line, i) => {
    const entry = document.createElement("span");
    const mark = document.createElement("i");
    mark.className = `key-${i}`;
    entry.append(mark, line);
    legend.append(entry);
  });
  label.className = "scale";
  legend.append(label);
  figure.replaceChildren(caption, picture, legend);

  return (series, current) => {
    const scale = scaleOf(series.flat().filter((value) => value !== null), floor, logarithmic);
    const half = (TOP + HEIGHT - BOTTOM) / 2;
    picture.replaceChildren(
      ...[TOP, half, HEIGHT - BOTTOM].map((y) => svg("path", { class: "grid", d: `M0 ${y}H${WIDTH}` })),
      ...series.map((values, i) => svg("path", { class: `line-${i}`, d: pathOf(values, slots, scale.height) })).reverse(),
    );
    label.textContent = `${unit(scale.bottom)} to ${unit(scale.top)}`;
    now.textContent = current;
    picture.setAttribute("aria-label", `${title}, now ${current}`);
    figure.dataset.points = series[0].filter((value) => value !== null).length;
    figure.dataset.top = scale.top;
  };
}
