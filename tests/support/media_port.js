// Installed in the page of a participant behind a link (tests/support/links.py): whatever media port the service announces, this
// browser is told the link's.
(() => {
  const native = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (description) {
    const sdp = description.sdp.replace(/^(a=candidate:\S+ \d+ udp \d+ \S+) \d+ /gim, "$1 __PORT__ ");
    return native.call(this, { type: description.type, sdp });
  };
})();
