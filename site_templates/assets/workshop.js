/*
 * Before Mermaid, in the frame it draws in: a page's policy may forbid styles that are written as text. Mermaid writes
 * them so; here they are set one by one, as a script may, and its style sheets are handed over as sheets.
 */
(() => {
  "use strict";
  const write = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function (name, value) {
    if (String(name).toLowerCase() === "style" && this.style) this.style.cssText = value;
    else write.call(this, name, value);
  };
  const adopt = (node) => {
    if (node?.localName !== "style" || !("replaceSync" in CSSStyleSheet.prototype)) return;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(node.textContent);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets.slice(-3), sheet];
  };
  for (const name of ["insertBefore", "appendChild"]) {
    const put = Node.prototype[name];
    Node.prototype[name] = function (node, ...rest) {
      const done = put.call(this, node, ...rest);
      adopt(node);
      return done;
    };
  }
})();
