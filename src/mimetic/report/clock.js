"use strict";
// One clock: a moment pointed at in any row, or chosen by a frame, is shown in all rows.
(() => {
  const body = document.body;
  const start = Number(body.dataset.start), end = Number(body.dataset.end);
  const readout = document.querySelector(".readout");
  const buttons = [...document.querySelectorAll(".thumb")];
  const rows = [...document.querySelectorAll("[data-values]")].map((row) => ({
    now: row.querySelector(".now"),
    unit: row.dataset.unit,
    names: row.dataset.names.split("|"),
    tables: row.dataset.values.split("|").map((table) => table.split(",")),
  }));
  let at = null;

  function show(time) {
    at = Math.min(Math.max(time, start), end);
    const share = (at - start) / (end - start);
    body.style.setProperty("--at", `${100 * share}%`);
    body.classList.add("reading");
    readout.hidden = false;
    readout.textContent = `${at.toFixed(2)} s`;
    for (const row of rows) {
      row.now.replaceChildren(...row.tables.map((table, index) => {
        const value = table[Math.min(Math.floor(share * table.length), table.length - 1)];
        const line = document.createElement("div");
        line.className = row.names[index];
        line.textContent = value === "" ? "–" : `${value.replace("-", "−")} ${row.unit}`;
        return line;
      }));
    }
  }
  function hide() {
    at = null;
    body.classList.remove("reading");
    readout.hidden = true;
    for (const button of buttons) button.classList.remove("on");
  }
  for (const group of document.querySelectorAll(".rows")) {
    group.addEventListener("pointermove", (event) => {
      const box = group.querySelector(".on-clock").getBoundingClientRect();
      const share = (event.clientX - box.left) / box.width;
      if (share >= 0 && share <= 1) show(start + share * (end - start));
    });
    group.addEventListener("pointerleave", hide);
    group.addEventListener("keydown", (event) => {
      const step = (end - start) / (event.shiftKey ? 20 : 200);
      const now = at === null ? start : at;
      const wanted = { ArrowLeft: now - step, ArrowRight: now + step, Home: start, End: end };
      if (event.key === "Escape") hide();
      if (!(event.key in wanted)) return;
      event.preventDefault();
      show(wanted[event.key]);
    });
  }
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const again = button.classList.contains("on");
      hide();
      if (again) return;
      button.classList.add("on");
      show(Number(button.dataset.at));
    });
  }
})();
