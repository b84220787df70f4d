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

  // A strip of grain, so that a picture costs as much as a face does: plain colours cost an encoder next to nothing.
  const noisy = (width, height) => {
    const grain = document.createElement("canvas");
    grain.width = width;
    grain.height = height;
    const pen = grain.getContext("2d");
    for (let y = 0; y < height; y += 4)
      for (let x = 0; x < width; x += 4) {
        pen.fillStyle = `hsl(30 30% ${30 + Math.random() * state.noise}%)`;
        pen.fillRect(x, y, 4, 4);
      }
    return grain;
  };

  // The time of drawing, Date.now() modulo 65536, as sixteen black or white fields across the middle: whoever sees them knows how old they are.
  const stamp = (pen, canvas) => {
    const now = Date.now() & 0xffff;
    const [width, height] = [canvas.width / 16, canvas.height / 9];
    for (let bit = 0; bit < 16; bit += 1) {
      pen.fillStyle = (now >> bit) & 1 ? "#ffffff" : "#000000";
      pen.fillRect(bit * width, canvas.height / 2 - height, width, height);
    }
  };

  const camera = (wanted) => {
    const canvas = document.createElement("canvas");
    canvas.width = size(wanted.width, settings.width);
    canvas.height = size(wanted.height, settings.height);
    const pen = canvas.getContext("2d", { alpha: false });
    let count = 0;
    let noise = null;
    const draw = () => {
      pen.fillStyle = state.colour;
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.fillStyle = "#ffffff"; // the block moves along the lower edge: the middle keeps the pure colour
      const side = canvas.height / 8;
      pen.fillRect((count * side * 0.5) % canvas.width, canvas.height - side, side, side);
      if (state.noise) noise ??= noisy(canvas.width, canvas.height / 3);
      if (state.noise) pen.drawImage(noise, 0, 0, canvas.width / 2, noise.height, ((count * 7) % (canvas.width / 2)), 0, canvas.width / 2, noise.height);
      if (settings.stamp) stamp(pen, canvas);
      count += 1;
    };
    draw();
    // A stamped picture is taken when it is drawn: else it waits for the browser's next look, up to a whole frame, and no two sessions alike.
    const track = canvas.captureStream(settings.stamp ? 0 : settings.framesPerSecond).getVideoTracks()[0];
    const turn = () => {
      draw();
      if (settings.stamp) track.requestFrame();
    };
    const timer = setInterval(() => (track.readyState === "ended" ? clearInterval(timer) : turn()), 1000 / settings.framesPerSecond);
    return track;
  };

  const microphone = () => {
    const context = (state.context ??= new AudioContext({ latencyHint: "playback" })); // large buffers: a tone may be late, and costs a quarter less of a whole page
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
