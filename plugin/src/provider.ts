/** The packaged provider: an adapter between Pulumi's protocol and the resources, which holds no rule of its own. */
import * as grpc from "@grpc/grpc-js";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { OF_DYNAMIC_STATES, withoutDynamic } from "../../src/core/dynamic-state.ts";
import { isDefaultProvider, PACKAGE, PACKAGED_TYPE } from "../../src/core/type-names.ts";
import type { Properties } from "../../src/lifecycle/properties.ts";
import { LookUps } from "../../src/lookups/index.ts";
import type { Interrupt } from "../../src/runtime/interrupt.ts";
import { assertShell } from "../../src/runtime/protocol.ts";
import type { Resource } from "../../src/runtime/replacements.ts";
import { Resources } from "../../src/runtime/resources.ts";
import { answering, type Method, sealing } from "./answers.ts";
import { configProblems, secretSettings, sourcesOf } from "./config.ts";
import type { EngineConsole } from "./engine.ts";
import { type Opened, opened as openedIn, sealed, secretsOf, UNKNOWN } from "./values.ts";

/** What the provider uses of the process it runs in. */
export interface PluginProcess {
  console: EngineConsole;
  interrupt: Interrupt;
  /** The address of the engine; left out where it is not known. */
  engineAddress?: string | null;
  env: Readonly<Record<string, string | undefined>>;
  version: string;
  /** The schema of the package, JSON. */
  schema(): Promise<string>;
  /** How long a vendor may be at work on a lost request, in milliseconds; for tests. */
  settlesMs?: number;
}

