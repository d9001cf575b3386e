import type { LogChunk, LogSource } from '#ports/event-log.ts';
import type { PeerClient } from './client.ts';

const BASE = '/api/v1/serving/log';
/** Longest wait of one poll, and how much later the request itself gives up. */
const POLL_MS = 20_000;
const SLACK_MS = 10_000;

/** The event log of another process. Its partition is asked for once: a process keeps it for as long as its data folder. */
export async function remoteLog(client: PeerClient): Promise<LogSource> {
  const { partition } = await client.json<{ partition: string }>('GET', `${BASE}/head`);
  const head = async (): Promise<number> => (await client.json<{ head: number }>('GET', `${BASE}/head`)).head;
  return {
    partition,
    head,
    tail: async () => (await client.json<{ tail: number }>('GET', `${BASE}/tail`)).tail,
    read: (from, maxBytes) => read(client, from, maxBytes),
    acknowledge: async (sink, offset) => {
      await client.json('POST', `${BASE}/ack`, { body: { sink, offset } });
    },
    waitFor: async (offset, signal) => {
      while (!signal.aborted) {
        try {
          const query = { offset, timeout_ms: POLL_MS };
          const answer = await client.json<{ head: number }>('GET', `${BASE}/wait`, { query, signal, timeoutMs: POLL_MS + SLACK_MS });
          if (answer.head > offset) return;
        } catch (error) {
          if (!signal.aborted) throw error;
        }
      }
    },
  };
}

async function read(client: PeerClient, from: number, maxBytes: number): Promise<LogChunk> {
  const response = await client.bytes(`${BASE}/read`, { query: { from, max_bytes: maxBytes } });
  const header = (name: string): string => response.headers.get(`x-log-${name}`) ?? '';
  const bytes = await response.bytes();
  return { partition: header('partition'), from: Number(header('from')), to: Number(header('to')), bytes };
}
