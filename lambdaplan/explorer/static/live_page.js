// HTML of the kernel's making that changes in place.
function render({ model, el }) {
  if (model.get("live")) el.setAttribute("role", "status");
  const draw = () => {
    const open = new Set([...el.querySelectorAll("details[open]")].map((d) => d.dataset.key));
    const focus = el.contains(document.activeElement) && document.activeElement.parentElement?.dataset.key;
    el.innerHTML = model.get("html");
    for (const d of el.querySelectorAll("details")) {
      if (open.has(d.dataset.key)) d.open = true;
      if (focus && d.dataset.key === focus) d.querySelector("summary").focus();
    }
  };
  model.on("change:html", draw);
  draw();
  return () => model.off("change:html", draw);
}
export default { render };
