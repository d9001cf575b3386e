import { enableCompileCache } from 'node:module';

// Imported first of all, for what must be set before anything else is loaded.

// Compiled and type-stripped sources are kept between starts, half of the work of a start; worker threads and child processes learn of it by the
// environment. A folder that cannot be written is no harm.
const { directory } = enableCompileCache();
if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory;
