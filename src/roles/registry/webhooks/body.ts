/** Something that happened, as webhooks tell it. */
export interface RegistryEvent {
  /** `entity.action`, such as `model_version.created`. */
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The text that is sent and signed. The time has Python's form, which older parsers want. */
export function eventBody({ name, data }: RegistryEvent, nowMs: number): string {
  const [entity, action] = name.split('.');
  return JSON.stringify({ entity, action, timestamp: new Date(nowMs).toISOString().replace('Z', '+00:00'), data });
}
