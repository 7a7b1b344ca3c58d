/** How a provider's methods are called and answer, over gRPC. */
import * as grpc from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import type struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Recorded } from "../../src/lifecycle/lifecycle.ts";
import type { Properties } from "../../src/lifecycle/properties.ts";
import { Failure } from "../../src/runtime/readable.ts";

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
  const { message } = failure;
  if (!(failure instanceof SealedFailure)) return { code: grpc.status.FAILED_PRECONDITION, details: message };
  const left = new messages.ErrorResourceInitFailed();
  left.setId(failure.id);
  left.setProperties(failure.left);
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

/** A failure that leaves a client in the state, as the engine is to have it: only of what {@link sealing} does. */
class SealedFailure extends Failure {
  readonly id: string;
  readonly left: struct.Struct;

  constructor(message: string, recorded: Recorded, left: struct.Struct) {
    super(message, recorded);
    this.id = recorded.id;
    this.left = left;
  }
}

/**
 * What work gives, as the engine is to have it, also where the work fails and leaves a client.
 *
 * @param seal keeps secret what is
 */
export async function sealing(
  seal: (outputs: Properties) => struct.Struct,
  work: Promise<Recorded>,
): Promise<{ id: string; properties: struct.Struct }> {
  try {
    const { id, outputs } = await work;
    return { id, properties: seal(outputs) };
  } catch (thrown) {
    if (!(thrown instanceof Failure) || thrown.recorded === null) throw thrown;
    throw new SealedFailure(thrown.message, thrown.recorded, seal(thrown.recorded.outputs));
  }
}
