// The camera reads tickets, where the browser can read QR pictures by itself (BarcodeDetector); elsewhere codes are typed.

const LOOK_MS = 200;

export const canScan = () => "BarcodeDetector" in window && Boolean(navigator.mediaDevices?.getUserMedia);

/** The code of a ticket: what stands behind the # of its address, or what was typed. */
export const codeOf = (text) => text.slice(text.lastIndexOf("#") + 1).trim().toUpperCase();

export class Scanner {
  constructor(video, found) {
    Object.assign(this, { video, found, last: "", timer: 0 });
  }

  async start() {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    this.video.srcObject = this.stream;
    this.video.hidden = false;
    await this.video.play();
    this.timer = setInterval(() => this.look(detector), LOOK_MS);
  }

  async look(detector) {
    const [seen] = await detector.detect(this.video).catch(() => []);
    if (!seen || seen.rawValue === this.last) return;
    this.last = seen.rawValue; // The same picture still before the camera is no second guest.
    this.found(codeOf(seen.rawValue));
  }

  stop() {
    clearInterval(this.timer);
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video.hidden = true;
    this.last = "";
  }
}
