// What a person would call broken on a page: something beyond the right edge, words cut off. Returns sentences.
() => {
  const found = [];
  const width = document.documentElement.clientWidth;
  // What is true of an element when it is true of it or of an ancestor, asked of each element once.
  const inherited = (itself) => {
    const known = new Map([[null, false]]);
    const ask = (element) => {
      if (!known.has(element)) known.set(element, itself(element) || ask(element.parentElement));
      return known.get(element);
    };
    return ask;
  };
  // Kept for screen readers only: an ancestor of a pixel or two that cuts everything off.
  const clipped = inherited((one) => getComputedStyle(one).clipPath !== "none" && one.clientWidth <= 2);
  const hiddenFor = (element) => element.closest(".visually-hidden, [hidden], dialog:not([open]), template, noscript") || clipped(element);
  const describe = (element) => {
    const words = (element.textContent || element.getAttribute("aria-label") || "").trim().replace(/\s+/g, " ").slice(0, 60);
    return `<${element.tagName.toLowerCase()} class="${element.className.baseVal ?? element.className}"> “${words}”`;
  };
  const scrolls = inherited((one) => one !== document.documentElement && ["auto", "scroll"].includes(getComputedStyle(one).overflowX));
  const tiny = (box) => box.width <= 2 || box.height <= 2;
  const explained = (element) => element.closest("[title]") !== null;

  if (document.documentElement.scrollWidth > width) found.push(`the page is ${document.documentElement.scrollWidth - width} px too wide`);

  for (const element of document.querySelectorAll("body *")) {
    if (hiddenFor(element) || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const box = element.getBoundingClientRect();
    if (tiny(box)) continue;
    const style = getComputedStyle(element);
    if (box.right > width + 1 && style.position !== "fixed" && !scrolls(element.parentElement) && !element.closest("svg")) {
      found.push(`${describe(element)} ends ${Math.round(box.right - width)} px beyond the right edge`);
    }
    const speaks = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!speaks || explained(element) || element.tagName === "OPTION" || element.tagName === "TEXTAREA") continue;
    const cuts = (axis) => ["hidden", "clip"].includes(style[axis]);
    const wide = element.scrollWidth - element.clientWidth;
    const tall = element.scrollHeight - element.clientHeight;
    const boxed = element.tagName === "BUTTON" || element.classList.contains("btn");
    if (style.display !== "inline" && ((wide > 1 && (cuts("overflowX") || boxed)) || (tall > 3 && cuts("overflowY")))) {
      found.push(`${describe(element)} is cut off (${wide} px wide, ${tall} px tall)`);
    }
  }
  for (const select of document.querySelectorAll("select")) {
    if (select.checkVisibility() && select.getBoundingClientRect().width < 60) found.push(`${describe(select)} is too narrow to read`);
  }
  return [...new Set(found)].slice(0, 12);
}
