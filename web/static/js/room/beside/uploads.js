/**
 * Files on their way to the server, for messages that wait to be said. A file is held in this page's memory alone: it outlives a lost
 * line, not a reload. The same file sent again under the same id is kept once.
 */
import { boot, t } from "../boot.js";
import { NoAnswer, Refused } from "../signal.js";

const TOO_LARGE = 413;

/** Its sender has thought better of it. */
export class GivenUp extends Error {}

export class Uploads {
  /** `token()` gives the resume token of this place. */
  constructor(token) {
    Object.assign(this, { token, files: new Map(), under: null });
  }

  hold(id, file) {
    this.files.set(id, file);
  }

  /** Forget a file; one that is on its way is given up. */
  drop(id) {
    this.files.delete(id);
    if (this.under?.id === id) this.under.request.abort();
  }

  /** Send the file of a message; its id. `progress(part)`: 0…1. Throws Refused, NoAnswer (it may be sent again), GivenUp. */
  send(id, progress) {
    const request = new XMLHttpRequest();
    this.under = { id, request };
    return new Promise((resolve, reject) => {
      request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
      request.onload = () => (request.status === 201 ? resolve(request.response.file) : reject(this.problem(request)));
      request.onerror = () => reject(new NoAnswer("file"));
      request.onabort = () => reject(new GivenUp());
      this.open(request);
      request.send(this.form(id));
    }).finally(() => (this.under = null));
  }

  open(request) {
    request.open("POST", `${boot.chat_url}/files`);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Room-Token", this.token() ?? "");
  }

  form(id) {
    const form = new FormData();
    form.append("id", id);
    form.append("file", this.files.get(id));
    return form;
  }

  /** What the server, or a proxy before it, has against it. A proxy that finds no server says nothing of the file. */
  problem({ status, response }) {
    if (status === TOO_LARGE) return new Refused({ code: "too_large", detail: tooLarge() });
    if (!response?.code) return new NoAnswer("file");
    const [wrong] = response.errors ?? [];
    return new Refused(wrong ? { code: response.code, detail: wrong.message } : response);
  }
}

export const tooLarge = () => t("chat_file_large", { megabytes: boot.file_megabytes });
