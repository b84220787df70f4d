// Installed in a room page: notes every so many milliseconds what each stream has brought since the last time, by the point that it
// came from, and how old the stamped pictures are when they are shown (tests/support/fake_camera.js).
(everyMs) => {
  const state = (window.__links = { rows: [], ages: [] });
  const before = new Map();
  const counters = ["concealedSamples", "totalSamplesReceived", "framesDecoded", "freezeCount", "totalFreezesDuration", "jitterBufferDelay",
    "jitterBufferEmittedCount", "bytesReceived", "packetsReceived", "packetsLost", "nackCount", "fecPacketsReceived"];

  const since = (key, name, value) => {
    const last = before.get(key + name) ?? value;
    before.set(key + name, value);
    return Math.max(0, value - last);
  };

  const pointOf = (video) => {
    const track = video.srcObject?.getVideoTracks()[0];
    const all = __probe.connections.filter((connection) => connection.connectionState !== "closed").flatMap((connection) => connection.getTransceivers());
    const mid = all.find((transceiver) => track && transceiver.receiver.track.id === track.id)?.mid;
    return window.liaisonRoom.slots().find((slot) => slot.mid === mid)?.point ?? null;
  };

  const look = async () => {
    const carried = new Map(window.liaisonRoom.slots().map((slot) => [slot.mid, slot.point]));
    for (const [number, connection] of __probe.connections.entries()) {
      if (connection.connectionState === "closed") continue;
      for (const entry of (await connection.getStats()).values()) {
        const point = entry.type === "inbound-rtp" ? carried.get(entry.mid) : null;
        if (!point) continue;
        const row = { at: Date.now(), point, kind: entry.kind, mid: entry.mid };
        for (const name of counters) row[name] = since(`${number}:${entry.mid}:`, name, entry[name] ?? 0);
        state.rows.push(row);
      }
    }
  };

  const strip = new OffscreenCanvas(16, 1).getContext("2d", { willReadFrequently: true });
  const age = (video, shownAt) => {
    const [width, height] = [video.videoWidth, video.videoHeight];
    if (!width) return null;
    strip.drawImage(video, 0, height * (0.5 - 1 / 18) - 1, width, 2, 0, 0, 16, 1);
    const { data } = strip.getImageData(0, 0, 16, 1);
    let stamp = 0;
    for (let bit = 0; bit < 16; bit += 1) stamp |= (data[bit * 4 + 1] > 127) << bit;
    const ms = (shownAt % 65536) - stamp;
    return ms < -1 ? ms + 65536 : ms;
  };

  const watched = new WeakSet();
  const watch = (video) => {
    watched.add(video);
    let count = 0;
    const onFrame = (_now, frame) => {
      video.requestVideoFrameCallback(onFrame);
      count += 1;
      const ms = count % 2 ? null : age(video, performance.timeOrigin + frame.presentationTime);
      if (ms !== null && ms < 20000) state.ages.push({ at: Date.now(), point: pointOf(video), ms });
    };
    video.requestVideoFrameCallback(onFrame);
  };

  const find = () => {
    for (const video of document.querySelectorAll("#floorplan video"))
      if (!watched.has(video) && !video.closest(".tile-own")) watch(video);
  };

  const turn = async () => {
    find();
    await look();
    setTimeout(turn, everyMs);
  };
  turn();
}
