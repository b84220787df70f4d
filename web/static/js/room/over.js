/** The last page: why this device is no longer in the session, and what to do. */
import { boot, t } from "./boot.js";
import { byId, setIcon, setText, show } from "./dom.js";
import { goBack } from "./pc.js";

const SIGNS = { ended: "check-circle", left: "box-arrow-left", removed: "person-x", replaced: "window-stack", room_full: "people-fill" };
const RETURNING = new Set(["left", "replaced", "room_full", "refused"]);

/** Leave the room's pages and say why. `reason` is that of `bye`, or a refusal with the server's own `problem`; `why`: the chair's words. */
export function showOver(reason, problem = null, why = "") {
  const known = SIGNS[reason] ? reason : "refused";
  for (const id of ["prejoin", "call"]) if (document.getElementById(id)) show(byId(id), false);
  show(byId("banner"), false);
  show(byId("over"), true);
  document.body.dataset.phase = "over";
  setIcon(byId("over-sign"), SIGNS[known] ?? "exclamation-triangle");
  setText(byId("over-title"), problem?.title && known === "refused" ? problem.title : t(`over_${known}`));
  const words = known === "refused" && problem ? [problem.detail, problem.remedy].filter(Boolean).join(" ") : "";
  setText(byId("over-detail"), words || t(`over_${known}_detail`));
  const said = document.getElementById("over-why"); // not on the watch page: nobody is removed from there with words
  if (said) show(said, Boolean(why));
  if (said && why) setText(said, t("over_why", { why }));
  show(byId("over-again"), RETURNING.has(known));
  const sheet = document.getElementById("over-attendance"); // only for those who may see the whole sheet
  if (sheet) show(sheet, known === "ended");
  byId("over-again").addEventListener("click", () => location.reload(), { once: true });
  if (boot.mode === "watch" && known === "room_full") setText(byId("over-again").querySelector("span"), t("over_watch_again"));
  goBack(known);
  byId("over-title").setAttribute("tabindex", "-1");
  byId("over-title").focus();
}
