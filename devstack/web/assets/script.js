"use strict";
// Everything that comes from the stack reaches the page as text or as an attribute that holds no code.
const byId = (id) => document.getElementById(id);
let records = []; // the live list, newest first
let hits = null; // of the last search, until "Show all"
let chosen = null; // id of the document on the right
let drawn = ""; // id and published attempt of what is shown there
const OFFLINE = "The local stack does not answer. Is `scanproof up` still running?";
const ended = new Map(); // id to the attempt whose end was announced

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.map((child) => (typeof child === "string" ? printable(child) : child)));
  return made;
}

// What would turn the direction of the text behind it, or hide in it, is shown as a replacement character.
const printable = (text) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/gu, "\ufffd");
const say = (id, text) => (byId(id).textContent = printable(text));

const query = (values) => new URLSearchParams(values).toString();
const plural = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

function complain(text) {
  say("problem", text);
  byId("problem").hidden = !text;
}

async function ask(path, options) {
  const answer = await fetch(path, options);
  const content = await answer.json();
  if (!answer.ok) throw new Error(`${content.message} ${content.next_step}`);
  return content;
}

async function attempt(work) {
  complain("");
  try {
    return await work();
  } catch (error) {
    complain(error instanceof TypeError ? OFFLINE : error.message);
    return null;
  }
}

// ----------------------------------------------------------------------------------------------------------- list
function summary(record) {
  if (record.status === "failed") {
    const kept = record.hasResult ? ` The result of attempt ${record.publishedAttempt} stays.` : "";
    return `failed: ${record.reason}${kept}`;
  }
  if (record.status === "published") {
    const parts = [plural(record.pages ?? 0, "page"), plural(record.edits, "correction")];
    if (record.attempt > 1) parts.push(`attempt ${record.attempt}`);
    return `published · ${parts.join(" · ")}${record.needsReview ? " · needs review" : ""}`;
  }
  const total = record.pages === null ? "?" : record.pages.toLocaleString("en");
  return `${record.status} · ${record.done.toLocaleString("en")} of ${total} page${record.pages === 1 ? "" : "s"}`;
}

function marked(snippet) {
  const parts = snippet.split(/([\u0002\u0003])/u);
  const made = [];
  let isHit = false;
  for (const part of parts) {
    if (part === "\u0002") isHit = true;
    else if (part === "\u0003") isHit = false;
    else if (part) made.push(isHit ? element("mark", {}, part) : part);
  }
  return made;
}

function fill(button, record) {
  const kind = record.status === "published" && record.needsReview ? "review" : record.status;
  const children = [element("span", { class: "key" }, record.scan.key), element("span", { class: "what" }, summary(record))];
  if (record.snippet) children.push(element("span", { class: "what" }, ...marked(record.snippet)));
  if (!["published", "failed"].includes(record.status)) {
    const amounts = record.pages ? { max: record.pages, value: record.done } : {};
    children.push(element("progress", { ...amounts, "aria-label": `Progress of ${record.scan.key}` }));
  }
  button.className = kind;
  button.setAttribute("aria-pressed", String(record.id === chosen));
  button.replaceChildren(...children);
}

function draw() {
  const shown = hits ?? records;
  const list = byId("list");
  const existing = new Map([...list.children].map((item) => [item.dataset.id, item]));
  const items = shown.map((record) => {
    const item = existing.get(record.id) ?? element("li", {}, element("button", { type: "button" }));
    item.dataset.id = record.id;
    const button = item.firstChild;
    const state = JSON.stringify([record, record.id === chosen]);
    if (button.dataset.state !== state) {
      button.dataset.state = state;
      button.onclick = () => choose(record);
      fill(button, record);
    }
    return item;
  });
  if (items.length !== list.children.length || items.some((item, index) => list.children[index] !== item)) {
    const focused = document.activeElement;
    list.replaceChildren(...items);
    if (list.contains(focused)) focused.focus();
  }
  byId("empty").hidden = shown.length > 0;
  say("empty", hits ? "Nothing was found." : "No documents yet.");
  say("list-title", hits ? `${plural(hits.length, "document")} found` : "Documents");
  byId("clear").hidden = hits === null;
}

function announce() {
  for (const record of records) {
    const isOver = ["published", "failed"].includes(record.status);
    if (isOver && ended.size && ended.get(record.id) !== record.attempt) say("status", `${record.scan.key}: ${summary(record)}`);
    if (isOver) ended.set(record.id, record.attempt);
  }
  if (!ended.size) ended.set("", 0); // what was there when the page opened is no news
}

// ------------------------------------------------------------------------------------------------------- document
function choose(record) {
  chosen = record.id;
  drawn = "";
  draw();
  show(record, true);
}

