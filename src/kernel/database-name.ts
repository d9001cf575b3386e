/**
 * How a database of a server is told to people: without user and password.
 *
 * @param url postgresql://user:password@host:port/database
 * @returns `database at host:port`
 */
export function databaseName(url: string): string {
  const { host, pathname } = new URL(url);
  return `${decodeURIComponent(pathname.slice(1))} at ${host}`;
}
