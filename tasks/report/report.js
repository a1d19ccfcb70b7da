// Sorts, filters and pages the table of files. Rows are in the page already: without this script all are shown.
// The address says what is shown (#status=no_face&q=clip&sort=-faces), so that a view can be kept and passed on.
"use strict";
document.documentElement.classList.add("js");
document.addEventListener("DOMContentLoaded", function () {
  const KINDS = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"];
  const blurs = document.querySelectorAll("input.blur");
  blurs.forEach((blur) => blur.addEventListener("change", () => {
    document.body.classList.toggle("blurred", blur.checked);
    blurs.forEach((other) => { other.checked = blur.checked; });
  }));

  const table = document.getElementById("table");
  if (!table) return;
  const get = (id) => document.getElementById(id);
  const body = table.tBodies[0];
  const heads = Array.from(table.tHead.rows[0].cells);
  const rows = Array.from(body.rows)
    .filter((row) => row.cells.length === heads.length)
    .map((row, index) => {
      const texts = Array.from(row.cells, (cell) => cell.textContent);
      return { row, index, texts, media: texts[1], status: texts[2], emotion: texts[4], all: texts.join("\n").toLowerCase() };
    });
  const CHOICES = ["status", "media", "emotion"];
  const KEYS = [...CHOICES, "q", "sort"];
  const state = { status: "", media: "", emotion: "", q: "", sort: "", start: 0 };
  let found = rows;

  // A file's shares as a small bar, drawn when its row is first shown.
  function mini(item) {
    const shares = item.row.dataset.m;
    if (!shares || item.drawn) return;
    item.drawn = true;
    const bar = document.createElement("span");
    bar.className = "mini";
    const said = [];
    shares.split(",").forEach((share, index) => {
      if (share === "0") return;
      const part = document.createElement("i");
      part.className = "k-" + KINDS[index];
      part.style.flexGrow = share;
      bar.append(part);
      said.push(KINDS[index] + " " + share + "\u00a0%");
    });
    bar.title = said.join(", ");
    item.row.cells[4].append(bar);
  }

  function draw() {
    const size = Number(get("page").value);
    state.start = Math.max(0, Math.min(state.start, Math.floor((found.length - 1) / size) * size));
    const page = found.slice(state.start, state.start + size);
    page.forEach(mini);
    table.classList.add("drawn");
    body.replaceChildren(...page.map((item) => item.row));
    get("shown").textContent = found.length.toLocaleString("en") + " of " + rows.length.toLocaleString("en") + " files";
    get("where").textContent = found.length ? (state.start + 1) + "–" + (state.start + page.length) + " of " + found.length.toLocaleString("en") : "no file matches";
    get("back").disabled = state.start === 0;
    get("next").disabled = state.start + size >= found.length;
    get("pager").hidden = found.length <= size;
  }

  function apply() {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = CHOICES.filter((key) => state[key]);
    found = rows.filter((item) => chosen.every((key) => item[key] === state[key]) && words.every((w) => item.all.includes(w)));
    const down = state.sort.startsWith("-");
    const column = heads.findIndex((head) => head.dataset.sort === state.sort.replace("-", ""));
    heads.forEach((head, i) => head.setAttribute("aria-sort", i !== column ? "none" : down ? "descending" : "ascending"));
    if (column >= 0) {
      const numeric = heads[column].classList.contains("n");
      const compare = numeric ? (a, b) => a - b : new Intl.Collator("en", { numeric: true }).compare;
      found.sort((a, b) => (down ? -1 : 1) * compare(a.texts[column], b.texts[column]) || a.index - b.index);
    }
    draw();
  }

  function fromAddress() {
    if (!location.hash.includes("=")) return false;
    const asked = new URLSearchParams(location.hash.slice(1));
    for (const key of KEYS) state[key] = asked.get(key) || "";
    state.start = 0;
    for (const key of CHOICES) {
      get(key).value = state[key];
      if (get(key).selectedIndex < 0) get(key).value = "";
    }
    get("find").value = state.q;
    apply();
    return true;
  }

  function changed() {
    state.start = 0;
    const asked = new URLSearchParams();
    for (const key of KEYS) if (state[key]) asked.set(key, state[key]);
    history.replaceState(null, "", "#" + (asked.toString() || "files"));
    apply();
  }

  heads.forEach((head) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const key = head.dataset.sort;
      const first = head.classList.contains("n") ? "-" + key : key;
      const second = head.classList.contains("n") ? key : "-" + key;
      state.sort = state.sort === first ? second : state.sort === second ? "" : first;
      changed();
    });
  });
  get("tools").addEventListener("submit", (event) => event.preventDefault());
  get("find").addEventListener("input", () => { state.q = get("find").value; changed(); });
  CHOICES.forEach((key) => get(key).addEventListener("change", () => { state[key] = get(key).value; changed(); }));
  get("page").addEventListener("change", () => { state.start = 0; draw(); });
  get("back").addEventListener("click", () => { state.start -= Number(get("page").value); draw(); });
  get("next").addEventListener("click", () => { state.start += Number(get("page").value); draw(); });
  window.addEventListener("hashchange", () => { if (fromAddress()) get("files").scrollIntoView(); });
  if (fromAddress()) get("files").scrollIntoView();
  else apply();
});
