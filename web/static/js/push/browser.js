// This browser's subscription to push messages: permission, service worker, address.

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

export const canPush = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

/** `{ endpoint, keys }`; null where the person does not allow it. */
export async function subscription(worker, key) {
  if (await Notification.requestPermission() !== "granted") return null;
  const registration = await navigator.serviceWorker.register(worker);
  const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
  return made.toJSON();
}
