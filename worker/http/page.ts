/** The few pages that the API answers browsers with. They load nothing from elsewhere and cannot be framed. */

/** `body` is ours: nothing that a caller sent may stand in it. `allowed` adds to a policy that allows nothing. */
export function page(
  title: string,
  body: string,
  allowed: readonly string[] = [],
  status = 200,
): Response {
  const named = allowed.map(directive);
  const policy = [...NOTHING.filter((one) => !named.includes(directive(one))), ...allowed];
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
</head>
<body>
${body}
</body>
</html>
`;
  return new Response(html, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
    },
  });
}

/** Of directives with one name the browser takes the first. */
function directive(text: string): string | undefined {
  return text.split(' ')[0];
}

const NOTHING = [
  "default-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];
