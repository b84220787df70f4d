/** Fill `{name}` places of a translated sentence. */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Call `act` once, `delay` ms after the last call; `.now()` runs a waiting call at once. */
export function debounce(act, delay) {
  let timer = null;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => { timer = null; act(); }, delay);
  };
  later.now = () => {
    if (timer === null) return;
    clearTimeout(timer);
    timer = null;
    act();
  };
  return later;
}

export function post(url, body, options = {}) {
  return fetch(url, { method: "POST", body, headers: { Accept: "application/json" }, ...options });
}
