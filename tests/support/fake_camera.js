// Installed in every page of a participant before its own scripts (tests/support/chromium.py).
// Gives the page a camera of one solid colour with a moving block, and a microphone with one tone, whatever device the
// page asks for; permission, device list and everything after getUserMedia stay the browser's own.
(() => {
  const settings = __SETTINGS__;
  const state = (window.__fakeCamera = { ...settings, opened: 0, context: null });

  const size = (asked, fallback) => {
    const value = asked && typeof asked === "object" ? (asked.exact ?? asked.ideal ?? asked.max) : asked;
    return Math.min(typeof value === "number" ? value : fallback, fallback);
  };

  const camera = (wanted) => {
    const canvas = document.createElement("canvas");
    canvas.width = size(wanted.width, settings.width);
    canvas.height = size(wanted.height, settings.height);
    const pen = canvas.getContext("2d", { alpha: false });
    let count = 0;
    const draw = () => {
      pen.fillStyle = state.colour;
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.fillStyle = "#ffffff"; // the block moves along the lower edge: the middle keeps the pure colour
      const side = canvas.height / 8;
      pen.fillRect((count * side * 0.5) % canvas.width, canvas.height - side, side, side);
      count += 1;
    };
    draw();
    const track = canvas.captureStream(settings.framesPerSecond).getVideoTracks()[0];
    const timer = setInterval(() => (track.readyState === "ended" ? clearInterval(timer) : draw()),
      1000 / settings.framesPerSecond);
    return track;
  };

  const microphone = () => {
    const context = (state.context ??= new AudioContext());
    const wake = () => context.resume();
    if (context.state !== "running") {
      wake();
      for (const gesture of ["pointerdown", "keydown", "click"]) addEventListener(gesture, wake, { capture: true });
    }
    const tone = new OscillatorNode(context, { frequency: settings.tone });
    const level = new GainNode(context, { gain: settings.level });
    const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    tone.connect(level).connect(out);
    tone.start();
    state.gain = level.gain;
    return out.stream.getAudioTracks()[0];
  };

  if (navigator.mediaDevices) {
    navigator.mediaDevices.getUserMedia = async (constraints = {}) => {
      if (!constraints.audio && !constraints.video) throw new TypeError("at least one of audio and video is needed");
      state.opened += 1;
      const tracks = [];
      if (constraints.video) tracks.push(camera(constraints.video));
      if (constraints.audio) tracks.push(microphone());
      return new MediaStream(tracks);
    };
  }
})();
