// node:http as CommonJS modules get it. An `import` reads all that it exports, and its WebSocket loads undici: 30 ms and 3 MB of every start for nothing.
export const { Agent, createServer, request } = process.getBuiltinModule('node:http');
