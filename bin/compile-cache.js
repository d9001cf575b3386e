import { enableCompileCache } from 'node:module';

// Imported first of all, and plain JavaScript: Node would load its type stripper (45 ms and 8 MB) for the first TypeScript file that it meets before the
// cache is there. Compiled and type-stripped sources are kept between starts, half of the work of a start; worker threads and child processes learn of it
// by the environment. A folder that cannot be written is no harm.
const { directory } = enableCompileCache();
if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory;
