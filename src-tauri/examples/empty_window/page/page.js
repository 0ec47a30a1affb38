/** What was typed into the one field becomes the title when Enter ends it. */
const field = document.querySelector("input");
field.focus();
addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  document.title = field.value;
  field.value = "";
});
