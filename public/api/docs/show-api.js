SwaggerUIBundle({
  dom_id: '#api',
  url: '../v1/openapi.json',
  deepLinking: true,
  // The validator is somebody else's server.
  validatorUrl: null,
  // An access key is kept by no page.
  persistAuthorization: false,
});
