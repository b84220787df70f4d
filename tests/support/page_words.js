// Every word that a page may show or say: text (hidden parts too), attributes that are read out, the scripts' tables of texts; where
// it leads; and what its scripts are and take hold of. Of the page that is open, or of one that is given as it was sent.
// Left out of the words is what people typed or machines made: fields' values, codes, keys, other languages (lang=…), the audit log's values.
(sent) => {
  const document = sent === null ? window.document : new DOMParser().parseFromString(sent, "text/html");
  const found = [];
  const own = document.documentElement.lang;
  const foreign = (element) => {
    const marked = element.closest("[lang]");
    return (marked && marked.lang !== own) || element.closest("script, style, noscript, textarea, code, pre, kbd, .code, .code-long, ins, del");
  };
  const add = (where, words) => { if (words && words.trim()) found.push([where, words.trim().replace(/\s+/g, " ")]); };
  const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    if (!foreign(node.parentElement)) add(node.parentElement.tagName.toLowerCase(), node.data);
  }
  for (const element of document.querySelectorAll("*")) {
    for (const name of ["placeholder", "title", "aria-label", "alt", "data-label", "data-confirm", "data-text", "aria-description"]) {
      if (!foreign(element)) add(`${element.tagName.toLowerCase()}[${name}]`, element.getAttribute(name));
    }
    if (element.matches("input[type=submit], input[type=button]")) add("button", element.value);
  }
  const table = (value, where) => {
    if (typeof value === "string") add(where, value);
    else if (value && typeof value === "object") for (const [key, one] of Object.entries(value)) table(one, `${where}.${key}`);
  };
  for (const script of document.querySelectorAll('script[type="application/json"]')) {
    const content = JSON.parse(script.textContent);
    table(script.id === "room-boot" ? content.strings : content, `#${script.id}`);
  }
  const links = [...document.querySelectorAll("a[href]:not([download])")].map((link) => link.getAttribute("href")); // an SVG's too
  const voices = new Set([...document.querySelectorAll("script[src]")].map((script) => script.getAttribute("src")));
  for (const element of document.querySelectorAll("*")) {
    for (const name of element.getAttributeNames()) if (name.startsWith("data-")) voices.add(name);
  }
  return { language: own, words: found, links, voices: [...voices] };
}
