// What reads QR pictures here: the browser by itself (BarcodeDetector), else jsQR in a worker, loaded when it is first needed.

const LONGEST_SIDE = 640;

export async function readsByItself() {
  return "BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).includes("qr_code");
}

/** `{ read(video) → text or "", close() }`. Raises where jsQR cannot be loaded. */
export async function openReader(decoder) {
  if (await readsByItself()) return new Native();
  const answer = await fetch(decoder);
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return new Decoder(await answer.text());
}

class Native {
  detector = new BarcodeDetector({ formats: ["qr_code"] });

  async read(video) {
    const [seen] = await this.detector.detect(video).catch(() => []);
    return seen?.rawValue ?? "";
  }

  close() {}
}

/** Runs in the worker, behind jsQR's own text. */
function work() {
  self.onmessage = ({ data }) => {
    const found = self.jsQR(new Uint8ClampedArray(data.pixels), data.width, data.height, { inversionAttempts: "dontInvert" });
    self.postMessage(found?.data ?? "");
  };
}

class Decoder {
  constructor(library) {
    const address = URL.createObjectURL(new Blob([library, `\n(${work})();\n`], { type: "text/javascript" }));
    this.worker = new Worker(address); // of our own text, so that it needs nothing more from a network
    URL.revokeObjectURL(address);
    this.canvas = document.createElement("canvas");
    this.pen = this.canvas.getContext("2d", { willReadFrequently: true });
  }

  read(video) {
    const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
    const [width, height] = [Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale)];
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.pen.drawImage(video, 0, 0, width, height);
    const pixels = this.pen.getImageData(0, 0, width, height).data.buffer;
    return new Promise((resolve) => {
      this.worker.onmessage = ({ data }) => resolve(data);
      this.worker.onerror = () => resolve("");
      this.worker.postMessage({ pixels, width, height }, [pixels]);
    });
  }

  close() {
    this.worker.terminate();
  }
}
