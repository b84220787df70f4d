// What every page has: the small-screen menu, menus that close by themselves, dialogs, confirmation before sending, forms sent once,
// marks of errors that go away when they are corrected.

function navToggle() {
  const button = document.querySelector("[data-nav-toggle]");
  const nav = document.getElementById("site-nav");
  button?.addEventListener("click", () => {
    const open = nav.classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
  });
}

function toggles() {
  for (const button of document.querySelectorAll("[data-toggle]")) {
    const part = document.getElementById(button.dataset.toggle);
    button.setAttribute("aria-expanded", String(part.classList.contains("open")));
    button.addEventListener("click", () => button.setAttribute("aria-expanded", String(part.classList.toggle("open"))));
  }
}

function closingMenus() {
  const close = (menu) => menu.removeAttribute("open");
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) if (!menu.contains(event.target)) close(menu);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      close(menu);
      menu.querySelector("summary").focus();
    }
  });
}

function dialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      event.preventDefault();
      document.getElementById(opener.dataset.dialog)?.showModal();
    }
    const closer = event.target.closest("[data-close-dialog]");
    if (closer) {
      event.preventDefault();
      closer.closest("dialog")?.close();
    }
  });
}

/** Ask in our own words and on our own buttons; the browser's would be in its language. Sends the form after a yes. */
function confirmSending(form, submitter, question) {
  const dialog = document.getElementById("confirm-dialog");
  document.getElementById("confirm-words").textContent = question;
  dialog.returnValue = "";
  dialog.showModal();
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes") return;
    form.dataset.confirmed = "1";
    form.requestSubmit(submitter);
  }, { once: true });
}

function carefulForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog") return;
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (question && !form.dataset.confirmed) {
      event.preventDefault();
      confirmSending(form, event.submitter, question);
      return;
    }
    delete form.dataset.confirmed;
    if (form.method === "post" && !form.hasAttribute("data-many")) {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
      setTimeout(() => delete form.dataset.sent, 4000);
    }
  });
}

function submitOnChange() {
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
}

function printButtons() {
  for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
}

function copyButtons() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      if (button.dataset.copied) button.textContent = button.dataset.copied;
    });
  }
}

/** What the reader is correcting is no longer marked as wrong; the next sending looks at it again. */
function correctedFields() {
  const mend = (scope) => {
    for (const input of scope.querySelectorAll(".is-invalid")) {
      input.classList.remove("is-invalid");
      input.removeAttribute("aria-invalid");
    }
    for (const note of scope.querySelectorAll(".field-error")) note.remove();
  };
  const corrected = ({ target }) => {
    if (!(target instanceof Element) || target.type === "search") return;
    const scope = target.closest(".field, [data-field]");
    if (scope) mend(scope);
    const other = target.dataset?.mends && document.getElementById(target.dataset.mends);
    if (other) mend(other.closest(".field"));
    const errors = document.getElementById("errors");
    if (errors?.dataset.marked && !document.querySelector(".field-error")) errors.remove();
  };
  document.addEventListener("input", corrected);
  document.addEventListener("change", corrected);
}

function fileNames() {
  for (const input of document.querySelectorAll("[data-file-name]")) {
    const none = document.getElementById(input.dataset.fileName).textContent;
    input.addEventListener("change", () => {
      document.getElementById(input.dataset.fileName).textContent = input.files[0]?.name ?? none;
    });
  }
}

/** What a hall's door keeps in this browser goes with the sign-in, and when its time is over; what it has counted is sent. The door's own
    page looks after itself. */
async function doorLeft() {
  if (document.getElementById("door")) return;
  let keeps = false;
  try {
    keeps = Object.keys(localStorage).some((key) => key.startsWith("door"));
  } catch {
    return; // a browser that forbids storage has kept nothing
  }
  if (!keeps) return;
  const nobody = "nobody" in document.body.dataset;
  await (await import("./door/kept.js")).sweep(nobody);
  if (!nobody) (await import("./door/queue.js")).sendLeft();
}

navToggle();
toggles();
closingMenus();
dialogs();
carefulForms();
submitOnChange();
printButtons();
copyButtons();
correctedFields();
fileNames();
doorLeft();
