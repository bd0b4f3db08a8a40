// A chart on the screen that is kept while its values change, and the pictures of the slider in hand: where the
// kernel has sent one for the stop a slider moves to, it is drawn at once, without asking.
async function render({ model, el }) {
  const sliders = new Map(); // by name: { model of the slider, model of its box, moved }
  const pictures = new Map(); // by name of the slider and its stop
  let view = null; // what vegaEmbed gave
  let spec = ""; // the specification it was made from
  let shown = null; // the picture that is drawn
  let queue = []; // pictures to draw when the one at hand has been seen, each in a frame of its own
  let drawing = false;
  let later = 0;
  let moved = ""; // the slider that the hand moved last, as long as it stands where the hand has put it
  let following = false; // the box is filled from the slider
  let run = -1;

  const chart = document.createElement("div");
  el.append(chart);
  const library = loaded(model.get("library"));

  const draw = async (picture) => {
    queue = [...queue, picture].slice(-WAITING);
    if (drawing) return;
    drawing = true;
    while (queue.length) {
      await put(queue.shift()).catch((error) => {
        view?.finalize();
        view = null;
        chart.textContent = `The chart can't be drawn: ${error.message}`;
      });
      await painted();
    }
    drawing = false;
  };

  // Values with colours in them, as the page shows them.
  const seen = (value) => (isDark() && value !== undefined ? JSON.parse(darkened(JSON.stringify(value), model.get("dark"))) : value);

  // Another theme: the chart is made anew.
  const themed = new MutationObserver(() => {
    if (!shown) return;
    const last = shown;
    view?.finalize();
    view = shown = null;
    draw(last);
  });
  themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });

  const put = async (picture) => {
    if (picture === shown) return;
    const plain = written(picture.spec);
    if (!view || plain !== spec) {
      const asked = isDark() ? darkened(plain, model.get("dark")) : plain;
      view?.finalize();
      const filled = JSON.parse(asked);
      if (isDark()) filled.background = filled.config.background = "transparent"; // the shade of its page
      for (const param of filled.params ?? []) param.value = seen(picture.signals[param.name] ?? param.value);
      for (const [name, given] of Object.entries(picture.data)) filled.datasets[name] = numbered(seen(given));
      const { vegaEmbed } = await library;
      view = await vegaEmbed(chart, filled, {
        renderer: "svg",
        actions: false,
        tooltip: { theme: isDark() ? "dark" : "light", formatTooltip: (value, safe) => tip(value, safe, shown) },
      });
      spec = plain;
      shown = null;
    }
    const changed = (of, name) => !shown || JSON.stringify(shown[of][name]) !== JSON.stringify(picture[of][name]);
    for (const name of Object.keys(picture.signals).filter((name) => changed("signals", name))) {
      view.view.signal(name, seen(picture.signals[name]));
    }
    for (const name of Object.keys(picture.data).filter((name) => changed("data", name))) {
      refill(view.view, name, seen(picture.data[name]));
    }
    if (picture.options.length) {
      const { curves, hover } = rows(picture, view.view.data("curves").length / picture.options.length);
      refill(view.view, "curves", curves);
      // What can be pointed at is not seen: it waits until nothing moves.
      clearTimeout(later);
      later = setTimeout(() => {
        if (!view || shown !== picture) return;
        refill(view.view, "hover", hover);
        view.view.runAsync();
      }, 200);
    }
    if (picture.said) view.view.description(picture.said);
    shown = picture;
    await view.view.runAsync();
  };

  // Whether pictures of a run hold; those of an earlier one are forgotten.
  const current = (of) => {
    if (of > run) {
      pictures.clear();
      el.dataset.ahead = 0;
      run = of;
    }
    return of === run;
  };

  // What the kernel shows. A stop the hand has left is not drawn: the one it went to is.
  const answered = () => {
    current(model.get("run"));
    const { slider, stop } = model.get("stands") ?? {};
    if (!slider) return draw(model.get("picture"));
    const key = `${slider} ${stop}`;
    if (!pictures.has(key)) pictures.set(key, model.get("picture"));
    const left = slider === moved && sliders.has(slider) && index(sliders.get(slider).model) !== stop;
    if (!left) draw(pictures.get(key));
  };

  const told = (message, buffers) => {
    if (!current(message.run)) return;
    const key = `${message.slider} ${message.stop}`;
    pictures.set(key, { ...message.picture, lines: buffers[0], spec: message.picture.spec ?? model.get("picture").spec });
    el.dataset.ahead = pictures.size; // how many are there, for whoever looks from outside
    const slider = sliders.get(message.slider);
    if (slider && message.slider === moved && index(slider.model) === message.stop) follow(message.slider);
  };

  // What is shown is dimmed while another answer is on its way: the kernel says so, and a slider that has moved knows it
  // before. The picture of the stop at hand is the answer itself; then only what stands beside it is old.
  let waits = false;
  const tellBusy = (drawn = false) => {
    const all = el.closest(".lp-view");
    if (!all || !sliders.size) return;
    all.setAttribute("aria-busy", String(waits));
    all.classList.toggle("lp-drawn", drawn);
  };
  const busy = () => {
    waits = model.get("busy");
    tellBusy(waits && el.closest(".lp-drawn") !== null);
  };

  const index = (slider) => Math.round(Number(slider.get("index")));

  const follow = (name) => {
    const { model: slider, box, answer } = sliders.get(name);
    const stop = index(slider);
    following = true;
    box.set("value", slider.get("_options_labels")[stop]);
    following = false;
    const picture = pictures.get(`${name} ${stop}`);
    if (waits) tellBusy(Boolean(picture));
    if (!picture) return;
    answer.set("html", picture.answer);
    draw(picture);
  };

  // The kernel makes pictures of the stops around a slider as soon as somebody is about to move it.
  let hand = "";
  const near = (event) => {
    const row = event.target.closest?.(".lp-control");
    const name = row && [...sliders.keys()].find((key) => row.classList.contains(`lp-${key}`));
    if (!name || name === hand || !row.querySelector(".widget-hslider")?.contains(event.target)) return;
    hand = name;
    model.send({ hand: name });
  };

  // How much room the chart has: the kernel makes one with fewer words for a narrow page.
  const roomy = new ResizeObserver(() => {
    const box = el.closest(".lp-chart"), width = el.clientWidth;
    if (box) box.tabIndex = box.scrollWidth > box.clientWidth + 1 ? 0 : -1; // what scrolls can be scrolled by keys
    const room = width >= 700 ? "wide" : width >= 520 ? "middle" : "narrow";
    if (!width || !sliders.size || room === model.get("room")) return;
    model.set("room", room);
    model.save_changes();
  });

  const pick = (event) => {
    const box = chart.querySelector("svg.marks .role-frame > g > .background")?.getBoundingClientRect();
    if (!box) return;
    const x = (event.clientX - box.left) / box.width, y = (box.bottom - event.clientY) / box.height;
    if (x >= 0 && x <= 1 && y >= 0 && y <= 1) model.send({ pick: [x, y] });
  };
  if (model.get("picks")) {
    chart.addEventListener("click", pick);
    chart.style.cursor = "crosshair";
  }

  const byId = (name) => model.widget_manager.get_model(name.replace("IPY_MODEL_", ""));
  for (const [name, [slider, box, answer]] of Object.entries(model.get("sliders"))) {
    const found = { model: await byId(slider), box: await byId(box), answer: await byId(answer) };
    // A value that the kernel or the box has set may lie between two stops: the picture of a stop is not its picture.
    found.left = () => {
      if (moved === name && !following) moved = "";
    };
    found.moved = (_, __, options) => {
      if (!options?.updated_view) return found.left();
      moved = name;
      waits = true;
      follow(name);
    };
    found.calm = seldom(found.model);
    found.model.on("change:index", found.moved);
    found.box.on("change:value", found.left);
    sliders.set(name, found);
  }

  for (const one of [el, chart]) roomy.observe(one);
  const renewed = () => current(model.get("run"));
  model.on("change:run", renewed);
  model.on("change:picture", answered);
  model.on("change:busy", busy);
  model.on("msg:custom", told);
  let root = null;
  const late = setTimeout(() => {
    root = el.closest(".lp-explorer");
    if (sliders.size) for (const kind of ["focusin", "pointerover"]) root?.addEventListener(kind, near);
  });
  answered();
  return () => {
    themed.disconnect();
    roomy.disconnect();
    clearTimeout(late);
    clearTimeout(later);
    for (const kind of ["focusin", "pointerover"]) root?.removeEventListener(kind, near);
    for (const { model: slider, box, moved: heard, left, calm } of sliders.values()) {
      calm();
      slider.off("change:index", heard);
      box.off("change:value", left);
    }
    model.off("change:run", renewed);
    model.off("change:picture", answered);
    model.off("change:busy", busy);
    model.off("msg:custom", told);
    view?.finalize();
  };
}

