// Draws the diagrams of a page, where a builder shows their source: each stays as text where drawing fails.
(function () {
  "use strict";
  function draw() {
    if (!window.mermaid) return;
    window.mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
    document.querySelectorAll("pre code, pre.mermaid").forEach(function (code, number) {
      var source = code.textContent.trim();
      if (!/^(---[\s\S]{0,400}?---\s*)?(gantt|flowchart|graph|sequenceDiagram)\b/.test(source)) return;
      var block = code.closest("table.highlighttable, .highlight, pre");
      block = block.parentElement.closest("table.highlighttable, .highlight") || block;
      if (block.dataset.drawn) return;
      block.dataset.drawn = "1";
      window.mermaid.render("calm-diagram-" + number, source).then(function (drawn) {
        var figure = document.createElement("div");
        figure.className = "calm-diagram";
        figure.innerHTML = drawn.svg;
        block.replaceWith(figure);
      }, function () {});
    });
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", draw); else draw();
})();
