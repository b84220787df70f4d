/** Removing somebody: asked once more, with a reason that the removed page shows. */
import { t } from "./boot.js";
import { byId, setText } from "./dom.js";

/** Resolves to the reason (perhaps empty), or to null when the chair thinks better of it. */
export function askRemoval(name) {
  const dialog = byId("removal");
  setText(byId("removal-question"), t("remove_question", { name }));
  byId("removal-why").value = "";
  byId("removal-back").onclick = () => dialog.close();
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "do" ? byId("removal-why").value.trim() : null), { once: true });
  });
}
