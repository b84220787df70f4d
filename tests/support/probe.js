// What a test may ask a page about the media that it really receives (tests/support/chromium.py wraps each function).
(() => {
  const connections = [];
  const Native = window.RTCPeerConnection;
  if (Native) {
    window.RTCPeerConnection = class extends Native {
      constructor(...given) {
        super(...given);
        connections.push(this);
      }
    };
  }
  const live = () => connections.filter((c) => c.connectionState !== "closed");

  let pen = null; // one canvas for all looks: some tests look many times a second

  // Sends through a canvas what the element shows now: the mean colour of the middle ninth, [r, g, b], or null without a picture.
  const colour = (video) => {
    if (!video || !video.videoWidth) return null;
    pen ??= Object.assign(document.createElement("canvas"), { width: 3, height: 3 }).getContext("2d", { willReadFrequently: true });
    const [w, h] = [video.videoWidth, video.videoHeight];
    pen.drawImage(video, w / 3, h / 3, w / 3, h / 3, 0, 0, 3, 3);
    const { data } = pen.getImageData(0, 0, 3, 3);
    const mean = (offset) => {
      let sum = 0;
      for (let i = offset; i < data.length; i += 4) sum += data[i];
      return Math.round(sum / (data.length / 4));
    };
    return [mean(0), mean(1), mean(2)];
  };

  // Every inbound and outbound RTP stream of every live connection, as getStats() gives them.
  const rtp = async () => {
    const found = [];
    for (const [number, connection] of live().entries()) {
      for (const item of (await connection.getStats()).values()) {
        if (item.type === "inbound-rtp" || item.type === "outbound-rtp") found.push({ connection: number, ...item });
      }
    }
    return found;
  };

  // The loudest frequencies (Hz) that arrive, one for each live remote audio track that is not silent.
  const tones = async (milliseconds = 400) => {
    const context = new AudioContext();
    await context.resume();
    const heard = [];
    for (const connection of live()) {
      for (const receiver of connection.getReceivers()) {
        if (receiver.track?.kind !== "audio" || receiver.track.readyState !== "live") continue;
        const source = context.createMediaStreamSource(new MediaStream([receiver.track]));
        const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
        source.connect(analyser);
        heard.push(analyser);
      }
    }
    await new Promise((done) => setTimeout(done, milliseconds));
    const result = heard.map((analyser) => {
      const bins = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(bins);
      let best = 0;
      for (let i = 1; i < bins.length; i += 1) if (bins[i] > bins[best]) best = i;
      return bins[best] > -70 ? Math.round((best * context.sampleRate) / analyser.fftSize) : null;
    });
    await context.close();
    return result.filter((frequency) => frequency !== null);
  };

  const ufrags = () =>
    live().map((c) => /a=ice-ufrag:(\S+)/.exec(c.localDescription?.sdp ?? "")?.[1]).filter(Boolean);

  window.__probe = { colour, rtp, tones, ufrags, connections };
})();
