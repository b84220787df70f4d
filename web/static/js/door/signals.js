// What somebody hears and feels who looks at the guests and not at the telephone: high for come in, low twice for no.

const TONES = { good: [[880, 0, 0.09], [1320, 0.1, 0.16]], warn: [[620, 0, 0.28]], bad: [[200, 0, 0.2], [200, 0.28, 0.3]] };
const BUZZES = { good: [60], warn: [80, 60, 80], bad: [220, 90, 220] };
const LOUDNESS = 0.25;
let sound = null;

/** Browsers let a page sound only from a press on. */
export function allowSound() {
  if (!("AudioContext" in window)) return;
  sound ??= new AudioContext();
  sound.resume();
}

export function signal(look) {
  if (!(look in TONES)) return;
  navigator.vibrate?.(BUZZES[look]);
  if (sound?.state === "running") for (const [pitch, after, lasts] of TONES[look]) tone(pitch, sound.currentTime + after, lasts);
}

function tone(pitch, from, lasts) {
  const [voice, loudness] = [sound.createOscillator(), sound.createGain()];
  voice.frequency.value = pitch;
  loudness.gain.setValueAtTime(LOUDNESS, from);
  loudness.gain.exponentialRampToValueAtTime(0.001, from + lasts);
  voice.connect(loudness).connect(sound.destination);
  voice.start(from);
  voice.stop(from + lasts);
}
