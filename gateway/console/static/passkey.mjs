// Asks the browser for a passkey and sends what it says by the form (Web Authentication Level 3, section 5.1).
// The button can be pressed once this listens, and no sooner: a press before would be lost without a word.
const form = document.querySelector("[data-passkey]");

const ask = async () => {
  const options = JSON.parse(form.dataset.options);
  const key = form.dataset.passkey === "make"
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  form.elements.answer.value = JSON.stringify(key.toJSON());
  form.submit();
};

if (form) {
  const button = form.querySelector("button"), trouble = form.querySelector("[data-trouble]");
  button.addEventListener("click", () => {
    trouble.hidden = true;
    ask().catch(() => { trouble.hidden = false; });
  });
  button.disabled = false;
}