/** The methods of a provider process, by their names in the protocol. */
export function pluginProvider(process: PluginProcess): IResourceProviderServer {
  const { console, interrupt, engineAddress = null, env, version, schema, settlesMs } = process;
  let config: Properties = {};
  let isExplicit = false;
  const sources = sourcesOf(
    env,
    () => config,
    () => isExplicit,
  );
  const resources = new Resources({ console, interrupt, engineAddress, sources, settlesMs });
  const lookUps = new LookUps(sources);
  const unary = <Request, Response>(method: Method<Request, Response>) =>
    answering(method, (thrown) => resources.failure(thrown));
  /** What the program keeps secret is not in messages either. Settings know their own secrets, and are kept secret whole. */
  const opened = (...[sent]: Parameters<typeof openedIn>): Opened => {
    const all = openedIn(sent);
    resources.keepSecrets(all.texts);
    return all;
  };
  const refused = (what: string) =>
    unary(() => {
      throw new Error(`${PACKAGE} has no ${what}.`);
    });

  return {
    handshake: unary((request: messages.ProviderHandshakeRequest) => {
      console.connect(request.getEngineAddress());
      const response = new messages.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      return response;
    }),
    attach: unary((request: plugins.PluginAttach) => {
      console.connect(request.getAddress());
      return new empty.Empty();
    }),
    getPluginInfo: unary(() => {
      const response = new plugins.PluginInfo();
      response.setVersion(version);
      return response;
    }),
    getSchema: unary(async () => {
      const response = new messages.GetSchemaResponse();
      response.setSchema(await schema());
      return response;
    }),
    checkConfig: unary((request: messages.CheckRequest) => {
      const { properties, secrets } = openedIn(request.getNews());
      const response = new messages.CheckResponse();
      response.setInputs(sealed(properties, new Set([...secrets, ...secretSettings()])));
      response.setFailuresList(configProblems(properties).map(checkFailure));
      return response;
    }),
    diffConfig: unary((request: messages.DiffRequest) => {
      const [olds, news] = [openedIn(request.getOlds()).properties, openedIn(request.getNews()).properties];
      const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
      const changed = keys.filter((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]));
      const response = new messages.DiffResponse();
      const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
      response.setChanges(changed.length === 0 ? DIFF_NONE : DIFF_SOME);
      response.setDiffsList(changed);
      return response;
    }),
    configure: unary((request: messages.ConfigureRequest) => {
      config = openedIn(request.getArgs()).properties;
      // An engine that says none is not taken to mean a provider of the program's.
      const urn = request.getUrn() ?? "";
      isExplicit = urn !== "" && !isDefaultProvider(urn);
      const response = new messages.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      return response;
    }),

    check: unary(async (request: messages.CheckRequest) => {
      const news = opened(request.getNews());
      const olds = opened(request.getOlds());
      const { inputs, problems } = await resources.check(
        about(request),
        withoutDynamic(olds.properties),
        withoutDynamic(news.properties),
      );
      const response = new messages.CheckResponse();
      response.setInputs(sealed(inputs, secretsOf(inputs, news, olds)));
      response.setFailuresList(problems.map((reason) => checkFailure({ reason })));
      return response;
    }),
    diff: unary(async (request: messages.DiffRequest) => {
      const olds = opened(request.getOlds()).properties;
      const news = opened(request.getNews()).properties;
      const resource = about(request);
      assertShell(olds.__provider);
      const difference = await resources.diff(resource, request.getId(), withoutDynamic(olds), withoutDynamic(news));
      const { changed, replaces } = difference;
      const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
      const response = new messages.DiffResponse();
      const isOfDynamic = OF_DYNAMIC_STATES.some((key) => key in olds);
      response.setChanges(difference.changes || isOfDynamic ? DIFF_SOME : DIFF_NONE);
      response.setDiffsList(changed);
      response.setReplacesList(replaces);
      // Also where the engine replaces by itself, as for `replaceOnChanges`.
      response.setDeletebeforereplace(resources.deletesFirst(resource));
      response.setStablesList([...resources.outputs(resource).stable]);
      response.setHasdetaileddiff(true);
      for (const key of changed) {
        response.getDetaileddiffMap().set(key, propertyDiff(key in olds, key in news, replaces.includes(key)));
      }
      return response;
    }),
    create: unary(async (request: messages.CreateRequest) => {
      const now = opened(request.getProperties());
      const resource = about(request, request.getTimeout());
      const response = new messages.CreateResponse();
      if (request.getPreview()) {
        const { computed } = resources.outputs(resource);
        const unknown = Object.fromEntries(computed.map((key) => [key, UNKNOWN]));
        response.setProperties(sealed({ ...now.properties, ...unknown }, now.secrets));
        return response;
      }
      const { id, properties } = await sealing(
        (outputs) => sealed(outputs, secretsOf(outputs, now)),
        resources.create(resource, withoutDynamic(now.properties)),
      );
      response.setId(id);
      response.setProperties(properties);
      return response;
    }),
    read: unary(async (request: messages.ReadRequest) => {
      const state = opened(request.getProperties());
      const inputs = opened(request.getInputs());
      const resource = about(request, request.getTimeout());
      const [id, known] = [request.getId(), withoutDynamic(state.properties)];
      // An import has no inputs. A resource that the program only looks at (`.get`) has some, if none in them.
      const isImport = !request.hasInputs();
      const read = await (isImport ? resources.import(resource, id, known) : resources.read(resource, id, known));
      const response = new messages.ReadResponse();
      if (read === null) return response;
      const secrets = new Set([...secretsOf(read.outputs, state), ...inputs.secrets]);
      response.setId(read.id);
      response.setProperties(sealed(read.outputs, secrets));
      // Left out, the engine keeps those that it has.
      if (read.inputs !== undefined) response.setInputs(sealed(read.inputs, secrets));
      return response;
    }),
    update: unary(async (request: messages.UpdateRequest) => {
      const olds = opened(request.getOlds());
      const news = opened(request.getNews());
      const resource = about(request, request.getTimeout());
      const response = new messages.UpdateResponse();
      if (request.getPreview()) {
        const { computed, stable } = resources.outputs(resource);
        const known = (key: string) => (stable.includes(key) ? olds.properties[key] : undefined) ?? UNKNOWN;
        const foreseen = Object.fromEntries(computed.map((key) => [key, known(key)]));
        response.setProperties(sealed({ ...news.properties, ...foreseen }, secretsOf(foreseen, news)));
        return response;
      }
      const [before, now] = [withoutDynamic(olds.properties), withoutDynamic(news.properties)];
      const { properties } = await sealing(
        (outputs) => sealed(outputs, secretsOf(outputs, news, olds)),
        resources.update(resource, request.getId(), before, now),
      );
      response.setProperties(properties);
      return response;
    }),
    delete: unary(async (request: messages.DeleteRequest) => {
      const { properties } = opened(request.getProperties());
      await resources.delete(about(request, request.getTimeout()), request.getId(), withoutDynamic(properties));
      return new empty.Empty();
    }),
    cancel: unary(() => {
      interrupt.asked();
      return new empty.Empty();
    }),

    invoke: unary(async (request: messages.InvokeRequest) => {
      const response = new messages.InvokeResponse();
      const [vendor = ""] = kindOf(request.getTok()).split(":");
      const args = opened(request.getArgs()).properties;
      const found = await interrupt.during(() => lookUps.find(vendor, args));
      response.setReturn(sealed({ clients: found }, new Set()));
      return response;
    }),
    list(call) {
      const { request } = call;
      const [vendor = ""] = kindOf(request.getToken()).split(":");
      // Who asks for some takes the first; without a number, more than `limit` of them are an error.
      const most = request.getLimit() > 0 ? request.getLimit() : null;
      const query = opened(request.getQuery()).properties;
      const filter = most === null ? query : { limit: Number.MAX_SAFE_INTEGER, ...query };
      interrupt
        .during(() => lookUps.find(vendor, filter))
        .then(
          (found) => {
            for (const { id, name } of found.slice(0, most ?? found.length)) {
              const result = new messages.ListResponse.Result();
              result.setId(String(id));
              result.setName(String(name));
              const response = new messages.ListResponse();
              response.setResult(result);
              call.write(response);
            }
            call.end();
          },
          (thrown: unknown) =>
            call.emit("error", { code: grpc.status.FAILED_PRECONDITION, details: resources.failure(thrown).message }),
        );
    },

    call: refused("methods"),
    construct: refused("components"),
    parameterize: refused("parameters"),
    getMapping: unary(() => new messages.GetMappingResponse()),
    getMappings: unary(() => new messages.GetMappingsResponse()),
  };
}

