import { type Browser, chromium } from 'playwright-core';
import { requireService } from './available.ts';

/** No sandbox (tests run as root in CI), no GPU, and none of the traffic that a browser makes by itself. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A headless Chromium with an empty profile; `await using` closes it. @throws if it is not installed (see `describeWith`) */
export async function launchChromium(): Promise<Browser> {
  const executablePath = (await requireService('chromium')).CHROMIUM ?? '';
  return chromium.launch({ executablePath, args: flags });
}
