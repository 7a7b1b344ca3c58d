/** The SDK's real dynamic-provider process, driven over its own protocol as the engine does. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import providerService from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { z } from "zod";

export type Properties = Record<string, unknown>;

const SCRIPT = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/dynamic-provider/index.js");
const PROBE = fileURLToPath(new URL("memory-probe.cjs", import.meta.url));
const LIMIT_MS = 60_000;
const propertiesSchema = z.record(z.string(), z.unknown());
const memorySchema = z.object({ used: z.number(), rss: z.number() });
export type Memory = z.infer<typeof memorySchema>;

/** Stands for the engine where the provider logs to it. */
export class EngineStub {
  readonly address: string;
  readonly #server: grpc.Server;

  private constructor(server: grpc.Server, port: number) {
    this.#server = server;
    this.address = `127.0.0.1:${port}`;
  }

  static async start(): Promise<EngineStub> {
    const server = new grpc.Server();
    const answer = (_call: unknown, done: grpc.sendUnaryData<empty.Empty>) => done(null, new empty.Empty());
    server.addService(engineService.EngineService, { log: answer });
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
  /** Goes into every request, as the engine does it. */
  shell: string;
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

/** What a failed create or update leaves in the state; null where it leaves nothing. */
export function leftInState(error: unknown): Stored | null {
  if (!(error instanceof Error) || !("metadata" in error) || !(error.metadata instanceof grpc.Metadata)) return null;
  const [packed] = error.metadata.get("grpc-status-details-bin");
  if (!(packed instanceof Uint8Array)) return null;
  const [detail] = status.Status.deserializeBinary(packed).getDetailsList();
  if (detail === undefined) return null;
  const left = messages.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
  return { id: left.getId(), outputs: read(left.getProperties()) };
}

export class ProviderProcess {
  readonly #child: ChildProcess;
  readonly #client: InstanceType<typeof providerService.ResourceProviderClient>;
  #shell: string;

  private constructor(child: ChildProcess, port: string, shell: string) {
    this.#child = child;
    this.#shell = shell;
    this.#client = new providerService.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  /** Starts the process and waits until it is configured. */
  static async start(options: ProcessOptions): Promise<ProviderProcess> {
    const { cwd, shell, environment, engineAddress, probed, nodeOptions = [] } = options;
    const probe = probed ? ["--expose-gc", "--require", PROBE] : [];
    const stdio = ["ignore", "pipe", "pipe", ...(probed ? (["ipc"] as const) : [])] as const;
    const child = spawn(process.execPath, [...nodeOptions, ...probe, SCRIPT, engineAddress], {
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
    const request = new messages.ConfigureRequest();
    request.setArgs(struct.Struct.fromJavaScript({}));
    await called((done) => started.#client.configure(request, done));
    return started;
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
    const [failure] = answer.getFailuresList();
    if (failure) throw new Error(failure.getReason());
    return read(answer.getInputs());
  }

  async create(inputs: Properties, urn = ""): Promise<Stored> {
    const request = new messages.CreateRequest();
    request.setUrn(urn);
    request.setProperties(this.#struct(inputs));
    const answer = await called<InstanceType<typeof messages.CreateResponse>>((done) =>
      this.#client.create(request, done),
    );
    return { id: answer.getId(), outputs: read(answer.getProperties()) };
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

  /** @returns null where the resource is gone */
  async read(id: string, outputs: Properties, urn = ""): Promise<(Stored & { inputs?: Properties }) | null> {
    const request = new messages.ReadRequest();
    request.setId(id);
    request.setUrn(urn);
    request.setProperties(this.#struct(outputs));
    const answer = await called<InstanceType<typeof messages.ReadResponse>>((done) => this.#client.read(request, done));
    if (answer.getId() === "") return null;
    const inputs = answer.getInputs();
    return {
      id: answer.getId(),
      outputs: read(answer.getProperties()),
      ...(inputs === undefined ? {} : { inputs: read(inputs) }),
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
    return read(answer.getProperties());
  }

  async delete(id: string, outputs: Properties, urn = ""): Promise<void> {
    const request = new messages.DeleteRequest();
    request.setId(id);
    request.setUrn(urn);
    request.setProperties(this.#struct(outputs));
    await called((done) => this.#client.delete(request, done));
  }

  /** What goes into every request from now on: the process has one provider for each. */
  useShell(shell: string): void {
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

  #struct(properties: Properties): struct.Struct {
    return struct.Struct.fromJavaScript(
      z.record(z.string(), z.json()).parse({ ...properties, __provider: this.#shell }),
    );
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

function read(properties: struct.Struct | undefined): Properties {
  return propertiesSchema.parse(properties?.toJavaScript() ?? {});
}
