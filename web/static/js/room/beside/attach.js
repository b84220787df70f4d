/** The file that is to go with the next message: chosen with the paper clip, dropped onto the panel, or a picture that is pasted. */
import { boot, t } from "../boot.js";
import { byId, setText, show } from "../dom.js";
import { sizeWords } from "./attached.js";
import { tooLarge } from "./uploads.js";

const ACCEPTED = ["pdf", "jpg", "jpeg", "png", "webp", "docx", "xlsx", "pptx", "odt", "ods", "odp", "txt", "csv"].map((kind) => `.${kind}`).join();

export class Attach {
  /** `note(words)` says what was wrong. */
  constructor({ chat, note }) {
    Object.assign(this, { chat, note, file: null });
    const input = byId("chat-file");
    input.accept = ACCEPTED;
    input.addEventListener("change", () => {
      this.choose(input.files);
      input.value = "";
    });
    byId("chat-attach").addEventListener("click", () => input.click());
    byId("chat-file-end").addEventListener("click", () => this.drop());
    byId("chat-text").addEventListener("paste", (event) => this.paste(event));
    this.bindDropping(byId("panel-chat"));
  }

  /** Beside the panel a dropped file does nothing: the browser would leave the meeting to show it. */
  bindDropping(panel) {
    const carries = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
    window.addEventListener("dragover", (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      const here = panel.contains(event.target) && this.chat.mayAttach;
      event.dataTransfer.dropEffect = here ? "copy" : "none";
      panel.classList.toggle("is-over", here);
    });
    for (const type of ["drop", "dragleave"]) window.addEventListener(type, () => panel.classList.remove("is-over"));
    window.addEventListener("drop", (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      if (panel.contains(event.target)) this.choose(event.dataTransfer.files);
    });
  }

  paste(event) {
    const { files } = event.clipboardData;
    if (!files.length) return;
    event.preventDefault();
    this.choose(files);
  }

  choose([file, another]) {
    if (!file) return;
    if (!this.chat.mayAttach) return void this.note(t("chat_files_shut"));
    if (file.size > boot.file_megabytes * 1_000_000) return void this.note(tooLarge());
    if (!file.size) return void this.note(t("chat_file_empty"));
    this.note(another ? t("chat_file_one") : "");
    this.put(file);
    byId("chat-text").focus();
  }

  put(file) {
    this.file = file;
    this.draw();
  }

  drop() {
    this.put(null);
    byId("chat-text").focus();
  }

  /** The file, which now goes with a message. */
  take() {
    const { file } = this;
    this.put(null);
    return file;
  }

  draw() {
    const { file } = this;
    show(byId("chat-attach"), this.chat.mayAttach);
    show(byId("chat-chosen"), Boolean(file));
    setText(byId("chat-chosen-name"), file ? file.name : "");
    setText(byId("chat-chosen-size"), file ? sizeWords(file.size) : "");
  }
}
