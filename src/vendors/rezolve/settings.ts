import { z } from "zod";
import { commonSettings } from "../settings.ts";

/** Settings of a Rezolve connection. */
export const rezolveSettings = z.strictObject({
  ...commonSettings,
  realmName: z.string().min(1).optional().describe("Realm of clients that name none; sent as `realmname`."),
});
