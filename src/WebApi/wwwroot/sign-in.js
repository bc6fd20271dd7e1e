// The form works without this. With it the page behind it has the key for what a cookie is not taken for: calls.
"use strict";

document.querySelector("form").addEventListener("submit", () => {
  sessionStorage.setItem("torch2jax.key", document.getElementById("key").value.trim());
});
