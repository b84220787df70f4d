// A picture of the room is made small before it is sent: a telephone's takes minutes over a thin link. What cannot be made small is sent as it is.

const LONGEST_SIDE = 1600;

async function smaller(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  return blob && blob.size < file.size ? new File([blob], file.name.replace(/\.\w+$/, ".jpg"), { type: "image/jpeg" }) : file;
}

for (const input of document.querySelectorAll("[data-picture] input[type=file]")) {
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (!file) return;
    try {
      const kept = new DataTransfer();
      kept.items.add(await smaller(file));
      input.files = kept.files;
    } catch {
      // Not a picture, or one that this browser cannot read: the server says what is wrong with it.
    }
  });
}
