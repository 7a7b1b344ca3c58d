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
function statusOf({ message, recorded }: Failure, secrets: ReadonlySet<string> = SECRETS): Partial<grpc.StatusObject> {
  if (recorded === null) return { code: grpc.status.FAILED_PRECONDITION, details: message };
  const left = new messages.ErrorResourceInitFailed();
  left.setId(recorded.id);
  left.setProperties(sealed(recorded.outputs, secrets));
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

/** Outputs that are secret whatever the program says. */
export const SECRETS: ReadonlySet<string> = new Set(["clientSecret"]);
