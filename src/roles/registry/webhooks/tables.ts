/** Tables of webhooks. Times are milliseconds. */
export interface WebhookTables {
  registry_webhooks: {
    id: string;
    name: string;
    url: string;
    description: string;
    /** JSON: a list of `entity.action`. */
    events: string;
    status: string;
    /** Sealed by `secrets.ts`; empty for none. */
    secret: string;
    creation_time: number;
    last_update_time: number;
  };
  registry_webhook_deliveries: {
    id: string;
    webhook: string;
    event: string;
    body: string;
    state: string;
    creation_time: number;
    /** When somebody last worked on it: what lies longer was left by a process that ended. */
    touch_time: number;
    attempts: number;
    response_status: number | null;
    duration_ms: number | null;
    error: string;
  };
}
