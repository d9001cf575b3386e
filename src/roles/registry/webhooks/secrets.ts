import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fail } from '../errors.ts';

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const FORM = 'v1:';

/** Keeps webhooks' secrets unreadable in the database and its backups: AES-256-GCM (NIST SP 800-38D) under a key that lies elsewhere. */
export class SecretBox {
  readonly #key: () => Buffer;
  /** @param key asked for at the first use, so that no key is made where nobody has a secret */
  constructor(key: () => Buffer) {
    let known: Buffer | undefined;
    this.#key = () => {
      known ??= key();
      return known;
    };
  }

  /** @param owner what the secret belongs to: sealed text moved to another owner does not open */
  seal(secret: string, owner: string): string {
    if (secret === '') return '';
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key(), iv).setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return FORM + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
  }

  /** @throws REGISTRY_WEBHOOK_SECRET_UNREADABLE when it was sealed under another key */
  open(sealed: string, owner: string): string {
    if (sealed === '') return '';
    const bytes = Buffer.from(sealed.slice(FORM.length), 'base64');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key(), bytes.subarray(0, IV_BYTES)).setAAD(Buffer.from(owner));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
    } catch (error) {
      throw fail.webhookSecretUnreadable({ id: owner }, error);
    }
  }
}

/** The key in a file; made at random, readable by its owner only, where there is none. */
export function keyFromFile(path: string): Buffer {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return keyFromText(readFileSync(path, 'utf8'), path);
}

/** Reads 32 bytes of base64 or base64url, the form of Fernet keys. @throws REGISTRY_WEBHOOK_KEY_INVALID */
export function keyFromText(text: string, place: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== KEY_BYTES) throw fail.webhookKeyInvalid({ place });
  return key;
}
