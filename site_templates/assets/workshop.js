/*
 * Before Mermaid, in the frame it draws in: a page's policy may forbid styles that are written as text. Mermaid writes
 * them so; here each is set as a script may set it, and a style sheet is adopted and handed over as text with a token.
 */
(() => {
  "use strict";
  if (!("replaceSync" in CSSStyleSheet.prototype)) return;
  const token = document.currentScript.nonce;
  const TAG = /<[^<>"]*(?:"[^"]*"[^<>"]*)*>/g;
  const STYLE = /("[^"]*")|\sstyle=/g;
  const renamed = (html) => String(html).replace(TAG, (tag) => tag.replace(STYLE, (found, quoted) => quoted ?? " data-calm-style="));
  const settle = (root) => {
    for (const element of root.querySelectorAll("[data-calm-style]")) {
      if (element.style) element.style.cssText = element.dataset.calmStyle;
      element.removeAttribute("data-calm-style");
    }
  };

  const write = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function (name, value) {
    if (String(name).toLowerCase() === "style" && this.style) this.style.cssText = value;
    else write.call(this, name, value);
  };

  const inner = Object.getOwnPropertyDescriptor(Element.prototype, "innerHTML");
  Object.defineProperty(Element.prototype, "innerHTML", {
    ...inner,
    set(html) {
      if (this.localName === "style") return void (this.textContent = html);
      inner.set.call(this, renamed(html));
      settle(this);
    },
  });

  const parse = DOMParser.prototype.parseFromString;
  DOMParser.prototype.parseFromString = function (text, type) {
    if (type !== "text/html") return parse.call(this, text, type);
    const made = parse.call(this, renamed(text), type);
    settle(made);
    for (const held of made.querySelectorAll("template")) settle(held.content);
    return made;
  };

  for (const name of ["insertBefore", "appendChild"]) {
    const put = Node.prototype[name];
    Node.prototype[name] = function (node, ...rest) {
      if (node?.localName !== "style") return put.call(this, node, ...rest);
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(node.textContent);
      document.adoptedStyleSheets = [...document.adoptedStyleSheets.slice(-3), sheet];
      const held = document.createElementNS("http://www.w3.org/2000/svg", "desc");
      held.setAttribute("data-calm-sheet", token);
      held.textContent = node.textContent;
      return put.call(this, held, ...rest);
    };
  }
})();
