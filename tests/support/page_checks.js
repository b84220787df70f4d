// What a person would call broken on a page: something beyond the right edge, words cut off. Returns sentences.
() => {
  const found = [];
  const width = document.documentElement.clientWidth;
  // Of these nothing is looked at, nor of what is in them.
  const HIDDEN = ".visually-hidden, [hidden], dialog:not([open]), template, noscript, svg";
  const describe = (element) => {
    const words = (element.textContent || element.getAttribute("aria-label") || "").trim().replace(/\s+/g, " ").slice(0, 60);
    return `<${element.tagName.toLowerCase()} class="${element.className.baseVal ?? element.className}"> “${words}”`;
  };
  const tiny = (box) => box.width <= 2 || box.height <= 2;
  const explained = (element) => element.closest("[title]") !== null;

  if (document.documentElement.scrollWidth > width) found.push(`the page is ${document.documentElement.scrollWidth - width} px too wide`);

  const look = (element, scrolls) => {
    if (element.matches(HIDDEN)) return;
    const style = getComputedStyle(element);
    const drawn = element.checkVisibility({ opacityProperty: true });
    if (!drawn && style.display !== "contents") return; // what has no box of its own may have children that are seen
    // Kept for screen readers only: a pixel or two that cuts everything off.
    if (style.clipPath !== "none" && element.clientWidth <= 2) return;
    if (drawn && style.visibility === "visible") judge(element, style, scrolls);
    const inside = scrolls || ["auto", "scroll"].includes(style.overflowX);
    for (const child of element.children) look(child, inside);
  };
  const judge = (element, style, scrolls) => {
    const box = element.getBoundingClientRect();
    if (tiny(box)) return;
    if (box.right > width + 1 && style.position !== "fixed" && !scrolls) {
      found.push(`${describe(element)} ends ${Math.round(box.right - width)} px beyond the right edge`);
    }
    const speaks = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!speaks || explained(element) || element.tagName === "OPTION" || element.tagName === "TEXTAREA") return;
    const cuts = (axis) => ["hidden", "clip"].includes(style[axis]);
    const wide = element.scrollWidth - element.clientWidth;
    const tall = element.scrollHeight - element.clientHeight;
    const boxed = element.tagName === "BUTTON" || element.classList.contains("btn");
    if (style.display !== "inline" && ((wide > 1 && (cuts("overflowX") || boxed)) || (tall > 3 && cuts("overflowY")))) {
      found.push(`${describe(element)} is cut off (${wide} px wide, ${tall} px tall)`);
    }
  };
  const body = ["auto", "scroll"].includes(getComputedStyle(document.body).overflowX);
  for (const element of document.body.children) look(element, body);
  for (const select of document.querySelectorAll("select")) {
    if (select.checkVisibility() && select.getBoundingClientRect().width < 60) found.push(`${describe(select)} is too narrow to read`);
  }
  return [...new Set(found)].slice(0, 12);
}
