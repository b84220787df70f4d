/** A level meter for the own microphone: how loud it is now, 0…1, ten times a second. */

let context = null;

function audioContext() {
  if (context) return context;
  context = new AudioContext();
  const wake = () => context.resume();
  for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, wake, { passive: true });
  return context;
}

/** Measure `track` until the returned function is called; `tell(level)` gets 0…1 on a scale that speech fills. */
export function measure(track, tell) {
  const source = audioContext().createMediaStreamSource(new MediaStream([track]));
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
  };
}

/** 0 at −60 dB and below, 1 at −10 dB and above. */
function loudness(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / samples.length + 1e-12);
  return Math.min(1, Math.max(0, (decibels + 60) / 50));
}
