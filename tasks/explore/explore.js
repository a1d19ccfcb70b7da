// Filters, orders and pages the galleries: of all pictures in the page's data only those of one page are elements.
// The address says what is shown (#gallery=rejects&reason=blank&q=clip), so that a view can be kept and passed on.
"use strict";
document.documentElement.classList.add("js");
document.addEventListener("DOMContentLoaded", function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const MEASURES = data.measures;
  const galleries = {};
  const number = (value) => value.toLocaleString("en");

  function make(tag, className, ...inside) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...inside.filter((one) => one !== null && one !== ""));
    return element;
  }

  function picture(item, alt) {
    if (item.picture < 0) return make("span", "face none", "no picture");
    const image = make("img", "face");
    image.src = data.pictures[item.picture];
    image.alt = alt;
    image.decoding = "async";
    return image;
  }

  const swatch = (kind) => make("span", "sw k-" + kind);
  const bdi = (text) => make("bdi", "", text);

  function ballot(votes) {
    if (!votes.length) return null;
    const bar = make("span", "ballot");
    for (const [choice, count] of votes) {
      const part = make("i", "k-" + choice);
      part.style.flexGrow = count;
      bar.append(part);
    }
    bar.title = votes.map((vote) => vote.join(" ")).join(", ");
    return bar;
  }

  function card(item, shown, at) {
    const say = make("span", "say",
      make("span", "", swatch(item.label), item.label, make("span", "split", " · " + item.split)),
      item.reason ? make("span", "", swatch(item.reason), item.reason) : null,
      item.majority ? make("span", "", swatch(item.majority), item.majority === "tied" ? "votes tied" : "voted " + item.majority) : null,
      ballot(item.votes),
      item.detail ? make("span", "why", bdi(item.detail)) : null,
      make("span", "key", bdi(item.key)));
    say.lastChild.title = item.key;
    const button = make("button", "card", picture(item, item.label + ", " + (item.reason || item.split)), say);
    button.type = "button";
    button.addEventListener("click", () => zoom(shown, at));
    return make("li", "", button);
  }

  function set(item) {
    const members = (item.kept ? [item.kept] : []).concat(item.left);
    const list = make("ol", "");
    members.forEach((member, at) => {
      const button = make("button", "", picture(member, member.label + ", " + member.split));
      button.type = "button";
      button.addEventListener("click", () => zoom(members, at));
      const other = item.kept && member.label !== item.kept.label;
      const row = make("li", member === item.kept ? "kept" : "", button,
        make("span", other ? "other" : "", swatch(member.label), member.label), make("span", "split", member.split),
        member.bits >= 0 ? make("span", "apart", member.bits + (member.bits === 1 ? " bit apart" : " bits apart")) : null,
        make("span", "key", bdi(member.key)));
      row.lastChild.title = member.key;
      list.append(row);
    });
    const head = make("header", "", make("span", "", swatch(item.kind), item.kind),
      item.labels === "differ" ? make("b", "", "labels differ") : null);
    const notes = [item.kept ? "" : "no copy stayed", item.left[0].detail, item.more ? "and " + number(item.more) + " more" : ""];
    const box = make("div", "set " + item.labels, head, list, make("p", "why", bdi(notes.filter(Boolean).join(" · "))));
    return make("li", "", box);
  }

  const texts = (item) => [item.key, item.split, item.label, item.reason, item.detail, item.of, item.majority].filter(Boolean);
  const DRAW = { rejects: card, disputed: card, copies: set };
  const FIELDS = { rejects: ["reason", "split", "label"], copies: ["kind", "labels"], disputed: ["kind", "label", "majority"] };

  function value(item, key) {
    if (key === "bits") return item.bits < 0 ? null : item.bits;
    return item.measures ? item.measures[MEASURES.indexOf(key)] : null;
  }

  function gallery(name, form, cards) {
    const items = data[name].map((item, index) => {
      const members = item.left ? item.left.concat(item.kept ? [item.kept] : []) : [item];
      return { item, index, all: members.flatMap(texts).join("\n").toLowerCase() };
    });
    const output = form.querySelector("output");
    const back = make("button", "", "‹ Back");
    const next = make("button", "", "Next ›");
    const where = make("span", "");
    const pager = make("p", "pager of", back, where, next);
    const keys = make("details", "keys", make("summary", "", "Keys of these"), make("textarea", ""));
    const area = keys.lastChild;
    back.type = next.type = "button";
    area.readOnly = true;
    area.rows = 8;
    area.setAttribute("aria-label", "Keys of the images that match");
    cards.after(pager, keys);
    let found = items;
    let start = 0;

    function draw() {
      const size = Number(form.elements.rows.value);
      start = Math.max(0, Math.min(start, Math.floor((found.length - 1) / size) * size));
      const page = found.slice(start, start + size);
      const shown = found.map((one) => one.item);
      cards.replaceChildren(...page.map((one, at) => DRAW[name](one.item, shown, start + at)));
      where.textContent = found.length ? number(start + 1) + "–" + number(start + page.length) : "nothing matches";
      back.disabled = start === 0;
      next.disabled = start + size >= found.length;
      pager.hidden = found.length > 0 && found.length <= size;
      list();
    }

    function list() {
      if (keys.open) area.value = found.flatMap((one) => (one.item.left || [one.item]).map((item) => item.key)).join("\n");
    }

    function apply() {
      const wanted = FIELDS[name].map((field) => [field, form.elements[field].value]).filter((one) => one[1]);
      const words = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
      const chosen = items.filter((one) => wanted.every(([field, text]) => one.item[field] === text));
      found = chosen.filter((one) => words.every((word) => one.all.includes(word)));
      const sort = form.elements.sort ? form.elements.sort.value : "";
      if (sort) {
        const key = sort.replace("-", "");
        const sign = sort.startsWith("-") ? -1 : 1;
        const last = (one) => (value(one.item, key) === null ? 1 : 0);
        found.sort((a, b) => last(a) - last(b) || sign * (value(a.item, key) - value(b.item, key)) || a.index - b.index);
      }
      output.textContent = words.length ? number(found.length) + " of " + number(chosen.length) + " match"
        : number(found.length) + " of " + number(total(name, wanted, chosen.length)) + " shown";
      draw();
    }

    function changed() {
      start = 0;
      const asked = new URLSearchParams({ gallery: name });
      for (const element of form.elements) if (element.name && element.value && !element.matches("[name=rows]")) asked.set(element.name, element.value);
      history.replaceState(null, "", "#" + asked);
      apply();
    }

    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", changed);
    back.addEventListener("click", () => { start -= Number(form.elements.rows.value); draw(); });
    next.addEventListener("click", () => { start += Number(form.elements.rows.value); draw(); });
    keys.addEventListener("toggle", list);
    galleries[name] = function (asked) {
      for (const element of form.elements) {
        if (!element.name || element.name === "rows" || element.name === "gallery") continue;
        const before = element.value;
        element.value = asked.get(element.name) || (element.name === "kind" && name === "disputed" ? before : "");
        if (element.selectedIndex < 0) element.value = before;
      }
      start = 0;
      apply();
      form.scrollIntoView();
    };
    apply();
  }

  // How many images there are in all that match: the page holds only some of them.
  function total(name, wanted, here) {
    const rows = data.totals[name];
    if (!rows) return here;
    const names = FIELDS[name];
    return rows.filter((row) => wanted.every(([field, text]) => row[names.indexOf(field)] === text)).reduce((all, row) => all + row[row.length - 1], 0);
  }

  const get = (id) => document.getElementById(id);
  let looked = [];
  let place = 0;

  function zoom(items, at) {
    looked = items;
    place = at;
    look();
    if (!get("zoom").open) get("zoom").showModal();
  }

  function look() {
    const item = looked[place];
    const uri = item.uri || data.pictures[item.picture];
    if (uri) get("zoom-picture").src = uri;
    get("zoom-picture").hidden = !uri;
    const facts = [["Key", item.key], ["Split", item.split], ["Label", item.label], ["Reason", item.reason], ["Detail", item.detail], ["Copy of", item.of], ["Warped from", item.from], ["Warp", item.warp], ["Voted", item.majority], ["Votes", item.votes.map((vote) => vote.join(" ")).join(", ")], ["Entropy", item.entropy === undefined ? "" : item.entropy + " bits"]];
    if (item.measures) MEASURES.forEach((name, index) => facts.push([name.replace("_", " "), String(item.measures[index])]));
    get("zoom-facts").replaceChildren(...facts.filter((fact) => fact[1]).map((fact) => make("div", "", make("dt", "", fact[0]), make("dd", "", bdi(fact[1])))));
    get("zoom-where").textContent = number(place + 1) + " of " + number(looked.length);
    get("zoom-back").disabled = place === 0;
    get("zoom-next").disabled = place === looked.length - 1;
  }

  function step(by) {
    if (place + by < 0 || place + by >= looked.length) return;
    place += by;
    look();
  }

  get("zoom-back").addEventListener("click", () => step(-1));
  get("zoom-next").addEventListener("click", () => step(1));
  // Of the document: a button that becomes disabled loses the focus, and the keys then go past the dialog.
  document.addEventListener("keydown", (event) => {
    if (!get("zoom").open) return;
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
  get("zoom").addEventListener("click", (event) => { if (event.target === get("zoom")) get("zoom").close(); });
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => {
      const sheet = Array.from(button.closest("ul").querySelectorAll("img"));
      const items = data[button.dataset.zoom][button.dataset.of].map((item, at) => ({ ...item, uri: sheet[at].src }));
      zoom(items, Number(button.dataset.at));
    });
  }
  const blur = get("blur");
  if (blur) blur.addEventListener("change", () => document.body.classList.toggle("blurred", blur.checked));

  for (const form of document.querySelectorAll("[data-gallery]")) {
    const name = form.dataset.gallery;
    gallery(name, form, document.querySelector('[data-cards="' + name + '"]'));
  }
  function fromAddress() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const show = galleries[asked.get("gallery")];
    if (show) show(asked);
  }
  window.addEventListener("hashchange", fromAddress);
  fromAddress();
});
