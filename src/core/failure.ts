import type { Answer, VendorResponse } from "./answer.ts";
import { OAuthClientsError } from "./errors.ts";
import { idToCheck, type Subject, whereabouts } from "./subject.ts";
import { joined, type Message, quoted, say } from "./text.ts";

/**
 * The error for an answer that is final and no success: what happened, to which client, what to do next.
 * 404 and 409 mean different things to different requests, so a caller handles those that it has a meaning for first.
 *
 * @param neededMs the wait that the retry budget did not cover, when that is why it is final
 */
export function failureOf(answer: Answer, subject: Subject, neededMs: number | null = null): OAuthClientsError {
  const cannot = say`Cannot ${subject.action} ${whereabouts(subject)}`;
  const settings = say`Connection "${subject.connection}" talks to ${subject.baseUrl} with ${subject.credentialSource}.`;
  if (answer.kind === "transport") {
    return new OAuthClientsError(
      answer.reason === "aborted" ? "interrupted" : "vendor-unavailable",
      say`${cannot}: ${answer.message}.`,
      say`${settings} Check that the address is right and reachable, then run the command again.`,
    );
  }
  // Who wrote it cannot be told, unless it was the vendor.
  const through = answer.via === undefined || answer.author === "vendor" ? say`` : say`, through ${answer.via}`;
  const said = say`${saying(answer)}${through}`;
  if (answer.status === 429) {
    return new OAuthClientsError(
      "rate-limited",
      neededMs === null
        ? say`${cannot}: ${subject.vendor} limits the rate of requests and kept refusing (HTTP 429${said}).`
        : say`${cannot}: ${subject.vendor} asks to wait ${Math.ceil(neededMs / 1_000)} s (HTTP 429${said}), longer than the retry budget allows.`,
      say`Run it again later, with less --parallel, or raise retryBudgetSeconds.`,
    );
  }
  if (answer.author === "stranger") {
    return new OAuthClientsError(
      "not-the-vendor",
      say`${cannot}: HTTP ${answer.status} did not come from ${subject.vendor}'s API but from somebody else's page${said}.`,
      say`${settings} ${/certificate/i.test(answer.words ?? "") ? say`Check clientCertFile and clientKeyFile.` : say`Check the base URL and any proxy on the way.`}`,
    );
  }
  if (answer.status === 401) {
    return new OAuthClientsError(
      "credentials-rejected",
      say`${cannot}: ${subject.vendor} rejected the credentials (HTTP 401${said}).`,
      say`${settings} ${subject.whenRefused(answer.words)}`,
    );
  }
  if (answer.status === 403) {
    return new OAuthClientsError(
      "permission-missing",
      say`${cannot}: the credentials lack a permission (HTTP 403${said}).`,
      say`It takes ${subject.permission}. ${settings}`,
    );
  }
  if (answer.status >= 500) {
    return new OAuthClientsError(
      "vendor-unavailable",
      neededMs === null
        ? say`${cannot}: ${subject.vendor} failed and kept failing (HTTP ${answer.status}${said}).`
        : say`${cannot}: ${subject.vendor} is not available and asks to wait ${Math.ceil(neededMs / 1_000)} s (HTTP ${answer.status}${said}), longer than the retry budget allows.`,
      say`Run the command again when the vendor works.`,
    );
  }
  if (answer.status < 300 && answer.saysFailed) {
    return new OAuthClientsError(
      "vendor-refused",
      say`${cannot}: ${subject.vendor} says that it failed (HTTP ${answer.status}${said}).`,
    );
  }
  if (answer.status < 300 && !answer.complete) {
    return new OAuthClientsError(
      "response-invalid",
      say`${cannot}: only a part of the response (HTTP ${answer.status}${said}) arrived.`,
      say`${settings} Run the command again; if it happens again, look at the vendor's service and at any proxy on the way.`,
    );
  }
  if (answer.status < 300) {
    return new OAuthClientsError(
      "response-invalid",
      say`${cannot}: the response (HTTP ${answer.status}) is not one of ${subject.vendor}'s API.`,
      say`${settings} Check the base URL and any proxy on the way.`,
    );
  }
  return new OAuthClientsError(
    "vendor-refused",
    say`${cannot}: ${subject.vendor} refused (HTTP ${answer.status}${said}).`,
    joined([
      whereToLook(answer.status, settings, subject),
      [400, 404, 410].includes(answer.status) ? idToCheck(subject) : say``,
    ]),
  );
}

/** What to check after a refusal that may come from another address than meant; nothing after any other. */
function whereToLook(status: number, settings: Message, { home }: Subject): Message {
  if (status >= 300 && status < 400) return say`A redirect is not followed. ${settings} Check the base URL.`;
  // No such path, or not with this method.
  if ([404, 405, 410].includes(status)) {
    return say`${settings} Check the base URL (without the path of the API's version) and the ${home}.`;
  }
  return say``;
}

/** The vendor's own words, as a parenthesis continues: `, OAUTH_CLIENT_NOT_FOUND: "OAuth client not found"`. */
export function saying(response: VendorResponse): Message {
  const code = response.vendorCode === null ? say`` : quoted(response.vendorCode, 80);
  const words = response.words === null ? say`` : say`"${response.words}"`;
  const both = joined([code, words], ": ");
  return both.isEmpty ? both : say`, ${both}`;
}
