import { html, raw } from 'hono/html';
import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import { formatName } from '../../x509/names/names.ts';
import { type HttpContext, reportTrouble } from '../context.ts';
import { isFromLoopback } from '../middleware/check-transport.ts';
import type { Health } from '../services.ts';

const HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
};

const STYLE = `
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; color: #222; background: #fff }
code { font-size: .95em; overflow-wrap: anywhere }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } a { color: #8ab4f8 } }
`;

type Html = ReturnType<typeof html>;

/**
 * The page for a browser: the CA, whether it works, and where to find everything, in English and
 * Chinese. It contains nothing of the request and nothing from another host. Only a browser on the same
 * machine sees why something does not work.
 */
export async function answerStartPage(c: HttpContext): Promise<Response> {
  const health = await c
    .get('services')
    .checkHealth(c.get('url').origin)
    .catch((error: unknown) => {
      reportTrouble(c, error);
      return null;
    });
  const ca = await describeCa(c).catch(() => null);
  const isLocal = isFromLoopback(c);
  return new Response(String(await renderPage(ca, renderState(health, isLocal))), {
    headers: HEADERS,
  });
}

interface Ca {
  readonly subject: string;
  readonly sha256: string;
  /** As YYYY-MM-DD. */
  readonly expiry: string;
}

async function describeCa(c: HttpContext): Promise<Ca> {
  const authority = await c.get('services').openCurrentAuthority(DEFAULT_AUTHORITY_ID);
  const { subjectDer, certificateSha256Hex, notAfterSeconds } = authority;
  return {
    subject: formatName(subjectDer),
    sha256: certificateSha256Hex.toUpperCase().match(/../g)?.join(':') ?? '',
    expiry: new Date(notAfterSeconds * 1000).toISOString().slice(0, 10),
  };
}

interface State {
  readonly en: Html | string;
  readonly zh: Html | string;
}

function renderState(health: Health | null, isLocal: boolean): State {
  if (health?.secrets && health.database && health.authority && health.audit) {
    const warnings = isLocal ? renderList(health.warnings) : '';
    return { en: html`<p>It runs.</p>${warnings}`, zh: html`<p>正在运行。</p>` };
  }
  const found = health === null ? [] : [...health.problems, ...health.warnings];
  const reasons = isLocal ? renderList(found) : '';
  return {
    en: html`<p><strong>It cannot do its work yet.</strong> ${isLocal ? '' : 'The log says why.'}</p>${reasons}
${isLocal ? LOCAL_REMEDY_EN : ''}`,
    zh: html`<p><strong>目前不能正常工作。</strong>${isLocal ? '原因见上。' : '原因见日志。'}</p>
${isLocal ? LOCAL_REMEDY_ZH : ''}`,
  };
}

const LOCAL_REMEDY_EN = html`<p>On your own machine, <code>npm start</code> makes the secrets and the database.
To do it by hand: <code>npm run secrets -- --dev</code>, <code>npx wrangler d1 migrations apply signet --local</code>, then <code>npx wrangler dev</code>.</p>`;
const LOCAL_REMEDY_ZH = html`<p>在本机，<code>npm start</code> 会生成密钥并建立数据库。
也可以手动执行：<code>npm run secrets -- --dev</code>、<code>npx wrangler d1 migrations apply signet --local</code>，再运行 <code>npx wrangler dev</code>。</p>`;

function renderList(texts: readonly string[]): Html | string {
  return texts.length === 0 ? '' : html`<ul>${texts.map((text) => html`<li>${text}</li>`)}</ul>`;
}

function renderCa(ca: Ca | null, name: string, expires: string): Html | string {
  if (ca === null) return '';
  return html`<p>${name}: <code>${ca.subject}</code><br>
SHA-256: <code>${ca.sha256}</code><br>
${expires}: ${ca.expiry}</p>`;
}

function renderPage(ca: Ca | null, state: State): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Signet</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<h1>Signet</h1>
<section>
<p>A private certificate authority.</p>
${state.en}
${renderCa(ca, 'CA', 'Expires')}
<ul>
<li><a href="/ca/default.crt">The CA certificate</a> (DER), <a href="/ca/default.pem">with its chain</a> (PEM)</li>
<li><a href="/crl/default.crl">The revocation list</a></li>
<li><a href="/api/docs/">The API</a>, to read and to try</li>
<li><a href="/healthz">Whether all of it works</a></li>
</ul>
<p>Clients of CreateExternalCACertificate (version 2020-06-30) use this address as their endpoint.
The files in <code>docs/</code> of the project explain how to use everything.</p>
</section>
<section lang="zh-CN">
<p>这是一个私有证书颁发机构（CA）。</p>
${state.zh}
${renderCa(ca, '证书主体', '有效期至')}
<ul>
<li><a href="/ca/default.crt">CA 证书</a>（DER），<a href="/ca/default.pem">含证书链</a>（PEM）</li>
<li><a href="/crl/default.crl">证书吊销列表</a></li>
<li><a href="/api/docs/">API 文档</a>，可在线试用</li>
<li><a href="/healthz">运行状态</a></li>
</ul>
<p>CreateExternalCACertificate（版本 2020-06-30）的客户端把本地址用作接入点（endpoint）。
其余用法见项目的 <code>docs/</code> 目录。</p>
</section>
</body>
</html>
`;
}
