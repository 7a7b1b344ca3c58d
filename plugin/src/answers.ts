/** How a provider's methods are called and answer, over gRPC. */
import * as grpc from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import { Failure } from "../../src/runtime/readable.ts";
import { sealed } from "./values.ts";

/** What answers a request that the engine sends once. */
export type Method<Request, Response> = (request: Request) => Promise<Response> | Response;

/**
 * A method as the server calls it.
 *
 * @param failed makes whatever is thrown readable
 */
export function answering<Request, Response>(
  method: Method<Request, Response>,
  failed: (thrown: unknown) => Failure,
): grpc.handleUnaryCall<Request, Response> {
  return ({ request }, done) => {
    Promise.resolve()
      .then(() => method(request))
      .then(
        (response) => done(null, response),
        (thrown: unknown) => done(statusOf(thrown instanceof Failure ? thrown : failed(thrown))),
      );
  };
}

/**
 * A failure as a status. Not UNKNOWN where nothing was left in the state: that makes the engine mark the run as perhaps
 * corrupt. A client that exists travels in the status' details.
 */
function statusOf(failure: Failure): Partial<grpc.StatusObject> {
  const { message, recorded } = failure;
  if (recorded === null) return { code: grpc.status.FAILED_PRECONDITION, details: message };
  const left = new messages.ErrorResourceInitFailed();
  left.setId(recorded.id);
  left.setProperties(sealed(recorded.outputs, failure instanceof SecretFailure ? failure.secrets : SECRETS));
  left.setReasonsList([message]);
  const detail = new any.Any();
  detail.pack(left.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statuses.Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(message);
  status.addDetails(detail);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details: message, metadata };
}

/** A failure that leaves a client in the state, some of whose properties are secret. */
class SecretFailure extends Failure {
  readonly secrets: ReadonlySet<string>;

  constructor({ message, recorded }: Failure, secrets: ReadonlySet<string>) {
    super(message, recorded);
    this.secrets = secrets;
  }
}

/** Work whose outputs are secret by these names, also where it fails and leaves some. */
export async function keepingSecret<Result>(secrets: ReadonlySet<string>, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (thrown) {
    throw thrown instanceof Failure ? new SecretFailure(thrown, secrets) : thrown;
  }
}

/** Outputs that are secret whatever the program says. */
export const SECRETS: ReadonlySet<string> = new Set(["clientSecret"]);
