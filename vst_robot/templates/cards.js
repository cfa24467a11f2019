for (const cards of document.querySelectorAll(".cards")) {
  const [form, select, search, output] = ["form", "select", "input", "output"].map((name) => cards.querySelector(name));
  const all = [...cards.querySelectorAll(".card")];
  const narrow = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const card of all) {
      const text = card.textContent.toLowerCase();
      card.hidden = (select.value && card.dataset.group !== select.value) || !words.every((word) => text.includes(word));
    }
    output.textContent = `${all.filter((card) => !card.hidden).length} of ${all.length}`;
  };
  select.addEventListener("change", narrow);
  search.addEventListener("input", narrow);
  form.hidden = false;
  narrow();
}
