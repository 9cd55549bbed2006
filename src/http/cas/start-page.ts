const HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
};

/** The page for a browser: where to find everything, in English and Chinese. */
export function answerStartPage(): Response {
  return new Response(PAGE, { headers: HEADERS });
}

/** It contains nothing of the request and nothing from another host. */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Signet</title>
<style>
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; color: #222; background: #fff }
code { font-size: .95em }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } a { color: #8ab4f8 } }
</style>
</head>
<body>
<h1>Signet</h1>
<section>
<p>A private certificate authority. It runs.</p>
<ul>
<li><a href="/ca/default.crt">The CA certificate</a> (DER), <a href="/ca/default.pem">with its chain</a> (PEM)</li>
<li><a href="/crl/default.crl">The revocation list</a></li>
<li><a href="/healthz">Whether all of it works</a></li>
</ul>
<p>Clients of CreateExternalCACertificate (version 2020-06-30) use this address as their endpoint.
The API for everything else is below <code>/api/v1</code>; the files in <code>docs/</code> of the project tell how to use both.</p>
</section>
<section lang="zh-CN">
<p>这是一个私有证书颁发机构（CA），正在运行。</p>
<ul>
<li><a href="/ca/default.crt">CA 证书</a>（DER），<a href="/ca/default.pem">含证书链</a>（PEM）</li>
<li><a href="/crl/default.crl">证书吊销列表</a></li>
<li><a href="/healthz">运行状态</a></li>
</ul>
<p>CreateExternalCACertificate（版本 2020-06-30）的客户端把本地址用作接入点（endpoint）。
其余功能的 API 位于 <code>/api/v1</code>，用法见项目的 <code>docs/</code> 目录。</p>
</section>
</body>
</html>
`;
