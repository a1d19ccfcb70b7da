// Sorts, filters and pages the table of files. Rows are in the page already: without this script all are shown.
// The address says what is shown (#status=no_face&q=clip&sort=-faces), so that a view can be kept and passed on.
"use strict";
document.documentElement.classList.add("js");
document.addEventListener("DOMContentLoaded", function () {
  const KINDS = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise", "abstained"];
  const blur = document.getElementById("blur");
  if (blur) blur.addEventListener("change", () => document.body.classList.toggle("blurred", blur.checked));

  const table = document.getElementById("table");
  if (!table) return;
  const get = (id) => document.getElementById(id);
  const body = table.tBodies[0];
  const heads = Array.from(table.tHead.rows[0].cells);
  const rows = Array.from(body.rows)
    .filter((row) => row.cells.length === heads.length)
    .map((row, index) => {
      const texts = Array.from(row.cells, (cell) => cell.textContent);
      return { row, index, texts, status: texts[1], all: texts.join("\n").toLowerCase() };
    });
  const state = { status: "", q: "", sort: "", start: 0 };
  let found = rows;

  // Shares of a file's faces as a small bar, drawn when its row is first shown.
  function mini(item) {
    const counts = item.row.dataset.m;
    if (!counts || item.drawn || item.texts[2] === "1") return;
    item.drawn = true;
    const bar = document.createElement("span");
    bar.className = "mini";
    const said = [];
    counts.split(",").forEach((count, index) => {
      if (count === "0") return;
      const part = document.createElement("i");
      part.className = "k-" + KINDS[index];
      part.style.flexGrow = count;
      bar.append(part);
      said.push(KINDS[index] + " " + count);
    });
    bar.title = said.join(", ");
    item.row.cells[3].append(bar);
  }

  function draw() {
    const size = Number(get("page").value);
    state.start = Math.max(0, Math.min(state.start, Math.floor((found.length - 1) / size) * size));
    const page = found.slice(state.start, state.start + size);
    page.forEach(mini);
    body.replaceChildren(...page.map((item) => item.row));
    get("shown").textContent = found.length.toLocaleString("en") + " of " + rows.length.toLocaleString("en") + " files";
    get("where").textContent = found.length ? (state.start + 1) + "–" + (state.start + page.length) : "no file matches";
    get("back").disabled = state.start === 0;
    get("next").disabled = state.start + size >= found.length;
    get("pager").hidden = found.length <= size;
  }

  function apply() {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    found = rows.filter((item) => (!state.status || item.status === state.status) && words.every((w) => item.all.includes(w)));
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
    for (const key of ["status", "q", "sort"]) state[key] = asked.get(key) || "";
    state.start = 0;
    get("status").value = state.status;
    if (get("status").selectedIndex < 0) get("status").value = "";
    get("find").value = state.q;
    apply();
    return true;
  }

  function changed() {
    state.start = 0;
    const asked = new URLSearchParams();
    for (const key of ["status", "q", "sort"]) if (state[key]) asked.set(key, state[key]);
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
  get("status").addEventListener("change", () => { state.status = get("status").value; changed(); });
  get("page").addEventListener("change", () => { state.start = 0; draw(); });
  get("back").addEventListener("click", () => { state.start -= Number(get("page").value); draw(); });
  get("next").addEventListener("click", () => { state.start += Number(get("page").value); draw(); });
  window.addEventListener("hashchange", () => { if (fromAddress()) get("files").scrollIntoView(); });
  if (fromAddress()) get("files").scrollIntoView();
  else apply();
});
