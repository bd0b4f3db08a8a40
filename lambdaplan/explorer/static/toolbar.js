// Buttons above the explorer. What they do happens in Python; here it is asked for, and what comes back
// is put on the clipboard or saved as a file. Nothing that comes back is read as markup.
let asked = 0;
const USUAL = "http://127.0.0.1:8866/"; // where lambdaplan lab --app is, unless that port is taken

function render({ model, el }) {
  const answers = new Map();
  const bar = make("div", { className: "lp-bar", role: "toolbar", ariaLabel: "Scenario and answer" });
  const said = make("span", { className: "lp-said", role: "status" });
  const file = make("input", { type: "file", accept: ".json,.yaml,.yml", hidden: true, tabIndex: -1 });
  const pasted = make("div", { className: "lp-pasted", hidden: true });
  const shown = make("div", { className: "lp-shown", hidden: true });

  const ask = (key, more = {}, buffers = []) => new Promise((resolve, reject) => {
    const id = ++asked;
    answers.set(id, { resolve, reject });
    model.send({ key, id, ...more }, undefined, buffers);
  });
  const tell = (words, wrong = false) => {
    said.textContent = words;
    said.classList.toggle("lp-bad", wrong);
  };

  const zone = dropZone({ model, ask, tell });
  const press = {
    import: () => { pasted.hidden = shown.hidden = true; zone.toggle(); },
    load: () => { shown.hidden = true; pasted.hidden = !pasted.hidden; if (!pasted.hidden) pasted.querySelector("textarea").focus(); },
    save: async () => {
      const { text, name } = await ask("save");
      save(new Blob([text], { type: "application/json" }), name);
      tell(`Saved as ${name}.`);
    },
    figure: () => copyFigure(ask("figure"), tell, shown),
    export: async () => {
      tell("Drawing the charts, which takes some seconds …");
      const { buffers, name } = await ask("export");
      save(new Blob([buffers[0]], { type: "application/zip" }), name);
      tell(`Saved as ${name}.`);
    },
    command: () => copyText(ask("command"), tell, shown),
    link: () => copyText(ask("link").then(({ text }) => ({ text: `${page}#${text}`, done: where })), tell, shown),
    scenario: () => copyText(ask("scenario"), tell, shown),
  };
  for (const [key, label, help] of model.get("buttons")) {
    const button = make("button", { type: "button", textContent: label, title: help });
    button.dataset.key = key;
    button.addEventListener("click", () => {
      Promise.resolve((press[key] ?? ask)(key)).catch((error) => tell(error.message, true));
    });
    bar.append(button);
  }
  const off = () => {
    for (const button of bar.children) {
      button.ariaDisabled = String(model.get("off").includes(button.dataset.key));
    }
  };

  const label = make("label", { textContent: "A scenario as text (JSON or YAML), or a link" });
  const choose = make("button", { type: "button", textContent: "choose a file…" });
  const text = make("textarea", { rows: 4, spellcheck: false });
  const take = make("button", { type: "button", textContent: "Use this scenario" });
  label.append(text);
  pasted.append(label, take, choose);
  const load = (words, name) => ask("load", { text: words, name })
    .then(() => { pasted.hidden = true; text.value = ""; tell("Loaded."); })
    .catch((error) => tell(error.message, true));
  take.addEventListener("click", () => load(text.value, "the text"));
  choose.addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    const [one] = file.files;
    file.value = "";
    if (one) load(one.size > model.get("most_bytes") ? "" : await one.text(), one.name);
  });

  const answered = (message, buffers) => {
    if (message.said) tell(message.said);
    const waits = answers.get(message.id);
    if (!waits) return;
    answers.delete(message.id);
    if (message.error) waits.reject(Object.assign(new Error(message.error), { lines: message.lines }));
    else waits.resolve({ ...message, buffers });
  };
  model.on("msg:custom", answered);
  const key = (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable=true]");
    if (typing || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    const letter = event.key.toLowerCase();
    const wanted = letter === "y" || (letter === "z" && event.shiftKey) ? "redo" : letter === "z" ? "undo" : "";
    if (!wanted) return;
    event.preventDefault();
    event.stopPropagation();
    ask(wanted).catch(() => {});
  };
  const forget = () => tell("");

  // As a page of its own the explorer reads its scenario from the address, and writes it there: a page that is loaded
  // anew, or kept among the bookmarks, comes back. What follows the # is sent to no server.
  const own = document.body.dataset.voila !== undefined;
  const page = own ? location.origin + location.pathname : USUAL;
  const where = own
    ? "Copied. The link opens on this machine while this page's server runs; Load scenario takes it in any explorer."
    : "Copied: a link for lambdaplan lab --app, while that runs on this machine, at its usual port. Load scenario takes it in any explorer.";
  const read = () => { if (location.hash.includes("scenario=")) load(location.hash, "the link"); };
  let rests = 0;
  const write = () => {
    clearTimeout(rests);
    rests = setTimeout(() => ask("link").then(({ text }) => history.replaceState(null, "", `#${text}`), () => {}), 500);
  };
  if (own) {
    window.addEventListener("hashchange", read);
    model.on("change:moves", write);
    read();
  }

  el.append(bar, said, file, pasted, shown, zone.panel);
  model.on("change:off", off);
  model.on("change:moves", forget);
  off();
  let root = null;
  const tended = new MutationObserver((changes) => {
    if (changes.some(({ addedNodes, target }) => addedNodes.length && !target.closest(".lp-chart, .lp-answer"))) tend(root);
  });
  const late = setTimeout(() => {
    root = el.closest(".lp-explorer");
    if (!root) return;
    root.addEventListener("keydown", key);
    zone.hear(root);
    tended.observe(root, { childList: true, subtree: true });
    tend(root);
  });
  return () => {
    clearTimeout(late);
    clearTimeout(rests);
    window.removeEventListener("hashchange", read);
    model.off("change:moves", write);
    tended.disconnect();
    root?.removeEventListener("keydown", key);
    zone.leave(root);
    model.off("msg:custom", answered);
    model.off("change:off", off);
    model.off("change:moves", forget);
  };
}

