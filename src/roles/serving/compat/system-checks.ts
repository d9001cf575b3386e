import { statfsSync } from 'node:fs';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';

export type CheckStatus = 'ok' | 'warning' | 'critical' | 'unknown';

/** Shares of use, per cent, from which on system 002 warns. */
const WARNING_PERCENT = 80;
const CRITICAL_PERCENT = 95;
/** Use of the processors is told over at least so long, milliseconds. */
const LEAST_SPAN_MS = 200;

interface CpuTimes {
  readonly atMs: number;
  readonly busy: number;
  readonly all: number;
}

/** What system 002 tells of its machine in its health answer. */
export class SystemChecks {
  readonly #folder: string;
  #from = cpuTimes();
  #percent = 0;

  /** @param folder on the disk that is told of */
  constructor(folder: string) {
    this.#folder = folder;
  }

  read() {
    const cpu = { ...told('CPU', this.#cpuPercent()), cores: availableParallelism() };
    const memory = {
      ...told('Memory', percent(totalmem() - freemem(), totalmem())),
      available_gb: inGb(freemem()),
      total_gb: inGb(totalmem()),
    };
    const disk = this.#disk();
    return { status: worst([cpu.status, memory.status, disk.status]), cpu, memory, disk };
  }

  #cpuPercent(): number {
    const now = cpuTimes();
    if (now.atMs - this.#from.atMs < LEAST_SPAN_MS || now.all === this.#from.all) return this.#percent;
    this.#percent = percent(now.busy - this.#from.busy, now.all - this.#from.all);
    this.#from = now;
    return this.#percent;
  }

  #disk() {
    try {
      const { blocks, bfree, bavail, bsize } = statfsSync(this.#folder);
      // As df counts: what only root may use is neither free nor in use.
      const used = blocks - bfree;
      return { ...told('Disk', percent(used, used + bavail)), free_gb: inGb(bavail * bsize), total_gb: inGb(blocks * bsize) };
    } catch (error) {
      const status: CheckStatus = 'unknown';
      return { percent: null, status, message: `Disk cannot be read: ${(error as Error).message}`, free_gb: null, total_gb: null };
    }
  }
}

function told(what: string, used: number): { readonly percent: number; readonly status: CheckStatus; readonly message: string } {
  const status = used < WARNING_PERCENT ? 'ok' : used < CRITICAL_PERCENT ? 'warning' : 'critical';
  return { percent: used, status, message: `${what} usage: ${used}%` };
}

const ORDER: readonly CheckStatus[] = ['ok', 'unknown', 'warning', 'critical'];

function worst(statuses: readonly CheckStatus[]): CheckStatus {
  return ORDER[Math.max(...statuses.map((status) => ORDER.indexOf(status)))] as CheckStatus;
}

function cpuTimes(): CpuTimes {
  let busy = 0;
  let all = 0;
  for (const { times } of cpus()) {
    const sum = times.user + times.nice + times.sys + times.idle + times.irq;
    busy += sum - times.idle;
    all += sum;
  }
  return { atMs: performance.now(), busy, all };
}

const percent = (part: number, whole: number): number => Math.round((1000 * part) / Math.max(1, whole)) / 10;
const inGb = (bytes: number): number => Math.round(bytes / 1e7) / 100;
