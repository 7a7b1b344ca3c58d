import { Command } from "commander";
import { counted, identifier, say } from "../../core/text.ts";
import { shownClient } from "../../lifecycle/lookup.ts";
import { nameOf } from "../../lifecycle/words.ts";
import { type Adoptable, type Left, programOf, resourcesFor } from "../adopt/program.ts";
import { findClients, notAll } from "../clients.ts";
import { EXIT, exitCodesHelp } from "../exit.ts";
import { list, type PlaceOptions, SOME_VENDOR, withPlace } from "../options.ts";
import { assertOwn, jsonOf, type OutputOptions, print, withOutput } from "../output/print.ts";
import { are } from "../output/words.ts";
import { Exact } from "../redactor.ts";
import { maskedIn } from "../secrets/in-what-is-acted-on.ts";
import { inSession, type Session, type Site } from "../session.ts";
import { Managed, notSettled } from "../stack/managed.ts";

interface Options extends PlaceOptions, OutputOptions {
  namePrefix?: string;
  status?: string;
  managed?: string[];
  protect: boolean;
}

/** `oauth-clients adopt`: the program that takes over clients which are there already. */
export function adoptCommand(): Command {
  const command = withPlace(
    new Command("adopt")
      .description("write the program that takes over existing clients as they are; changes nothing by itself")
      .argument("[ids...]", "vendor's ids of the clients; default: all that the filters find"),
  )
    .option("--name-prefix <prefix>", "only clients whose name begins so")
    .option("--status <status>", "only clients of this status; default: all that are not deleted")
    .option("--managed <file>", "leave out what this stack export has; may be repeated", list)
    .option("--no-protect", "let Pulumi delete the clients; by default they are protected, as after an import");
  return withOutput(command, ["typescript", "json"])
    .addHelpText(
      "after",
      `
Each resource says what the vendor says now, with adopt.mustMatch: the first "pulumi up" changes nothing, or fails where a
client was changed meanwhile. With --stack, what that stack has already is left out. Secrets cannot be read.

Examples:
  oauth-clients adopt --vendor ${SOME_VENDOR} --name-prefix billing- --output billing.ts
  oauth-clients adopt client-550e8400-e29b-41d4-a716-446655440001
${exitCodesHelp("some clients cannot be adopted; they are named")}`,
    )
    .action((ids: string[], options: Options) => inSession(options, (session) => adopt(session, ids, options)));
}

async function adopt(session: Session, ids: readonly string[], options: Options): Promise<number> {
  const site = session.site(options);
  await assertOwn(options.output, options.managed ?? []);
  const managed = await Managed.by(options.managed ?? [], options);
  const wanted = { ids, namePrefix: options.namePrefix, status: options.status, isLookedAt: true };
  // A look at each client: the adoption compares with what that shows, and a list may say less.
  const { clients, missing, hiddenWithout } = await session.run(site.vendor, "adoption", async (operation) => {
    const { place, clients, ...rest } = await findClients(site, wanted, operation);
    const adoptable = clients.map((one): Adoptable => ({ id: one.id, values: shownClient(site.driver, one, place) }));
    return { clients: adoptable, ...rest };
  });
  const free = clients.filter(({ id }) => managed.of(site.vendor, id) === null);
  const programOptions = { where: whereOf(options, site), isProtected: options.protect };
  const { resources, left } = resourcesFor(site.driver, free, programOptions);
  await print(options, {
    typescript: () => programOf(site.driver, resources, programOptions),
    json: () => jsonOf({ vendor: site.vendor.name, kind: site.driver.kind, resources: new Exact(resources) }),
  });
  for (const { resource, args } of resources)
    for (const { place, what } of maskedIn(args)) {
      const told = say`The program says the value of ${what}, which is secret: it stands in ${place} of ${identifier(resource)} at the vendor.`;
      await session.console.log("warning", session.redactor.show(told));
    }
  const lost: Left[] = [...missing, ...left];
  for (const { id, because } of lost) {
    await session.console.log(
      "warning",
      session.redactor.show(say`${nameOf(null, id)} cannot be adopted: ${because}.`),
    );
  }
  for (const claim of managed.claimsOf(site.vendor))
    await session.console.log("warning", session.redactor.show(notSettled(claim)));
  if (hiddenWithout !== null) session.console.say(session.redactor.show(notAll(hiddenWithout)));
  const already = clients.length - free.length;
  const besides = managed.isAsked
    ? `${already} ${are(already)} managed already`
    : "nobody was asked which are managed: add --stack or --managed";
  session.console.say(`${resources.length} of ${counted(clients.length + missing.length, "client")}; ${besides}.`);
  return lost.length > 0 ? EXIT.finding : EXIT.ok;
}

/** What the resources must say of where they are: what the options name, the connection's defaults do not. */
function whereOf({ connection, tenant, realm }: Options, { vendor, where }: Site) {
  const named = { tenantId: tenant, realmName: realm };
  const keys = vendor.place.filter(({ receipt }) => named[receipt] !== undefined).map(({ key }) => key);
  const place = Object.fromEntries(keys.map((key) => [key, where[key]]));
  return connection === "default" ? place : { ...place, connection };
}
