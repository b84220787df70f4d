/** A citizen's question in words: as the citizen wished, with or without a name. */
import { t } from "../boot.js";

/** "Aida, Kara-Suu"; empty for whoever gave neither. */
export const askedBy = (question) => [question.name, question.place].filter(Boolean).join(", ");

/** What stands before the question itself. */
export function questionHead(question) {
  const who = askedBy(question);
  return who ? t("question_of", { number: question.number, who }) : t("question_number", { number: question.number });
}

/** In the list of speakers: on whose behalf a point wants the floor. */
export function citizenAsks({ name, text }) {
  return name ? t("citizen_asks", { name, text }) : t("citizen_asks_unnamed", { text });
}
