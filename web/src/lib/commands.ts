const USUAL = 'http://127.0.0.1:8000';

/** A command of the repository as it has to be typed for this server: with its address where it is not the usual one. */
export function command(name: string, rest = ''): string {
  const { origin } = window.location;
  const at = origin === USUAL || origin === USUAL.replace('127.0.0.1', 'localhost') ? '' : ` --url ${origin}`;
  return `npm run -s trainyard -- ${name}${rest}${at}`;
}
