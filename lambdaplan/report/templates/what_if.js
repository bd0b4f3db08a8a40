(() => {
// Everything shown is looked up in the table that Python worked out. Here is no price and no formula.
const SVG = "http://www.w3.org/2000/svg";
const byId = id => document.getElementById(id);
const table = JSON.parse(document.querySelector("script.lp-data").textContent);
const column = (Kind, text) => new Kind(Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer);
const options = table.options.map(one => (
  {...one, cents: column(Float64Array, one.cents), note: column(Uint16Array, one.note)}));
const answer = {
  winner: column(Uint8Array, table.winner), close: column(Uint8Array, table.close),
  said: column(Uint16Array, table.said), apart: column(Float64Array, table.apart), share: column(Uint16Array, table.share),
};
const sliders = table.sliders.map(one => ({...one, input: byId(one.name), shown: byId(`${one.name}-shown`)}));
const along = name => sliders.find(one => one.name === name);
const place = name => { const one = along(name); return one ? Number(one.input.value) : 0; };
const [ABLE, INFEASIBLE, UNPRICED] = [0, 1, 2];
const dark = matchMedia("(prefers-color-scheme: dark)");

const {sign, decimals} = table.money, unit = 10 ** decimals;
const money = cents => {
  const text = String(Math.abs(cents)).padStart(decimals + 1, "0"), point = text.length - decimals;
  const whole = text.slice(0, point).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${cents < 0 ? "-" : ""}${sign}${whole}${decimals ? "." : ""}${text.slice(point)}`;
};
const cell = requests => (
  (place("memory") * table.durations + place("duration")) * table.requests + requests);
const ownCell = (option, requests) => (
  ((option.sized ? place("memory") : 0) * table.durations + place("duration")) * table.requests + requests);
const sized = texts => texts[texts.length > 1 ? place("memory") : 0];
const label = option => sized(option.labels);
const short = option => sized(option.shorts);
const colour = option => (dark.matches ? option.dark : option.light);

const bill = (option, requests) => {
  const at = ownCell(option, requests);
  const [state, words] = table.notes[option.note[at]];
  return {cents: option.cents[at], state, words, text: money(option.cents[at])};
};
const verdict = at => {
  const parts = table.phrases[answer.said[at]];
  const figures = [money(answer.apart[at]), `${answer.share[at] / 10} %`];
  return parts.map((part, n) => (n ? figures[n - 1] : "") + part).join("");
};

const drawn = (name, attributes, ...inside) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...inside);
  return element;
};
const bar = (share, paint, pale) => drawn("svg", {"aria-hidden": "true"}, drawn("rect", {
  width: `${share * 100}%`, height: "100%", fill: paint, "fill-opacity": pale ? 0.35 : 1}));
const line = (option, width) => drawn("svg", {"aria-hidden": "true", class: "lp-swatch", viewBox: "0 0 22 10"}, drawn("line", {
  x1: 0, x2: 22, y1: 5, y2: 5, stroke: colour(option), "stroke-width": width, "stroke-dasharray": option.dash}));
const made = (name, words, kind = "") => {
  const element = document.createElement(name);
  element.append(words);
  if (kind) element.className = kind;
  return element;
};

const showBills = () => {
  const here = place("requests"), at = cell(here);
  const bills = options.map(option => bill(option, here));
  const most = Math.max(1, ...bills.map(one => one.cents));
  byId("bills").replaceChildren(...options.map((option, n) => {
    const row = document.createElement("tr"), one = bills[n];
    const name = made("th", line(option, 3));
    name.scope = "row";
    name.append(label(option));
    const best = answer.winner[at] === n;
    const words = [best ? (answer.close[at] ? "cheapest, but too close to call" : "cheapest") : "", one.words];
    const bars = made("td", bar(one.cents / most, colour(option), one.state !== ABLE));
    row.append(name, made("td", one.text, "n"), bars, made("td", words.filter(Boolean).join("; "), "lp-note"));
    if (best) row.className = "lp-best";
    return row;
  }));
};

const showTable = () => {
  const head = document.createElement("tr");
  head.append(...["requests a month", ...options.map(label), "cheapest"].map((words, n) => {
    const element = made("th", words, n <= options.length ? "n" : "");
    element.scope = "col";
    return element;
  }));
  byId("points-head").replaceChildren(head);
  byId("points").replaceChildren(...along("requests").stops.map((stop, n) => {
    const row = document.createElement("tr");
    const bills = options.map(option => bill(option, n));
    const texts = bills.map(one => one.text + (one.state === INFEASIBLE ? " (breaks a limit)" : one.state === UNPRICED ? " at least" : ""));
    const best = options[answer.winner[cell(n)]];
    const words = best ? label(best) + (answer.close[cell(n)] ? ", too close to call" : "") : "nobody";
    row.append(made("td", stop.exact, "n"), ...texts.map(text => made("td", text, "n")), made("td", words));
    return row;
  }));
};

// The chart: only places on the screen are worked out here.
const HEIGHT = 346, LEFT = 62, TOP = 12, BOTTOM = 60, RIBBON = 16;
const ticks = (low, high, most) => {
  const found = [];
  const every = Math.ceil((high - low + 1) / most);
  for (let power = low; power <= high; power += every) found.push(power);
  return found;
};
const tick = (value, before = "") => {
  for (const [size, letter] of [[1e12, " T"], [1e9, " B"], [1e6, " M"], [1e3, " k"]])
    if (value >= size && !(before && value < 1e6)) return `${before}${value / size}${letter}`;
  return before + (value < 1 ? value.toFixed(2) : value.toLocaleString("en-US"));
};
const showChart = () => {
  const frame = byId("chart"), width = Math.max(300, Math.min(984, frame.clientWidth));
  const stops = along("requests").stops.map(stop => Number(stop.exact));
  const right = Math.min(190, 16 + 7 * Math.max(...options.map(option => short(option).length)));
  const plot = {right: width - right, bottom: HEIGHT - BOTTOM};
  const curves = options.map(option => stops.map((value, n) => ({value, ...bill(option, n)}))
    .map(point => ({...point, seen: point.value > 0 && point.state === ABLE && point.cents > 0})));
  const seen = curves.flat().filter(point => point.seen);
  const first = stops.find(value => value > 0) || 1, last = stops[stops.length - 1];
  const x = value => LEFT + (Math.log(value / first) / Math.log(last / first || 1) || 0) * (plot.right - LEFT);
  const costs = seen.map(point => point.cents / unit);
  const low = Math.floor(Math.log10(Math.min(...costs)) + 1e-9), high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...costs)) - 1e-9));
  const y = cents => plot.bottom - (Math.log10(cents / unit) - low) / (high - low) * (plot.bottom - TOP);
  const svg = drawn("svg", {role: "img", "aria-label": table.chart, width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`});
  const write = (words, left, top, more = {}) => svg.append(drawn("text", {x: left, y: top, ...more}, words));
  for (const power of seen.length ? ticks(low, high, 8) : []) {
    const at = y(unit * 10 ** power);
    svg.append(drawn("line", {class: "lp-grid", x1: LEFT, x2: plot.right, y1: at, y2: at}));
    write(tick(10 ** power, sign === "$" ? sign : ""), LEFT - 6, at + 4, {"text-anchor": "end"});
  }
  const decades = ticks(Math.ceil(Math.log10(first) - 1e-9), Math.floor(Math.log10(last) + 1e-9), (plot.right - LEFT) / 55);
  for (const value of decades.length > 1 ? decades.map(power => 10 ** power) : [first, last]) {
    svg.append(drawn("line", {class: "lp-grid", x1: x(value), x2: x(value), y1: TOP, y2: plot.bottom}));
    write(tick(value), x(value), plot.bottom + RIBBON + 17, {"text-anchor": "middle"});
  }
  write("requests a month", (LEFT + plot.right) / 2, HEIGHT - 6, {"text-anchor": "middle"});
  write(table.money.a_month, (plot.bottom + TOP) / -2, 12, {transform: "rotate(-90)", "text-anchor": "middle"});
  // who is cheapest at each stop, halfway to its neighbours
  const ribbon = [];
  stops.forEach((value, n) => {
    if (!(value > 0)) return;
    const edge = other => (other > 0 ? (x(value) + x(other)) / 2 : x(value));
    const best = answer.winner[cell(n)], one = ribbon[ribbon.length - 1];
    if (one && one.best === best) one.to = edge(stops[n + 1]);
    else ribbon.push({best, from: edge(stops[n - 1]), to: edge(stops[n + 1])});
  });
  for (const {best, from, to} of ribbon) svg.append(drawn("rect", {
    class: "lp-ribbon", x: from, y: plot.bottom + 3, width: Math.max(1, to - from), height: RIBBON - 6,
    ...(options[best] ? {fill: colour(options[best])} : {}),
  }));
  const here = stops[place("requests")];
  if (here > 0) svg.append(drawn("line", {class: "lp-here", x1: x(here), x2: x(here), y1: TOP, y2: plot.bottom}));
  const ends = [];
  options.forEach((option, n) => {
    let path = "", joined = false, end = null;
    for (const point of curves[n]) {
      if (point.seen) {
        path += `${joined ? "L" : "M"}${x(point.value).toFixed(1)} ${y(point.cents).toFixed(1)}`;
        end = point;
      }
      joined = point.seen;
    }
    if (!end) return;
    svg.append(drawn("path", {d: path, fill: "none", stroke: colour(option), "stroke-width": 2.2, "stroke-dasharray": option.dash}));
    const dot = curves[n][place("requests")];
    if (dot.seen) svg.append(drawn("circle", {cx: x(dot.value), cy: y(dot.cents), r: 4.5, fill: colour(option)}));
    ends.push({option, left: x(end.value) + 8, top: y(end.cents) + 4});
  });
  ends.sort((a, b) => a.top - b.top);
  let under = TOP;
  for (const end of ends) end.top = under = Math.max(under + 14, end.top);
  let above = plot.bottom + 14;
  for (const end of ends.reverse()) end.top = above = Math.min(above - 14, end.top);
  for (const end of ends) svg.append(drawn("text", {x: end.left, y: end.top}, short(end.option)));
  frame.replaceChildren(svg);
};

