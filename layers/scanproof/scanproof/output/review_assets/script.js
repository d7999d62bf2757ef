"use strict";
// Everything that comes from the document reaches the page as text or as an attribute that holds no code.
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const decisions = new Map(); // key of an item to {action, text}
const fieldValues = new Map();
let current = -1;
let isSaved = true;

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

const percent = (value) => `${Math.round(100 * value)} %`;
const KINDS = { change: "Changes", doubtful: "Doubtful words", refused: "Refused changes" };

function level(item) {
  if (item.kind !== "change") return item.kind;
  return item.probability >= 0.95 ? "sure" : item.probability >= 0.8 ? "likely" : "unsure";
}

// ---------------------------------------------------------------------------------------------------------- items
const items = [];
for (const page of data.pages) {
  page.lines.forEach((line, index) => {
    for (const item of line.items) {
      items.push(Object.assign(item, { number: items.length, page, line, index, key: `${page.number}:${index}:${item.start}:${item.end}` }));
    }
  });
}

function shown() {
  const filter = byId("filter").value;
  return items.filter((item) => filter === "all" || item.kind === filter || (filter === "open" && !decisions.has(item.key)));
}

function go(step) {
  const list = shown();
  if (!list.length) return;
  const at = list.indexOf(items[current]);
  const next = at < 0 ? (step > 0 ? 0 : list.length - 1) : (at + step + list.length) % list.length;
  select(list[next].number, true);
}

function select(number, focus) {
  for (const old of document.querySelectorAll(".word[aria-current], rect.current")) {
    old.removeAttribute("aria-current");
    old.classList.remove("current");
  }
  current = number;
  const item = items[number];
  const word = byId(`item-${number}`);
  for (const each of [word, ...twins(number)]) each.setAttribute("aria-current", "true");
  const box = byId(`box-${number}`);
  if (box) box.classList.add("current");
  showItem(item);
  if (focus) {
    word.scrollIntoView({ block: "center" });
    word.focus({ preventScroll: true });
  }
}

function showItem(item) {
  byId("item").hidden = false;
  const decided = decisions.get(item.key);
  byId("item-title").textContent = `Page ${item.page.number}, line ${item.index + 1}${decided ? `: ${decided.action}` : ""}`;
  const text = byId("item-text");
  text.replaceChildren();
  const shownText = decided ? decided.text : item.text;
  if (item.raw !== shownText) text.append(element("del", {}, item.raw || "(nothing)"), " → ", element("ins", {}, shownText || "(nothing)"));
  else text.append(shownText);
  byId("item-why").textContent = item.why;
  byId("item-input").value = shownText;
  byId("undo").disabled = item.raw === item.text && !decided;
  crop(item);
}

function crop(item) {
  const place = byId("crop");
  const url = imageUrl(item.page);
  place.hidden = !url || !item.box;
  if (place.hidden) return;
  const [left, top, right, bottom] = item.box;
  const height = place.clientHeight || 72;
  const scale = Math.min(height / Math.max((bottom - top) * 1.6, 1), place.clientWidth / Math.max((right - left) * 1.6, 1), 6);
  place.style.backgroundImage = `url("${url}")`;
  place.style.backgroundSize = `${item.page.width * scale}px ${item.page.height * scale}px`;
  const across = place.clientWidth / 2 - ((left + right) / 2) * scale;
  const down = height / 2 - ((top + bottom) / 2) * scale;
  place.style.backgroundPosition = `${across}px ${down}px`;
}

function decide(action, text) {
  if (current < 0) return;
  const item = items[current];
  decisions.set(item.key, { action, text });
  isSaved = false;
  for (const word of [byId(`item-${current}`), ...twins(current)]) {
    word.textContent = text || "\u00a0";
    word.classList.add("decided");
  }
  showItem(item);
  count();
}

function count() {
  byId("count").textContent = `${decisions.size} of ${items.length} reviewed`;
}

// ---------------------------------------------------------------------------------------------------------- pages
const urls = new Map();
function imageUrl(page) {
  const holder = byId(`image-${page.number}`);
  if (!holder) return null;
  if (!urls.has(page.number)) {
    const bytes = Uint8Array.from(atob(holder.textContent), (character) => character.charCodeAt(0));
    urls.set(page.number, URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" })));
  }
  return urls.get(page.number);
}

const loader = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting) {
      loader.unobserve(entry.target);
      fill(entry.target, data.pages[Number(entry.target.dataset.index)]);
    }
  }
}, { rootMargin: "150%" });

