import * as pulumi from "@pulumi/pulumi";

/** The making of a resource. */
export interface Making {
  /** To be called with what the constructor throws: an error that was made meanwhile has no frames yet. */
  failed(error: unknown): unknown;
  /** To be called at the end, however it ends. */
  ended(): void;
}

/**
 * Makes a resource without stack traces. The SDK takes one for each of the four promises of each property, formatted with
 * source maps, and shows them only in the report of a leak: half of the time of a program with many resources.
 *
 * Only where no code of the user's runs meanwhile, which transformations are: their errors keep their frames. Where a
 * resource stands in the program, the SDK looks for with a limit of its own.
 *
 * @param made the class whose constructor the program calls: the frames of an error begin there
 */
export function making(opts: pulumi.ResourceOptions | undefined, made: new (...args: never[]) => object): Making {
  const limit = Error.stackTraceLimit;
  const isQuiet = !runsTransformations(opts);
  if (isQuiet) Error.stackTraceLimit = 0;
  const restore = () => {
    if (isQuiet) Error.stackTraceLimit = limit;
  };
  return {
    failed(error) {
      restore();
      if (isQuiet && error instanceof Error && !/\n\s+at /.test(error.stack ?? "")) {
        Error.captureStackTrace(error, made);
      }
      return error;
    },
    ended: restore,
  };
}

/** Whether code of the user's runs while a resource is made: where the SDK looks for it. */
function runsTransformations({ parent, transformations = [] }: pulumi.ResourceOptions = {}): boolean {
  const home = parent ?? pulumi.runtime.getStackResource();
  const inherited: unknown = home === undefined ? [] : (Reflect.get(home, "__transformations") ?? []);
  return transformations.length > 0 || !Array.isArray(inherited) || inherited.length > 0;
}
