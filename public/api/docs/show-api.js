SwaggerUIBundle({
  dom_id: '#api',
  url: '../v1/openapi.json',
  deepLinking: true,
  // Do not send the description to the public validator.
  validatorUrl: null,
  // Do not store the access key in the browser.
  persistAuthorization: false,
});