// So many pictures wait at most: keys that come unevenly are all seen, and the hand is never far ahead. [pictures]
const WAITING = 3;

// When what has been changed is on the screen: frames begin with their callbacks, and a message comes after them.
function painted() {
  return new Promise((done) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close(); // an open one is kept for good
        done();
      };
      port2.postMessage(0);
    });
  });
}

// A slider under the hand tells the kernel where it is at once, and then only so often: each message costs the page,
// the server and the kernel as much as a picture does. [ms]
const TOLD_MS = 100;

function seldom(slider) {
  const told = slider.save_changes;
  let last = -Infinity;
  let waits = 0;
  const tell = (given) => {
    clearTimeout(waits);
    waits = 0;
    last = performance.now();
    told.apply(slider, given);
  };
  slider.save_changes = (...given) => {
    const rest = last + TOLD_MS - performance.now();
    if (rest <= 0) tell(given);
    else waits ||= setTimeout(tell, rest, given);
  };
  return () => {
    slider.save_changes = told;
    if (waits) tell([]);
  };
}

// A module from its text.
async function loaded(text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return await import(address);
  } finally {
    URL.revokeObjectURL(address);
  }
}

// Objects that were written as JSON: most pictures have the specification of the one before them.
const WRITTEN = new WeakMap();

