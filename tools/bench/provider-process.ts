/** A real provider process, the SDK's own of dynamic providers or a packaged one, driven over its protocol as the engine does. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engine from "@pulumi/pulumi/proto/engine_pb.js";
import providerService from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import { isRpcSecret, specialSecretSig, specialSigKey, unwrapRpcSecret } from "@pulumi/pulumi/runtime/rpc.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { z } from "zod";

export type Properties = Record<string, unknown>;

const SCRIPT = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/dynamic-provider/index.js");
const PROBE = fileURLToPath(new URL("memory-probe.cjs", import.meta.url));
const LIMIT_MS = 60_000;
const jsonSchema = z.record(z.string(), z.json());
const propertiesSchema = z.record(z.string(), z.unknown());
const memorySchema = z.object({ used: z.number(), rss: z.number() });
export type Memory = z.infer<typeof memorySchema>;

/** A line that a provider logs. */
export interface Line {
  severity: "info" | "warning" | "other";
  message: string;
  /** Empty where it is about no resource. */
  urn: string;
  /** It only shows how far a long work is. */
  isPassing: boolean;
}

/** Stands for the engine where the provider logs to it. */
export class EngineStub {
  readonly address: string;
  readonly #server: grpc.Server;

  private constructor(server: grpc.Server, port: number) {
    this.#server = server;
    this.address = `127.0.0.1:${port}`;
  }

  /** @param logged is told each line */
  static async start(logged: (line: Line) => void = () => {}): Promise<EngineStub> {
    const server = new grpc.Server();
    const log = (
      { request }: grpc.ServerUnaryCall<engine.LogRequest, empty.Empty>,
      done: grpc.sendUnaryData<empty.Empty>,
    ) => {
      const { INFO, WARNING } = engine.LogSeverity;
      const severity = request.getSeverity();
      logged({
        severity: severity === INFO ? "info" : severity === WARNING ? "warning" : "other",
        message: request.getMessage(),
        urn: request.getUrn(),
        isPassing: request.getEphemeral(),
      });
      done(null, new empty.Empty());
    };
    server.addService(engineService.EngineService, { log });
    const port = await new Promise<number>((bound, failed) => {
      const credentials = grpc.ServerCredentials.createInsecure();
      server.bindAsync("127.0.0.1:0", credentials, (error, found) => (error ? failed(error) : bound(found)));
    });
    return new EngineStub(server, port);
  }

  close(): void {
    this.#server.forceShutdown();
  }
}

export interface ProcessOptions {
  /** Where the shell's `require` starts to look. */
  cwd: string;
  /** Goes into every request, as the engine does it; null for a packaged provider, which has none. */
  shell: string | null;
  /** What runs; default: the SDK's process of dynamic providers. */
  script?: string;
  /** What it is configured with; default: nothing. */
  config?: Properties;
  environment: Record<string, string | undefined>;
  engineAddress: string;
  /** Whether {@link ProviderProcess.memory} works. */
  probed?: boolean;
  /** Options of Node.js itself. */
  nodeOptions?: readonly string[];
}

/** A resource as the state holds it. */
export interface Stored {
  id: string;
  outputs: Properties;
}

/** What a diff says. */
export interface Difference {
  changes: boolean;
  replaces: readonly string[];
  deletesFirst: boolean;
}

/** What a failed create or update leaves in the state, and why it is not finished. */
export interface Left extends Stored {
  reasons: readonly string[];
}

export class ProviderProcess {
  readonly #child: ChildProcess;
  readonly #client: InstanceType<typeof providerService.ResourceProviderClient>;
  #shell: string | null;
  /** Names of properties that the provider calls secret. */
  readonly #secrets = new Set<string>();

