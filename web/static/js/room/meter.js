/**
 * A level meter for the own microphone: how loud it is now, 0…1, ten times a second. Its context sleeps while nobody measures:
 * awake it would keep a thread busy for the whole session.
 */

let context = null;
const measured = new Set();

function audioContext() {
  if (context) return context;
  context = new AudioContext({ latencyHint: "playback" }); // large buffers cost less, and nobody listens to it
  const wake = () => measured.size && context.resume();
  for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, wake, { passive: true });
  return context;
}

/** Measure `track` until the returned function is called; `tell(level)` gets 0…1 on a scale that speech fills. */
export function measure(track, tell) {
  const source = audioContext().createMediaStreamSource(new MediaStream([track]));
  measured.add(source);
  audioContext().resume();
  const analyser = new AnalyserNode(audioContext(), { fftSize: 1024 });
  const samples = new Float32Array(analyser.fftSize);
  source.connect(analyser);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    tell(track.enabled ? loudness(samples) : 0);
  }, 100);
  return () => {
    clearInterval(timer);
    source.disconnect();
    measured.delete(source);
    if (!measured.size) audioContext().suspend();
  };
}

/** 0 at −60 dB and below, 1 at −10 dB and above. */
function loudness(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / samples.length + 1e-12);
  return Math.min(1, Math.max(0, (decibels + 60) / 50));
}