const show = () => {
  for (const one of sliders) {
    const text = one.stops[one.input.value].text;
    one.input.setAttribute("aria-valuetext", text);
    one.shown.textContent = text;
  }
  const where = sliders.map(one => one.stops[one.input.value].text).join(", ");
  byId("answer").textContent = `At ${where}: ${verdict(cell(place("requests")))}.`;
  if (byId("wall")) byId("wall").textContent = table.wall[place("memory")][place("duration")];
  const changed = sliders.filter(one => Number(one.input.value) !== one.here);
  const settings = changed.map(one => ` --set ${one.path}=${one.stops[one.input.value].exact}`).join("");
  byId("command").textContent = `lambdaplan compare scenario.json${settings}`;
  showBills();
  showTable();
  showChart();
};
const keep = () => {
  const words = sliders.map(one => `${one.name}=${one.stops[one.input.value].exact}`).join("&");
  history.replaceState(null, "", `#${words}`);
};
const restore = () => {
  const said = new URLSearchParams(location.hash.slice(1));
  for (const one of sliders) {
    const at = one.stops.findIndex(stop => stop.exact === said.get(one.name));
    if (at >= 0) one.input.value = at;
  }
  show();
};

let waiting = false;
const moved = () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; show(); });
};
for (const one of sliders) {
  one.input.addEventListener("input", moved);
  one.input.addEventListener("change", () => { show(); keep(); });
}
byId("reset").addEventListener("click", () => {
  for (const one of sliders) one.input.value = one.here;
  show();
  keep();
});
addEventListener("hashchange", restore);
addEventListener("resize", showChart);
dark.addEventListener("change", show);
for (const element of document.querySelectorAll(".lp-scripted")) element.hidden = false;
for (const element of document.querySelectorAll(".lp-still")) element.hidden = true;
restore();
document.documentElement.dataset.ready = "1";
})();
