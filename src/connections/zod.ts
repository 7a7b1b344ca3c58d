import { z } from "zod";

// zod compiles a schema to JavaScript at its first use. That takes longer than most of them are parsed with in a run.
z.config({ jitless: true });
