// A page's messages wait until the test lets them go, one that holds the word given or all of them for good
// (tests/support/chromium.py, Participant.hold_messages).
() => {
  const { send } = WebSocket.prototype;
  const held = [];
  WebSocket.prototype.send = function (data) { held.push([data, () => send.call(this, data)]); };
  window.__letGo = (word) => {
    const found = held.findIndex(([data]) => String(data).includes(word));
    return found >= 0 && (held.splice(found, 1)[0][1](), true);
  };
  window.__letAllGo = () => {
    WebSocket.prototype.send = send;
    for (const [, go] of held.splice(0)) go();
  };
}
