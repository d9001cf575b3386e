import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { refuse } from '#http/mlflow/input.ts';
import { isPublicAddress } from './addresses.ts';

/** Where webhooks may point. */
export interface TargetRules {
  readonly schemes: readonly string[];
  readonly allowPrivate: boolean;
}

/** How long a name may take to resolve before it counts as one that does not resolve here. */
const RESOLVE_MS = 3000;

/**
 * Refuses what a webhook may not point at, in MLflow's words (utils/validation.py `_validate_webhook_url`). A name that does not resolve here
 * is taken: it may where or when it is sent, and the address is checked again at each connection.
 */
export async function checkTarget(text: string, { schemes, allowPrivate }: TargetRules): Promise<void> {
  if (text.trim() === '') throw refuse(`Webhook URL cannot be empty or just whitespace: ${quoted(text)}`);
  const scheme = /^([a-z][a-z0-9+.-]*):/iu.exec(text)?.[1]?.toLowerCase() ?? '';
  if (!schemes.includes(scheme)) {
    throw refuse(`Invalid webhook URL scheme: ${quoted(scheme)}. Allowed schemes are: ${schemes.join(', ')}.`);
  }
  const url = URL.parse(text);
  if (url === null || url.hostname === '') throw refuse(`Webhook URL must include a hostname: ${quoted(text)}`);
  if (url.username !== '' || url.password !== '') throw refuse('Webhook URL must not include credentials: use a secret.');
  if (allowPrivate) return;
  const host = url.hostname.replace(/^\[|\]$/gu, '');
  const addresses = isIP(host) > 0 ? [host] : await resolved(host);
  const inside = addresses.find((address) => !isPublicAddress(address));
  if (inside !== undefined) {
    throw refuse(`Webhook URL must not resolve to a non-public IP address. ${quoted(host)} resolves to ${inside}.`);
  }
}

async function resolved(host: string): Promise<string[]> {
  const late = new Promise<[]>((resolve) => setTimeout(resolve, RESOLVE_MS, []).unref());
  const found = lookup(host, { all: true }).catch(() => []);
  return (await Promise.race([found, late])).map(({ address }) => address);
}

const quoted = (value: string): string => `'${value.slice(0, 500)}'`;
