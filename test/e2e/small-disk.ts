import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own that can be filled. @returns what takes it off again @throws where this process may not mount one */
export function mountSmallDisk(path: string, size = '96m'): () => void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], { stdio: 'ignore' });
  return () => void execFileSync('umount', ['-l', path], { stdio: 'ignore' });
}

export function mayMount(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'trainyard-mount-'));
  try {
    mountSmallDisk(path)();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}