  private constructor(child: ChildProcess, port: string, shell: string | null) {
    this.#child = child;
    this.#shell = shell;
    this.#client = new providerService.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  /** Starts the process and waits until it is configured. */
  static async start(options: ProcessOptions): Promise<ProviderProcess> {
    const { cwd, shell, script = SCRIPT, config = {}, environment, engineAddress, probed, nodeOptions = [] } = options;
    const probe = probed ? ["--expose-gc", "--require", PROBE] : [];
    const stdio = ["ignore", "pipe", "pipe", ...(probed ? (["ipc"] as const) : [])] as const;
    const child = spawn(process.execPath, [...nodeOptions, ...probe, script, engineAddress], {
      cwd,
      env: environment,
      stdio: [...stdio],
    });
    if (child.stdout === null) throw new Error("The provider process has no output");
    child.stderr?.resume();
    const lines = createInterface(child.stdout);
    const port = await new Promise<string>((listening, failed) => {
      lines.once("line", listening);
      child.once("error", failed);
      child.once("exit", (code) => failed(new Error(`The provider process ended with ${code}`)));
    });
    const started = new ProviderProcess(child, port, shell);
    await started.configure(config);
    return started;
  }

  /** Hands over the configuration; of dynamic providers, those that are made from now on have it. */
  async configure(config: Properties): Promise<void> {
    const request = new messages.ConfigureRequest();
    request.setArgs(struct.Struct.fromJavaScript(jsonSchema.parse(config)));
    await called((done) => this.#client.configure(request, done));
  }

  /** @param olds the inputs of last time; of a new resource nothing at all: with so much as a shell it would be one that exists */
  async check(news: Properties, olds: Properties = {}, urn = ""): Promise<Properties> {
    const request = new messages.CheckRequest();
    request.setUrn(urn);
    request.setOlds(Object.keys(olds).length === 0 ? struct.Struct.fromJavaScript({}) : this.#struct(olds));
    request.setNews(this.#struct(news));
    const answer = await called<InstanceType<typeof messages.CheckResponse>>((done) =>
      this.#client.check(request, done),
    );
    const failures = answer.getFailuresList();
    if (failures.length > 0) throw new Error(failures.map((failure) => failure.getReason()).join("\n"));
    return this.#opened(answer.getInputs());
  }

  async create(inputs: Properties, urn = ""): Promise<Stored> {
    const request = new messages.CreateRequest();
    request.setUrn(urn);
    request.setProperties(this.#struct(inputs));
    const answer = await called<InstanceType<typeof messages.CreateResponse>>((done) =>
      this.#client.create(request, done),
    );
    return { id: answer.getId(), outputs: this.#opened(answer.getProperties()) };
  }

  async diff(id: string, olds: Properties, news: Properties, urn = ""): Promise<Difference> {
    const request = new messages.DiffRequest();
    request.setId(id);
    request.setUrn(urn);
    request.setOlds(this.#struct(olds));
    request.setNews(this.#struct(news));
    const answer = await called<InstanceType<typeof messages.DiffResponse>>((done) => this.#client.diff(request, done));
    return {
      changes: answer.getChanges() !== messages.DiffResponse.DiffChanges.DIFF_NONE,
      replaces: answer.getReplacesList(),
      deletesFirst: answer.getDeletebeforereplace(),
    };
  }

  /**
   * @param inputs as the state has them
   * @returns null where the resource is gone
   */
  async read(
    id: string,
    outputs: Properties,
    urn = "",
    inputs: Properties = {},
  ): Promise<(Stored & { inputs?: Properties }) | null> {
    const request = new messages.ReadRequest();
    request.setId(id);
    request.setUrn(urn);
    request.setProperties(this.#struct(outputs));
    request.setInputs(this.#struct(inputs));
    const answer = await called<InstanceType<typeof messages.ReadResponse>>((done) => this.#client.read(request, done));
    if (answer.getId() === "") return null;
    const found = answer.getInputs();
    return {
      id: answer.getId(),
      outputs: this.#opened(answer.getProperties()),
      ...(found === undefined ? {} : { inputs: this.#opened(found) }),
    };
  }

  async update(id: string, olds: Properties, news: Properties, urn = ""): Promise<Properties> {
    const request = new messages.UpdateRequest();
    request.setId(id);
    request.setUrn(urn);
    request.setOlds(this.#struct(olds));
    request.setNews(this.#struct(news));
    const answer = await called<InstanceType<typeof messages.UpdateResponse>>((done) =>
      this.#client.update(request, done),
    );
    return this.#opened(answer.getProperties());
  }

  async delete(id: string, outputs: Properties, urn = ""): Promise<void> {
    const request = new messages.DeleteRequest();
    request.setId(id);
    request.setUrn(urn);
    request.setProperties(this.#struct(outputs));
    await called((done) => this.#client.delete(request, done));
  }

  /** What an error of a create or an update leaves in the state; null where it leaves nothing. */
  left(error: unknown): Left | null {
    if (!(error instanceof Error) || !("metadata" in error) || !(error.metadata instanceof grpc.Metadata)) return null;
    const [packed] = error.metadata.get("grpc-status-details-bin");
    if (!(packed instanceof Uint8Array)) return null;
    const [detail] = status.Status.deserializeBinary(packed).getDetailsList();
    if (detail === undefined) return null;
    const left = messages.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
    return { id: left.getId(), outputs: this.#opened(left.getProperties()), reasons: left.getReasonsList() };
  }

  /** What goes into every request from now on: the process has one provider for each. */
  useShell(shell: string | null): void {
    this.#shell = shell;
  }

  /** The process's number. */
  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  /** Stops reading what the process prints, as an engine that is gone. */
  closePipes(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  /** Waits for the process to end by itself. */
  async ended(): Promise<void> {
    if (this.#running()) await once(this.#child, "exit");
  }

  /** What is in use after a garbage collection, in bytes. */
  async memory(): Promise<Memory> {
    const answered = once(this.#child, "message");
    this.#child.send("memory");
    const [memory]: unknown[] = await answered;
    return memorySchema.parse(memory);
  }

  /** The most memory that the process has had resident at any time so far, in bytes; null where the system is none that says it (Linux does). */
  async peak(): Promise<number | null> {
    // Not `maxRSS`: on Linux that is at least what the process had that started it.
    const status = await readFile(`/proc/${this.pid}/status`, "utf8").catch(() => "");
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  }

  async end(): Promise<void> {
    this.#client.close();
    if (!this.#running()) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }

  #running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Properties as the engine sends them: what the provider called secret, it marks as secret. */
  #struct(properties: Properties): struct.Struct {
    const sealed = Object.entries(properties).map(([key, value]) => {
      const isSecret = this.#secrets.has(key) && value !== null;
      return [key, isSecret ? { [specialSigKey]: specialSecretSig, value } : value];
    });
    const own = this.#shell === null ? {} : { __provider: this.#shell };
    return struct.Struct.fromJavaScript(jsonSchema.parse({ ...Object.fromEntries(sealed), ...own }));
  }

  #opened(sent: struct.Struct | undefined): Properties {
    const properties = Object.entries(propertiesSchema.parse(sent?.toJavaScript() ?? {}));
    for (const [key, value] of properties) {
      if (isRpcSecret(value)) this.#secrets.add(key);
      else if (this.#secrets.has(key) && value !== null) throw new Error(`${key}, which is secret, came in clear`);
    }
    return Object.fromEntries(properties.map(([key, value]) => [key, unwrapRpcSecret(value)]));
  }
}

function called<Answer>(
  method: (done: (error: grpc.ServiceError | null, answer: Answer) => void) => unknown,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // A method that throws at the other side is never answered.
    const timer = setTimeout(() => reject(new Error("The provider process does not answer")), LIMIT_MS);
    method((error, answer) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(answer);
    });
  });
}
