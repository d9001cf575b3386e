// A thread that starts a training process and passes on what the two sides say. Starting a process copies the tables of all memory of this one and waits for
// the new one: with 600 MB the loop that answers predictions would stand still for 25 ms. From a thread it is half of that, and feeding costs it nothing.
import { fork } from 'node:child_process';
import type { Writable } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromThread, ThreadOrder, ThreadStart, ToChild } from './messages.ts';

const { program, command, args } = workerData as ThreadStart;
const say = (message: FromThread): void => parentPort?.postMessage(message);

const child = fork(program, {
  serialization: 'advanced',
  execPath: command,
  execArgv: [...args],
  // The last one tells the shell before the program, if there is one, which policy to run it under (stand-back.ts).
  stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
});
const policies = child.stdio[4] as Writable;
policies.on('error', () => {});
child.stderr?.setEncoding('utf8').on('data', (text: string) => say({ type: 'complaint', text }));
child.on('message', (message) => say({ type: 'said', message: message as never }));
child.on('error', (error) => say({ type: 'unable', reason: error.message }));
// The shell's watch has its end of the pipe until this one is closed, and the child counts as closed only then.
child.on('exit', () => policies.destroy());
child.on('close', (code, signal) => say({ type: 'closed', code, signal }));
if (child.pid !== undefined) say({ type: 'started', pid: child.pid });

function send(message: ToChild): void {
  child.send(message, (error) => say({ type: 'sent', ...(error ? { failure: error.message } : {}) }));
}

parentPort?.on('message', (order: ThreadOrder) => {
  if (order.type === 'send') send(order.message);
  else if (order.type === 'policy') policies.write(`${order.policy}\n`);
  else child.kill(order.signal);
});
