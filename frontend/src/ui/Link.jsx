/** A click handler that follows a link within the page, unless the user opens it in a new tab or window. */
export const linkTo = (follow) => (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  follow();
};
