// Small helps; every page works without them.

// A form is sent once, however often the button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // Coming back with the browser's back button must find a form that can be sent again.
  addEventListener("pageshow", () => delete form.dataset.sent, { once: true });
});

// The sets that are ticked stay ticked when the page is closed or the phone restarts.
(() => {
  const routine = document.querySelector("[data-ticks]");
  if (!routine) return;
  const key = `afterrun-${routine.dataset.ticks}`;
  const boxes = [...routine.querySelectorAll("input[type=checkbox]")];

  function load() {
    try {
      return JSON.parse(localStorage.getItem(key)) || [];
    } catch {
      return [];
    }
  }

  function show() {
    for (const box of boxes) {
      routine.querySelector(`[data-for="${box.id}"]`).classList.toggle("is-done", box.checked);
    }
  }

  const ticked = load();
  for (const box of boxes) box.checked = ticked.includes(box.id);
  show();
  routine.addEventListener("change", () => {
    show();
    try {
      localStorage.setItem(key, JSON.stringify(boxes.filter((box) => box.checked).map((box) => box.id)));
    } catch {
      // a private window without storage: the ticks last as long as the page
    }
  });
})();
