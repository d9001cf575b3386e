import { Status, type Tone } from '@/components/status.tsx';

const TONES: Readonly<Record<string, Tone>> = { FINISHED: 'ok', RUNNING: 'info', SCHEDULED: 'info', FAILED: 'bad', KILLED: 'warn' };

export function RunStatus({ status }: { status: string }) {
  return <Status tone={TONES[status] ?? 'none'}>{status.toLowerCase()}</Status>;
}