// A slider's handle has no name of its own for screen readers: it takes that of the box beside it. Keys are for
// what has the focus, not for JupyterLab, which would go to another cell or begin to edit this one.
function tend(root) {
  for (const input of root.querySelectorAll(":is(select, .noUi-handle, button, summary, [type=checkbox])")) {
    input.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  for (const handle of root.querySelectorAll(".lp-control .noUi-handle:not([aria-label])")) {
    const label = handle.closest(".lp-control").querySelector(".widget-label")?.textContent.trim();
    if (label) handle.setAttribute("aria-label", `${label}, slider`);
  }
}

function make(tag, values) {
  return Object.assign(document.createElement(tag), values);
}

function save(blob, name) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

async function copyText(answer, tell, shown) {
  const { text, done } = await answer;
  try {
    await navigator.clipboard.writeText(text);
    tell(done);
    shown.hidden = true;
  } catch {
    tell("The browser does not let this page write to the clipboard: copy it from here.");
    show(shown, text);
  }
}

// The clipboard is asked at once, while the press of the button still counts; what goes there comes later.
async function copyFigure(answer, tell, shown) {
  const png = answer.then(({ buffers }) => new Blob([buffers[0]], { type: "image/png" }));
  const html = answer.then(({ html }) => new Blob([html], { type: "text/html" }));
  const text = answer.then(({ text }) => new Blob([text], { type: "text/plain" }));
  for (const one of [png, html, text]) one.catch(() => {});
  let copied = false;
  try {
    const item = new ClipboardItem({ "image/png": png, "text/html": html, "text/plain": text });
    await navigator.clipboard.write([item]);
    copied = true;
  } catch { /* it is shown below instead */ }
  const found = await answer;
  tell(copied ? found.done : "The browser does not let this page write to the clipboard: take it from here.");
  show(shown, found.text, [
    ["Picture (SVG)", new Blob([found.svg], { type: "image/svg+xml" }), `${found.name}.svg`],
    ["Picture (PNG)", await png, `${found.name}@2x.png`],
  ]);
  if (copied) shown.querySelector("textarea").setSelectionRange(0, 0);
}

function show(shown, text, files = []) {
  const box = make("textarea", { rows: Math.min(8, text.split("\n").length + 2), readOnly: true, value: text });
  box.ariaLabel = "What was asked for, as text";
  const close = make("button", { type: "button", textContent: "Close" });
  close.addEventListener("click", () => { shown.hidden = true; });
  const saves = files.map(([label, blob, name]) => {
    const button = make("button", { type: "button", textContent: label });
    button.addEventListener("click", () => save(blob, name));
    return button;
  });
  shown.replaceChildren(box, ...saves, close);
  shown.hidden = false;
  box.select();
}

export default { render };
