// Rows of tables; every text goes in as text.

export const byId = (id) => document.getElementById(id);

// One cell: a text, or an element; label is shown beside it where the table becomes cards.
export function cell(label, content, { number = false, code = false, title = false, actions = false } = {}) {
  const td = document.createElement("td");
  td.dataset.label = label;
  td.className = [number && "n", code && "code", title && "title", actions && "actions"].filter(Boolean).join(" ");
  const wrap = document.createElement("span");
  wrap.append(content);
  td.append(wrap);
  return td;
}

export function row(...cells) {
  const tr = document.createElement("tr");
  tr.append(...cells);
  return tr;
}

export function text(name, content, className = "") {
  const element = document.createElement(name);
  element.textContent = content;
  element.className = className;
  return element;
}
