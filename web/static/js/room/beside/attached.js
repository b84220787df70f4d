/** Files that came with messages: a small picture, or name, kind and size; opened with the token of one's place in the room. */
import { boot, t } from "../boot.js";
import { byId, icon, make, setText } from "../dom.js";
import { toast } from "../toasts.js";

const SIGNS = { pdf: "file-earmark-pdf", xlsx: "file-earmark-spreadsheet", ods: "file-earmark-spreadsheet", csv: "filetype-csv", jpg: "image", png: "image", webp: "image" };

/** As people say it. */
export function sizeWords(size) {
  const large = size >= 1_000_000;
  const number = large ? Math.round(size / 100_000) / 10 : Math.max(1, Math.round(size / 1000));
  return t(large ? "file_mb" : "file_kb", { number: number.toLocaleString(boot.language) });
}

export class Attached {
  /** `source` fetches with the room's token, and knows whether the connection is spared (`PaperSource`). */
  constructor(source) {
    Object.assign(this, { source, large: null });
    byId("chat-picture-close").addEventListener("click", () => byId("chat-picture").close());
    byId("chat-picture-save").addEventListener("click", () => save(this.large));
    byId("chat-picture").addEventListener("close", () => this.closed());
  }

  /** What stands in a message's line. */
  draw(message) {
    const { file } = message;
    const name = `${file.name}.${file.kind}`;
    const words = make("span", {}, name, make("small", {}, `${file.kind.toUpperCase()} · ${sizeWords(file.size)}`));
    const picture = file.width > 0 && !this.source.low ? this.small(message) : icon(SIGNS[file.kind] ?? "file-earmark-text");
    return make("button", { type: "button", class: "chat-file", "data-key": `file:${message.seq}`,
      onclick: ({ currentTarget }) => this.open(message, name, currentTarget) }, picture, words);
  }

  small({ seq, file }) {
    const picture = make("img", { alt: "", width: file.width, height: file.height });
    this.fetch(`${boot.chat_url}/${seq}/thumbnail`).then((blob) => {
      if (!blob) return;
      picture.onload = () => URL.revokeObjectURL(picture.src);
      picture.src = URL.createObjectURL(blob);
    });
    return picture;
  }

  /** A picture is shown large, every other file is saved. */
  async open({ seq, file }, name, button) {
    if (button.getAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    const blob = await this.fetch(`${boot.chat_url}/${seq}/file`);
    button.removeAttribute("aria-busy");
    if (!blob) return void toast(t("chat_file_gone"), { look: "warn" });
    const opened = { seq, name, address: URL.createObjectURL(blob) };
    if (file.width > 0) this.show(opened);
    else save(opened, true);
  }

  show(opened) {
    this.large = opened;
    byId("chat-picture-img").src = opened.address;
    byId("chat-picture-img").alt = opened.name;
    setText(byId("chat-picture-name"), opened.name);
    byId("chat-picture").showModal();
  }

  closed() {
    byId("chat-picture-img").removeAttribute("src");
    URL.revokeObjectURL(this.large.address);
    this.large = null;
  }

  /** A message was taken away: nobody looks at its picture any longer. */
  gone(seq) {
    if (this.large?.seq === seq) byId("chat-picture").close();
  }

  /** Nothing: it cannot be had. */
  async fetch(address) {
    try {
      return await (await this.source.fetch(address, { headers: { Accept: "*/*" } })).blob();
    } catch (problem) {
      if (!problem.code && !(problem instanceof TypeError)) throw problem;
      return null;
    }
  }
}

function save({ name, address }, last = false) {
  make("a", { href: address, download: name }).click();
  if (last) setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
