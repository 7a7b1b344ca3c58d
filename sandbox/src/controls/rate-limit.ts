import type { SandboxSettings } from "../settings.ts";

/** What a request may do, and the headers that say so. */
export interface RateVerdict {
  readonly allowed: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** Counts API requests in fixed windows. Changing the settings starts over with the next window. */
export class RateLimiter {
  readonly #settings: SandboxSettings;
  #windowEnd = 0;
  #used = 0;

  constructor(settings: SandboxSettings) {
    this.#settings = settings;
  }

  take(now: number = Date.now()): RateVerdict {
    const { rateLimit } = this.#settings;
    if (rateLimit === null) return { allowed: true, headers: {} };
    if (now >= this.#windowEnd || this.#windowEnd > now + rateLimit.windowSeconds * 1000) {
      this.#windowEnd = now + rateLimit.windowSeconds * 1000;
      this.#used = 0;
    }
    this.#used += 1;
    const allowed = this.#used <= rateLimit.limit;
    const headers = {
      "x-ratelimit-limit": String(rateLimit.limit),
      "x-ratelimit-remaining": String(Math.max(0, rateLimit.limit - this.#used)),
      "x-ratelimit-reset": this.#reset(now),
      ...(allowed ? {} : this.#retryAfter(now)),
    };
    return { allowed, headers };
  }

  #secondsLeft(now: number): number {
    return Math.ceil((this.#windowEnd - now) / 1000);
  }

  #reset(now: number): string {
    switch (this.#settings.rateLimitReset) {
      case "epoch-seconds":
        return String(Math.ceil(this.#windowEnd / 1000));
      case "epoch-milliseconds":
        return String(this.#windowEnd);
      case "delta-seconds":
        return String(this.#secondsLeft(now));
    }
  }

  #retryAfter(now: number): Record<string, string> {
    switch (this.#settings.retryAfter) {
      case "none":
        return {};
      case "seconds":
        return { "retry-after": String(this.#secondsLeft(now)) };
      case "date":
        // Dates in HTTP have whole seconds: rounded up, so that waiting until then is enough.
        return { "retry-after": new Date(Math.ceil(this.#windowEnd / 1000) * 1000).toUTCString() };
    }
  }
}
