// Swagger UI has a dark style, but applies it only if the page asks for it.
const dark = matchMedia('(prefers-color-scheme: dark)');
const applyColors = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
applyColors();
dark.addEventListener('change', applyColors);

SwaggerUIBundle({
  dom_id: '#api',
  url: '../v1/openapi.json',
  deepLinking: true,
  // Do not send the description to the public validator.
  validatorUrl: null,
  // Do not store the access key in the browser.
  persistAuthorization: false,
});
