import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../bench/', import.meta.url));
const files = existsSync(folder) ? readdirSync(folder) : [];
const known = files.filter((file) => file.endsWith('.ts') && !file.includes('.test.')).map((file) => basename(file, '.ts'));

const [name, ...args] = process.argv.slice(2);
if (name === undefined || name === '--help') {
  console.log(`npm run bench NAME [-- flags]\n\n${known.map((bench) => `  ${bench}`).join('\n') || '  there are none yet'}`);
} else if (known.includes(name)) {
  process.exitCode = spawnSync(process.execPath, [join(folder, `${name}.ts`), ...args], { stdio: 'inherit' }).status ?? 1;
} else {
  console.error(`There is no benchmark '${name}'; there are: ${known.join(', ')}`);
  process.exitCode = 2;
}
