// Demonstration only: [data-fill-email] writes an account into the sign-in form.
document.querySelectorAll("[data-fill-email]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => {
    document.querySelector("input[name=login]").value = button.dataset.fillEmail;
    document.querySelector("input[name=password]").value = button.dataset.fillPassword;
    document.querySelector("form button[type=submit]:not([name])").focus();
  });
});
