// The draft saves itself: shortly after the last change, and when the page is left. It holds no booking.
import { debounce, fill, post } from "./texts.js";

const DELAY_MS = 1500;
const AGAIN_MS = 10000;

export function draft(form, texts) {
  const state = form.querySelector("[data-draft-state]");
  let submitted = false;
  let saving = null;

  async function save() {
    if (submitted) return;
    if (saving) await saving; // the first answer brings the draft's id; a second save before it would make a second draft
    saving = send().finally(() => { saving = null; });
  }

  async function send() {
    try {
      const response = await post(form.dataset.draft, new FormData(form), { keepalive: true });
      if (!response.ok) throw new Error(String(response.status));
      const kept = await response.json();
      form.elements.draft_id.value = kept.id ?? "";
      if (kept.id) state.textContent = fill(texts.saved, { time: kept.saved_at });
    } catch {
      // Nothing is lost while the page is open: it says so and tries again.
      state.textContent = texts.not_saved;
      setTimeout(save, AGAIN_MS);
    }
  }

  const later = debounce(save, DELAY_MS);
  form.addEventListener("input", later);
  form.addEventListener("submit", () => { submitted = true; });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") later.now(); });
}