function fill(sheet, page) {
  const url = imageUrl(page);
  if (!url) {
    sheet.append(element("p", { class: "missing" }, "There is no image of this page."));
    return;
  }
  sheet.append(element("img", { src: url, alt: `Page ${page.number} as scanned` }));
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${page.width} ${page.height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  items.forEach((item, number) => {
    if (item.page !== page || !item.box) return;
    const [left, top, right, bottom] = item.box;
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    rect.setAttribute("id", `box-${number}`);
    rect.setAttribute("class", level(item));
    rect.setAttribute("x", left);
    rect.setAttribute("y", top);
    rect.setAttribute("width", Math.max(right - left, 1));
    rect.setAttribute("height", Math.max(bottom - top, 1));
    rect.addEventListener("click", () => select(number, true));
    svg.append(rect);
  });
  sheet.append(svg);
}

function wordButton(item, attributes) {
  const decided = decisions.get(item.key);
  const word = element("button", { type: "button", class: `word ${level(item)}${decided ? " decided" : ""}`, title: item.why, ...attributes });
  word.textContent = (decided ? decided.text : item.text) || "\u00a0";
  word.addEventListener("click", () => select(item.number, false));
  return word;
}

function lineElement(line) {
  return element("p", {}, ...words(line, 0, line.text.length, (item) => ({ id: `item-${item.number}` })));
}

// The text of a line from start to end, its items as buttons.
function words(line, start, end, attributes) {
  const found = [];
  let position = start;
  for (const item of line.items) {
    if (item.start < position || item.end > end) continue;
    found.push(line.text.slice(position, item.start), wordButton(item, attributes(item)));
    position = item.end;
  }
  found.push(line.text.slice(position, end));
  return found;
}

// --------------------------------------------------------------------------------------------------------- tables
const OPEN_CELLS = 2000; // tables of a document with more cells are closed: the browser lays out those only that are open
const cellCount = data.pages.reduce((sum, page) => sum + page.tables.reduce((cells, table) => cells + table.cells.length, 0), 0);

// The buttons of an item in tables: its text stands in the lines and in a cell.
function twins(number) {
  return document.querySelectorAll(`[data-item="${number}"]`);
}

function tableElement(page, table, index) {
  const id = `table-${page.number}-${index}`;
  const title = `Table ${table.number}${table.continues ? ", continued" : ""}: ${counted(table.rows, "row")}, ${counted(table.columns, "column")}`;
  const details = element("details", { class: "found-table" }, element("summary", { id }, title));
  const open = () => details.childElementCount > 1 || details.append(tableGrid(page, table, id));
  details.addEventListener("toggle", () => details.open && open());
  if (cellCount <= OPEN_CELLS) {
    details.open = true;
    open();
  }
  return details;
}

const counted = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

function tableGrid(page, table, id) {
  const rows = Array.from({ length: table.rows }, () => element("tr"));
  for (const [row, , rowSpan, columnSpan, spans] of table.cells) {
    const isHeader = row < table.header_rows;
    const attributes = { rowspan: rowSpan > 1 ? rowSpan : null, colspan: columnSpan > 1 ? columnSpan : null };
    if (isHeader) attributes.scope = columnSpan > 1 ? "colgroup" : "col";
    // A header without a name is an empty cell.
    const cell = element(isHeader && spans.length ? "th" : "td", spans.length ? attributes : { ...attributes, scope: null });
    spans.forEach(([line, start, end], index) => {
      cell.append(index ? " " : "", ...words(page.lines[line], start, end, (item) => ({ "data-item": item.number })));
    });
    rows[row].append(cell);
  }
  const head = element("thead", {}, ...rows.slice(0, table.header_rows));
  const body = element("tbody", {}, ...rows.slice(table.header_rows));
  const grid = element("table", { "aria-labelledby": id }, ...(table.header_rows ? [head, body] : [body]));
  return element("div", { class: "scroll", role: "region", "aria-labelledby": id, tabindex: 0 }, grid);
}

function pageElement(page, index) {
  const sheet = element("div", { class: "sheet", "data-index": index });
  sheet.style.aspectRatio = `${page.width} / ${page.height}`;
  loader.observe(sheet);
  const text = element("div", { class: "text", lang: data.language || "und" }, ...page.lines.map(lineElement));
  text.append(...page.tables.map((table, number) => tableElement(page, table, number)));
  if (!page.lines.length) text.append(element("p", {}, "No text was found on this page."));
  const title = element("h2", { id: `page-${page.number}` }, `Page ${page.number}${page.notes ? `: ${page.notes}` : ""}`);
  return element("article", { class: "page", "aria-labelledby": `page-${page.number}` }, title, sheet, text);
}

// --------------------------------------------------------------------------------------------------------- fields
function fieldValue(field) {
  if (!field.editable) return field.value;
  const input = element("input", { "aria-label": field.label, autocomplete: "off" });
  input.value = field.value;
  input.addEventListener("change", () => {
    fieldValues.set(field.name, input.value);
    isSaved = false;
  });
  return input;
}

function fieldRow(field) {
  const jump = element("button", { type: "button" }, `page ${field.page}: ${field.written}`);
  jump.addEventListener("click", () => byId(`page-${field.page}`).scrollIntoView());
  const confidence = field.confidence === null ? "" : percent(field.confidence);
  const label = element("th", { scope: "row" }, field.label, ...field.notes.map((note) => element("div", {}, note)));
  return element("tr", {}, label, element("td", {}, fieldValue(field)), element("td", {}, confidence), element("td", {}, jump));
}

// ----------------------------------------------------------------------------------------------------------- save
function corrections() {
  const made = [];
  for (const item of items) {
    const decided = decisions.get(item.key);
    if (decided) made.push({ page: item.page.number, line: item.index, start: item.start, end: item.end, text: item.text, action: decided.action, replacement: decided.text });
  }
  const fields = [...fieldValues].map(([name, value]) => ({ name, value }));
  return { format_version: 1, document_id: data.id, attempt: data.attempt, scan: data.scan, made_at: new Date().toISOString(), corrections: made, fields };
}

function save() {
  const url = URL.createObjectURL(new Blob([JSON.stringify(corrections(), null, 1)], { type: "application/json" }));
  element("a", { href: url, download: "corrections.json" }).click();
  URL.revokeObjectURL(url);
  isSaved = true;
}

// ---------------------------------------------------------------------------------------------------------- start
document.title = `${data.name}: review`;
byId("name").textContent = data.name;
byId("summary").textContent = data.summary;
byId("reasons").append(...data.reasons.map((reason) => element("li", {}, reason)));
for (const [value, label] of [["all", `All (${items.length})`], ["open", "Not reviewed yet"], ...Object.entries(KINDS)]) {
  byId("filter").append(element("option", { value }, label));
}
byId("parts").hidden = !data.parts.length;
byId("parts").append(...data.parts.map((part, index) => (index === data.part ? element("strong", {}, part.label) : element("a", { href: part.name }, part.label))));
byId("fields").hidden = !data.fields.length;
document.querySelector("#fields tbody").append(...data.fields.map(fieldRow));
byId("checks").hidden = !data.checks.length;
document.querySelector("#checks ul").append(...data.checks.map((check) => element("li", {}, check)));
byId("pages").append(...data.pages.map(pageElement));
count();
byId("next").addEventListener("click", () => go(1));
byId("previous").addEventListener("click", () => go(-1));
byId("save").addEventListener("click", save);
byId("accept").addEventListener("click", () => current >= 0 && decide("accepted", items[current].text));
byId("undo").addEventListener("click", () => current >= 0 && decide("undone", items[current].raw));
byId("item-form").addEventListener("submit", (event) => {
  event.preventDefault();
  decide("retyped", byId("item-input").value);
  byId("item-input").blur();
});
const KEYS = { n: () => go(1), p: () => go(-1), a: () => byId("accept").click(), u: () => byId("undo").click() };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select")) return;
  if (KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  }
});
addEventListener("beforeunload", (event) => {
  if (!isSaved) event.preventDefault();
});
