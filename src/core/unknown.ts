/**
 * What stands in for a value that is not known during a preview, wherever the value would stand, also nested.
 * Source: `unknownValue` in @pulumi/pulumi/runtime/rpc.
 */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether a value is unknown or contains something unknown. */
export function isUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(isUnknown);
  if (typeof value === "object" && value !== null) return Object.values(value).some(isUnknown);
  return false;
}