async function show(record, isNew) {
  byId("hint").hidden = true;
  byId("document").hidden = false;
  say("name", record.scan.key);
  say("state", summary(record));
  const wanted = `${record.id} ${record.publishedAttempt ?? 0}`;
  if (drawn === wanted) return;
  drawn = wanted;
  if (isNew) clearDocument();
  if (!record.hasResult) return;
  byId("detail").setAttribute("aria-busy", "true");
  const found = await attempt(() => ask(`/document?${query(record.scan)}`));
  byId("detail").setAttribute("aria-busy", "false");
  if (found && drawn === wanted) drawDocument(record, found);
}

function clearDocument() {
  for (const id of ["links", "pages"]) byId(id).replaceChildren();
  for (const id of ["fields", "findings"]) byId(id).hidden = true;
}

function title(file) {
  if (file === "document.pdf") return "Open searchable PDF";
  const part = /^review-(\d+)\.html$/u.exec(file);
  return part ? `Open review, part ${part[1]}` : "Open review";
}

function drawDocument(record, found) {
  byId("links").replaceChildren(...found.files.map((file) =>
    element("a", { href: `/open?${query({ ...record.scan, file })}`, target: "_blank", rel: "noopener" }, title(file))));
  byId("fields").hidden = !found.fields.length;
  byId("fields").querySelector("tbody").replaceChildren(...found.fields.map((field) =>
    element("tr", {}, element("th", { scope: "row" }, field.label), element("td", {}, field.value), element("td", {}, field.where))));
  byId("findings").hidden = !found.findings.length;
  byId("findings").querySelector("ul").replaceChildren(...found.findings.map((finding) => element("li", {}, finding)));
  const pages = found.pages.map((page) => drawPage(page, found.pageCount));
  if (found.pageCount > found.pages.length) {
    pages.push(element("p", {}, `The other ${plural(found.pageCount - found.pages.length, "page")} are on the review page.`));
  }
  byId("pages").replaceChildren(...pages);
}

function drawPage(page, count) {
  const title = element("h3", {}, `Page ${page.number} of ${count}`);
  if (!page.lines.length) return element("section", {}, title, element("p", { class: "muted" }, "No text was found on this page."));
  const head = element("tr", {}, element("th", { scope: "col" }, "Before"), element("th", { scope: "col" }, "After"));
  const rows = page.lines.map((line) => {
    const isSame = line.every((part) => "text" in part);
    const side = (key, mark) => element("td", {}, ...line.map((part) => part.text ?? element(mark, {}, part[key])));
    return element("tr", { class: isSame ? "same" : null }, side("raw", "del"), side("corrected", "ins"));
  });
  return element("section", {}, title, element("table", { class: "lines" }, element("thead", {}, head), element("tbody", {}, ...rows)));
}

// --------------------------------------------------------------------------------------------------------- upload
const isCorrections = (file) => /\.json$/iu.test(file.name);

async function send(file) {
  if (isCorrections(file)) {
    const done = await ask("/corrections", { method: "POST", body: file });
    say("status", `${done.name}: corrections applied, attempt ${done.attempt}`);
    return;
  }
  const options = { name: file.name, language: byId("language").value.trim(), profile: byId("profile").value };
  await ask(`/scans?${query(options)}`, { method: "POST", body: file });
  say("status", `${file.name} is uploaded`);
}

async function sendAll(files) {
  complain("");
  const problems = [];
  for (const file of files) {
    try {
      await send(file);
    } catch (error) {
      problems.push(`${file.name}: ${error.message}`);
    }
  }
  if (problems.length) complain(problems.join("\n"));
}

byId("files").addEventListener("change", async (event) => {
  await sendAll([...event.target.files]);
  event.target.value = ""; // so that the same file can be chosen again
});
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    document.body.classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("over");
  sendAll([...event.dataTransfer.files]);
});

// --------------------------------------------------------------------------------------------------------- search
byId("search").addEventListener("submit", async (event) => {
  event.preventDefault();
  const found = await attempt(() => ask(`/search?${query(new FormData(event.target))}`));
  if (!found) return;
  hits = found;
  draw();
  say("status", byId("list-title").textContent);
});
byId("clear").addEventListener("click", () => {
  hits = null;
  byId("search").reset();
  draw();
  byId("search").elements.text.focus();
});

// ----------------------------------------------------------------------------------------------------------- live
const live = new EventSource("/events");
live.onmessage = (event) => {
  records = JSON.parse(event.data);
  announce();
  draw();
  const current = records.find((record) => record.id === chosen);
  if (current) show(current, false);
};
live.onopen = () => byId("problem").textContent === OFFLINE && complain("");
live.onerror = () => complain(OFFLINE);
