/* What Material's scripts expect of a page: where the site begins, and a store for what a reader chose there. */
document.documentElement.classList.add("calm-scripted"); /* Room is kept for what scripts will show. */
var __md_scope = new URL(document.currentScript.dataset.scope, location);
var __md_hash = (text) => [...text].reduce((sum, sign) => (sum << 5) - sum + sign.charCodeAt(0), 0);
var __md_get = (key, store = localStorage, scope = __md_scope) => JSON.parse(store.getItem(`${scope.pathname}.${key}`));
var __md_set = (key, value, store = localStorage, scope = __md_scope) => {
  try {
    store.setItem(`${scope.pathname}.${key}`, JSON.stringify(value));
  } catch {
    /* A reader may allow no storage; then the choice lasts as long as the page. */
  }
};
