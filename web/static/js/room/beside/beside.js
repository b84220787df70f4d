/** What is written beside the meeting on this page: the chat, and the notes of those who lead. */
import { ChatPanel } from "./chat_panel.js";
import { Notes } from "./notes.js";

export class Beside {
  constructor(call) {
    this.chat = new ChatPanel(call);
    this.notes = new Notes(call);
  }

  draw() {
    this.chat.draw();
    this.notes.draw();
  }
}
