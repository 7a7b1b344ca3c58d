import type { Answer, VendorResponse } from "./answer.ts";
import { OAuthClientsError } from "./errors.ts";
import { quote } from "./redaction.ts";
import { type Subject, whereabouts } from "./subject.ts";

/**
 * The error for an answer that is final and no success: what happened, to which client, what to do next.
 * 404 and 409 mean different things to different requests, so a caller handles those that it has a meaning for first.
 *
 * @param neededMs the wait that the retry budget did not cover, when that is why it is final
 */
export function failureOf(answer: Answer, subject: Subject, neededMs: number | null = null): OAuthClientsError {
  const cannot = `Cannot ${subject.action} ${whereabouts(subject)}`;
  const settings = `Connection "${subject.connection}" talks to ${subject.baseUrl} with ${subject.credentialSource}.`;
  if (answer.kind === "transport") {
    return new OAuthClientsError(
      answer.reason === "aborted" ? "interrupted" : "vendor-unavailable",
      `${cannot}: ${answer.message}.`,
      `${settings} Check that the address is right and reachable, then run the command again.`,
    );
  }
  const said = saying(answer);
  if (answer.status === 429) {
    return new OAuthClientsError(
      "rate-limited",
      neededMs === null
        ? `${cannot}: ${subject.vendor} limits the rate of requests and kept refusing (HTTP 429${said}).`
        : `${cannot}: ${subject.vendor} asks to wait ${Math.ceil(neededMs / 1_000)} s (HTTP 429${said}), longer than the retry budget allows.`,
      "Run it again later, with less --parallel, or raise retryBudgetSeconds.",
    );
  }
  if (answer.author === "stranger") {
    return new OAuthClientsError(
      "not-the-vendor",
      `${cannot}: HTTP ${answer.status} did not come from ${subject.vendor}'s API but from somebody else's page${said}.`,
      `${settings} Check the base URL and any proxy on the way.`,
    );
  }
  if (answer.status === 401) {
    return new OAuthClientsError(
      "credentials-rejected",
      `${cannot}: ${subject.vendor} rejected the credentials (HTTP 401${said}).`,
      `${settings} Put a valid one into the environment (it wins over stack config; a plain destroy or refresh sees only the config of the last up), then run the command again.`,
    );
  }
  if (answer.status === 403) {
    return new OAuthClientsError(
      "permission-missing",
      `${cannot}: the credentials lack a permission (HTTP 403${said}).`,
      `It takes ${subject.permission}. ${settings}`,
    );
  }
  if (answer.status >= 500) {
    return new OAuthClientsError(
      "vendor-unavailable",
      neededMs === null
        ? `${cannot}: ${subject.vendor} failed and kept failing (HTTP ${answer.status}${said}).`
        : `${cannot}: ${subject.vendor} is not available and asks to wait ${Math.ceil(neededMs / 1_000)} s (HTTP ${answer.status}${said}), longer than the retry budget allows.`,
      "Run the command again when the vendor works.",
    );
  }
  if (answer.status < 300) {
    return new OAuthClientsError(
      "response-invalid",
      `${cannot}: the response (HTTP ${answer.status}) is not one of ${subject.vendor}'s API.`,
      `${settings} Check the base URL and any proxy on the way.`,
    );
  }
  return new OAuthClientsError(
    "vendor-refused",
    `${cannot}: ${subject.vendor} refused (HTTP ${answer.status}${said}).`,
    whereToLook(answer.status, settings),
  );
}

/** What to check after a refusal that may come from another address than meant; nothing after any other. */
function whereToLook(status: number, settings: string): string {
  if (status >= 300 && status < 400) return `A redirect is not followed. ${settings} Check the base URL.`;
  // No such path, or not with this method.
  if ([404, 405, 410].includes(status)) {
    return `${settings} Check the base URL (without the path of the API's version) and the tenant.`;
  }
  return "";
}

/** The vendor's own words, as a parenthesis continues: `, OAUTH_CLIENT_NOT_FOUND: "OAuth client not found"`. */
export function saying(response: VendorResponse): string {
  const code = response.vendorCode === null ? "" : quote(response.vendorCode, 80);
  const words = response.words === null ? "" : `"${quote(response.words)}"`;
  const both = [code, words].filter((part) => part !== "").join(": ");
  return both === "" ? "" : `, ${both}`;
}
