/** Tells a waiting person, or a build log, what is being done and for how long. */

export interface Progress {
  /** A step begins; it lasts until the next `end`. */
  begin(what: string): void;
  /** How far the step has come: shown with the next update. */
  detail(text: string): void;
  /** The step is over. With a text, says so and how long it took. */
  end(done?: string): void;
  /** One line that stays. */
  note(line: string): void;
}

export const silent: Progress = { begin() {}, detail() {}, end() {}, note() {} };

/** `8 s`, `3 min 41 s`. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** What is needed of `process.stderr`. */
export interface Output {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** Progress as text: one line updated in place on a terminal, else a plain line now and then (`every`, milliseconds). */
export function progressOn(output: Output, { every = output.isTTY ? 1_000 : 30_000, now = Date.now } = {}): Progress {
  const inPlace = output.isTTY === true;
  let step: { what: string; since: number; detail: string; timer: NodeJS.Timeout } | undefined;

  const clear = () => (inPlace ? "\r\x1b[2K" : "");
  const update = () => {
    if (!step) return;
    const text = `${step.what}${step.detail ? `: ${step.detail}` : ""}, ${duration(now() - step.since)}`;
    output.write(inPlace ? `${clear()}${text.slice(0, (output.columns || 80) - 1)}` : `${text}\n`);
  };
  const stop = () => {
    clearInterval(step?.timer);
    if (step) output.write(clear());
    step = undefined;
  };

  return {
    begin(what) {
      stop();
      const timer = setInterval(update, every);
      timer.unref();
      step = { what, since: now(), detail: "", timer };
      output.write(inPlace ? what : `${what} …\n`);
    },
    detail(text) {
      if (step) step.detail = text;
    },
    end(done) {
      const took = step ? now() - step.since : 0;
      stop();
      if (done) output.write(`${done} in ${duration(took)}\n`);
    },
    note(line) {
      output.write(`${clear()}${line}\n`);
      if (inPlace) update();
    },
  };
}
