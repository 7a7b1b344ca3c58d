import { z } from "zod";
import {
  adoptSchema,
  clientName,
  deletionSchema,
  identifier,
  named,
  purgeInputs,
  refuseEmptyPurge,
  selectPrefix,
  texts,
} from "../../../src/lifecycle/inputs.ts";

const place = { space: identifier, zone: identifier.optional(), connection: named.optional() };

export const clientInputs = z.strictObject({
  name: clientName,
  appKind: named,
  callbackUrls: texts.optional(),
  ...place,
  status: z.enum(["active", "deleted"]),
  adopt: adoptSchema.optional(),
  deletion: deletionSchema.optional(),
});

export const deletionInputs = z.strictObject({ targetId: identifier, ...place, deletion: deletionSchema.optional() });

export const purgeSchema = z
  .strictObject({
    ...purgeInputs,
    ...place,
    select: z.strictObject({ namePrefix: selectPrefix }).optional(),
    deletion: deletionSchema.optional(),
  })
  .superRefine(refuseEmptyPurge);