/** The resource that a request is about, and how long it may take: 0 seconds are no limit of its own. */
function about(request: { getUrn(): string }, timeoutSeconds = 0): Resource {
  const urn = request.getUrn() ?? "";
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  return { kind: kindOf(type), urn, ...(timeoutSeconds > 0 ? { limitMs: timeoutSeconds * 1_000 } : {}) };
}

/** `rezolve:OAuthClient` of `oauth-clients:rezolve:OAuthClient`. */
function kindOf(token: string): string {
  return token.startsWith(PACKAGED_TYPE) ? token.slice(PACKAGED_TYPE.length) : token;
}

function checkFailure({ property = "", reason }: { property?: string; reason: string }): messages.CheckFailure {
  const failure = new messages.CheckFailure();
  failure.setProperty(property);
  failure.setReason(reason);
  return failure;
}

function propertyDiff(had: boolean, has: boolean, replaces: boolean): messages.PropertyDiff {
  const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = messages.PropertyDiff.Kind;
  const diff = new messages.PropertyDiff();
  const [plain, replacing] = !had ? [ADD, ADD_REPLACE] : has ? [UPDATE, UPDATE_REPLACE] : [DELETE, DELETE_REPLACE];
  diff.setKind(replaces ? replacing : plain);
  diff.setInputdiff(true);
  return diff;
}
