// What the forms of the desk ask for depends on what was chosen in them.

const $ = (selector, within) => within.querySelector(selector);

// The wrap-up asks for what the outcome needs.
export function needed(form) {
  const outcome = $("input:checked, option:checked", form);
  const requires = (outcome?.dataset.requires ?? "").split(" ");
  const [note, tags] = [$("textarea", form), $(".tags", form)];
  note.required = requires.includes("note");
  $(".needed", form).hidden = !note.required;
  tags.hidden = !requires.includes("tags");
  $("input", tags).required = !tags.hidden;
}

// What is typed as a note is for colleagues, and its field says so.
export function asNote(form) {
  const text = $("textarea", form);
  form.toCustomer ??= text.placeholder;
  text.placeholder = $("[value=note]", form).checked ? text.dataset.asNote : form.toCustomer;
}
