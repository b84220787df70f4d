/** The agenda's clock: how long each item took of what was planned, and when the meeting will end. Arithmetic, and its words. */
import { serverNow, t } from "./boot.js";
import { clockTime } from "./dom.js";

/** Seconds that an item has taken up to `now` (milliseconds). */
export function itemElapsed(item, now) {
  if (!item) return 0;
  return item.spent_s + (item.since ? Math.max(0, (now - Date.parse(item.since)) / 1000) : 0);
}

/** When the meeting ends (milliseconds) if every item not closed takes what was planned; one that is over its time ends now. */
export function forecast(planned, items, now) {
  const left = planned.map((minutes, index) => {
    const item = items[String(index)];
    return item?.closed_at ? 0 : Math.max(0, minutes * 60 - itemElapsed(item, now));
  });
  return now + left.reduce((sum, seconds) => sum + seconds, 0) * 1000;
}

/** Minutes that the forecast is after the planned end; under a minute is as planned. */
export const minutesOver = (at, ends) => Math.trunc((at - ends) / 60_000);

/** The forecast of a room in words, or nothing without an agenda. */
export function forecastWords(room, long = true) {
  const list = room.session.agenda ?? [];
  if (!list.length || !room.opened_at) return "";
  const at = forecast(list.map((item) => item.minutes), room.agenda.items ?? {}, serverNow());
  const over = minutesOver(at, Date.parse(room.ends_at));
  const values = { time: clockTime(at), minutes: Math.abs(over) };
  if (!long) return over > 0 ? t("forecast_short_over", values) : t("forecast_short", values);
  if (over === 0) return t("forecast_even", values);
  return over > 0 ? t("forecast_over", values) : t("forecast_early", values);
}
