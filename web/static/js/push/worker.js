// The service worker of push messages: shows what comes, and opens the page that it is about. It answers no requests and keeps nothing.

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("push", (event) => {
  const { title = "", body = "", url = "/", tag = "", lang = "" } = event.data ? event.data.json() : {};
  event.waitUntil(self.registration.showNotification(title, { body, tag, lang, data: { url }, icon: "/static/img/mark.svg" }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(new URL(event.notification.data?.url ?? "/", self.location.origin)));
});

async function open(url) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = pages.find((page) => page.url === url.href);
  return there ? there.focus() : self.clients.openWindow(url.href);
}
