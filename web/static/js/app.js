// What every page has: the small-screen menu, menus that close by themselves, dialogs, confirmation before sending, forms sent once.

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

function carefulForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      return;
    }
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

navToggle();
toggles();
closingMenus();
dialogs();
carefulForms();
submitOnChange();
printButtons();
copyButtons();
