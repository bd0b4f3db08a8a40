
// Files that are dropped on the explorer, or chosen: sent to the kernel in pieces, read there, and told here. Follows
// toolbar.js in one script.
function dropZone({ model, ask, tell }) {
  const limits = model.get("dropped");
  const mb = (bytes) => `${Math.ceil(bytes / 1e6).toLocaleString("en")} MB`;
  const panel = make("div", { className: "lp-dropped", hidden: true, role: "region", ariaLabel: "Import files" });
  const words = make("p", {
    textContent: "Drop logs, metrics, bills, templates, access logs or load tests here, or anywhere on the explorer. "
      + "What they tell becomes the scenario, and the rest stays as it is. "
      + `At most ${limits.files} files of ${mb(limits.bytes)} together; for larger ones: lambdaplan import. `
      + "They are read on the machine of this page's kernel, sent nowhere else, and not kept.",
  });
  const input = make("input", { type: "file", multiple: true, hidden: true, tabIndex: -1 });
  const choose = make("button", { type: "button", textContent: "choose files…" });
  const close = make("button", { type: "button", textContent: "Close" });
  const of = make("label", { textContent: "Function or service ", hidden: true });
  const select = make("select", {});
  const read = make("div", { className: "lp-read", hidden: true, tabIndex: 0, role: "group", ariaLabel: "What was read" });
  of.append(select);
  panel.append(words, choose, close, of, read, input);
  let busy = false;

  const list = (lines) => {
    const all = make("ul", {});
    for (const line of lines) all.append(make("li", { textContent: line }));
    return all;
  };
  const table = (rows) => {
    const all = make("table", {}), head = make("thead", {}), body = make("tbody", {}), top = make("tr", {});
    for (const name of ["value", "now", "before", "95 %", "from", "how"]) top.append(make("th", { scope: "col", textContent: name }));
    head.append(top);
    for (const [name, ...cells] of rows) {
      const row = make("tr", {});
      row.append(make("th", { scope: "row", textContent: name }), ...cells.map((cell) => make("td", { textContent: cell })));
      body.append(row);
    }
    all.append(head, body);
    return all;
  };
  const show = ({ files, rows, disagree, kept, names, done }) => {
    const parts = [list(files.flatMap(({ words, notes }) => [words, ...notes.map((note) => `note: ${note}`)]))];
    if (rows.length) parts.push(table(rows));
    if (disagree.length) parts.push(list(disagree));
    if (kept.length) parts.push(make("p", { textContent: "Not told by these files, and kept as it was:" }), list(kept));
    read.replaceChildren(...parts);
    read.hidden = false;
    of.hidden = !names.length;
    if (names.length && select.options.length !== names.length + 1) {
      const all = ["", ...names].map((name) => make("option", { value: name, textContent: name || "all together" }));
      select.replaceChildren(...all);
    }
    tell(done);
  };
  const failed = (error) => {
    read.replaceChildren(list(error.lines ?? [error.message]));
    read.hidden = false;
    tell(error.message, true);
  };
  const alone = async (work) => {
    if (busy) return tell("Files are being read: wait until that is done.", true);
    busy = true;
    choose.ariaDisabled = "true";
    try {
      await work();
    } catch (error) {
      failed(error);
    }
    busy = false;
    choose.ariaDisabled = "false";
  };
  const take = (files) => alone(async () => {
    open();
    of.hidden = read.hidden = true;
    select.replaceChildren();
    const size = files.reduce((sum, one) => sum + one.size, 0);
    if (files.length > limits.files || size > limits.bytes) {
      throw new Error(`${files.length} files of ${mb(size)}: at most ${limits.files} files of ${mb(limits.bytes)} can be dropped. `
        + "Larger ones: lambdaplan import FILE … in a terminal.");
    }
    await ask("files", { files: files.map(({ name, size }) => ({ name, size })) });
    for (const [place, file] of files.entries()) {
      for (let at = 0; at < file.size; at += limits.piece) {
        if (size > limits.piece) tell(`Sending ${file.name}: ${Math.round((100 * at) / file.size)} %`);
        const piece = await file.slice(at, at + limits.piece).arrayBuffer().catch(() => {
          throw new Error(`${file.name} can't be read: it is a folder, or was changed. Drop the files themselves.`);
        });
        await ask("piece", { place }, [piece]);
      }
    }
    tell("Reading …");
    show((await ask("import")).told);
  });

  const open = () => { panel.hidden = false; };
  const toggle = () => {
    panel.hidden = !panel.hidden;
    if (panel.hidden) shut();
    else choose.focus();
  };
  const shut = () => {
    panel.hidden = read.hidden = of.hidden = true;
    read.replaceChildren();
    if (!busy) ask("forget").catch(() => {});
  };
  close.addEventListener("click", () => { shut(); panel.parentElement.querySelector("[data-key=import]")?.focus(); });
  choose.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    if (files.length) take(files);
  });
  select.addEventListener("change", () => alone(async () => {
    tell("Reading …");
    show((await ask("import", { function: select.value })).told);
  }));

  // Anywhere on the explorer; text that is dragged goes where it always went.
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const over = (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = "copy";
    event.currentTarget.classList.add("lp-over");
  };
  const out = (event) => {
    if (!event.currentTarget.contains(event.relatedTarget)) event.currentTarget.classList.remove("lp-over");
  };
  const drop = (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    event.currentTarget.classList.remove("lp-over");
    const files = [...event.dataTransfer.files];
    if (files.length) take(files);
  };
  const events = Object.entries({ dragenter: over, dragover: over, dragleave: out, drop });
  return {
    panel,
    toggle,
    hear: (root) => { for (const [name, heard] of events) root.addEventListener(name, heard); },
    leave: (root) => { for (const [name, heard] of events) root?.removeEventListener(name, heard); },
  };
}
