// Asks the browser for a passkey and sends what it says by the form (Web Authentication Level 3, section 5.1).
const form = document.querySelector("[data-passkey]");

const ask = async () => {
  const options = JSON.parse(form.dataset.options);
  const key = form.dataset.passkey === "make"
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  form.elements.answer.value = JSON.stringify(key.toJSON());
  form.submit();
};

form?.querySelector("button").addEventListener("click", () => {
  ask().catch(() => { form.querySelector("[data-trouble]").hidden = false; });
});