function written(spec) {
  if (!WRITTEN.has(spec)) WRITTEN.set(spec, JSON.stringify(spec));
  return WRITTEN.get(spec);
}

function isDark() {
  return document.body.dataset.jpThemeLight === "false";
}

// JSON with its colours as they are on a dark page: those that are known, and the others with their lightness reversed.
function darkened(json, known) {
  return json.replace(/"(white|#[0-9a-f]{6})"/gi, (_, colour) => `"${known[colour.toLowerCase()] ?? reversed(colour)}"`);
}

function reversed(colour) {
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const moved = 255 - Math.max(...parts) - Math.min(...parts); // of the lightest and the darkest, so that the hue stays
  return "#" + parts.map((part) => Math.min(Math.max(part + moved, 21), 235).toString(16).padStart(2, "0")).join("");
}

// Other rows for named data, as new values of those that are there where they are as many: Vega keeps a trace of every
// row that ever was.
function refill(view, name, given) {
  const rows = numbered(given);
  if (!rows.length || rows.length !== view.data(name).length) {
    view.data(name, rows);
    return;
  }
  const change = view.changeset();
  for (const field of Object.keys(given[0])) change.modify(() => true, field, (row) => rows[row.row][field]);
  view.change(name, change);
}

function numbered(rows) {
  return rows.map((values, row) => ({ ...values, row }));
}

const SPARE = 100;

// The rows of the lines, and of the points that say their costs, from columns: the axis, and each option's costs. Lines
// have at least as many points as before: their last point is there again.
function rows({ lines, options, hover: pointed, per_usd: perUsd }, atLeast) {
  const values = new Float64Array(lines.buffer.slice(lines.byteOffset, lines.byteOffset + lines.byteLength));
  const points = values.length / (options.length + 1);
  const cost = (n, i) => {
    const usd = values[(n + 1) * points + i];
    return Number.isNaN(usd) ? null : usd;
  };
  const said = (n, i) => { // in the currency that money is shown in
    const usd = cost(n, i);
    return usd === null ? null : usd * perUsd;
  };
  const curves = [];
  for (let n = 0; n < options.length; n++) {
    for (let i = 0; i < Math.max(atLeast, Math.ceil(points / SPARE) * SPARE); i++) {
      const at = Math.min(i, points - 1);
      curves.push({ x: values[at], option: options[n], usd: cost(n, at) });
    }
  }
  const hover = pointed.map((i) => Object.fromEntries([["x", values[i]], ...options.map((_, n) => [`o${n}`, said(n, i)])]));
  return { curves, hover };
}

// A tooltip; an option's place among the lines stands for its label.
function tip(value, safe, { options, code }) {
  if (typeof value !== "object") return safe(String(value));
  const label = (key) => (/^o\d+$/.test(key) && [options[key.slice(1)], code].filter(Boolean).join(", ")) || key;
  const cells = Object.entries(value).map(([key, said]) => `<tr><td class="key">${safe(label(key))}</td><td class="value">${safe(String(said))}</td></tr>`);
  return `<table><tbody>${cells.join("")}</tbody></table>`;
}

export default { render };
