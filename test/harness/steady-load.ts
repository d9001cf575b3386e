import { Agent, request } from 'node:http';

/** What one request came to. */
interface Exchange {
  readonly status: number;
  readonly text: string;
}

export interface SteadyLoadOptions {
  readonly url: string;
  readonly body: string;
  readonly clients: number;
  /** Looks at each answer with status 200; what it says counts as a failure. */
  readonly check?: (answer: Record<string, unknown>) => string | undefined;
  /** Whether a lost connection ends nothing: the client connects again, and the request counts as lost, not as failed. */
  readonly toleratesLoss?: boolean;
}

/**
 * Clients that ask for predictions one after the other, without a pause, until they are stopped: three of four keep their connection, every fourth makes a
 * new one for each request. A connection that the server closes after an answer is opened anew, as any HTTP client does.
 */
export class SteadyLoad {
  readonly #options: SteadyLoadOptions;
  readonly #loops: Promise<void>[];
  #stopped = false;
  /** Answers with status 200 that passed the check. */
  answered = 0;
  lost = 0;
  failed = 0;
  readonly failures: string[] = [];
  readonly ids: string[] = [];
  readonly byVersion = new Map<string, number>();
  slowestMs = 0;

  constructor(options: SteadyLoadOptions) {
    this.#options = options;
    this.#loops = Array.from({ length: options.clients }, (_, i) => this.#client(i % 4 !== 3));
  }

  /** Lets every client finish its request. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async #client(keepAlive: boolean): Promise<void> {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    while (!this.#stopped) {
      const startedAt = performance.now();
      try {
        this.#judge(await this.#ask(agent));
      } catch (error) {
        if (this.#options.toleratesLoss) this.lost++;
        else this.#fail(String(error));
      }
      this.slowestMs = Math.max(this.slowestMs, performance.now() - startedAt);
    }
    agent.destroy();
  }

  #ask(agent: Agent): Promise<Exchange> {
    const { url, body } = this.#options;
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const sent = request(`${url}/predict`, { method: 'POST', agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode as number, text }));
      });
      sent.on('error', reject).end(body);
    });
  }

  #judge({ status, text }: Exchange): void {
    const answer = (status === 200 ? JSON.parse(text) : {}) as Record<string, unknown>;
    const problem = status === 200 ? this.#options.check?.(answer) : `${status} ${text.slice(0, 200)}`;
    if (problem !== undefined) {
      this.#fail(problem);
      return;
    }
    this.answered++;
    this.ids.push(answer['prediction_id'] as string);
    const version = answer['model_version'] as string;
    this.byVersion.set(version, (this.byVersion.get(version) ?? 0) + 1);
  }

  #fail(what: string): void {
    this.failed++;
    if (this.failures.length < 20) this.failures.push(what);
  }
}
