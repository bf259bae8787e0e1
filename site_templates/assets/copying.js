/* Words that are there to be said or sent have a button that copies them. */
"use strict";
calmroomPart("copying", ({ element }) => (said) => {
  if (!navigator.clipboard) return;
  const status = element("p", "calm-hidden");
  status.setAttribute("role", "status");
  document.querySelector(".calm-page").append(status);
  for (const words of said) {
    const button = element("button", "calm-copy", "Copy");
    button.type = "button";
    button.setAttribute("aria-label", `Copy: ${words.textContent.trim().slice(0, 60)}`);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(words.textContent.trim());
      button.textContent = "Copied";
      status.textContent = "Copied";
      setTimeout(() => {
        button.textContent = "Copy";
        status.textContent = "";
      }, 1500);
    });
    words.after(button);
  }
});
