import type { ReplicaOffer } from '#roles/define-role.ts';

/** The processes that follow this one's deployments, seen from here. Without any, all of this does nothing. */
export class Followers implements ReplicaOffer {
  readonly state: ReplicaOffer['state'];
  readonly #told: (() => Promise<void>)[] = [];
  #reports: () => Promise<readonly unknown[]> = async () => [];

  constructor(state: ReplicaOffer['state']) {
    this.state = state;
  }

  onChange(follow: () => Promise<void>): void {
    this.#told.push(follow);
  }

  onReport(reports: () => Promise<readonly unknown[]>): void {
    this.#reports = reports;
  }

  /** Resolves when all have followed. */
  readonly spread = async (): Promise<void> => {
    await Promise.all(this.#told.map((follow) => follow()));
  };

  readonly reports = (): Promise<readonly unknown[]> => this.#reports();
}
