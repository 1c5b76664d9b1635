/** A real link that this page follows itself, unless the user wants a tab or window of its own for it. */
export const linkTo = (follow) => (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  follow();
};
