import type { Provider } from "oidc-provider";
import { errors } from "oidc-provider";

/** The password of every user of the sandbox. */
export const sandboxPassword = "sandbox";

interface PasswordParameters {
  readonly username?: string;
  readonly password?: string;
}

/**
 * The legacy `password` grant (RFC 6749 section 4.3), which Rezolve still lists: any user name, the same password for
 * all. The tokens belong to a grant of the user, without a session.
 */
export function registerPasswordGrant(provider: Provider): void {
  provider.registerGrantType<PasswordParameters>(
    "password",
    async (ctx) => {
      const { client, params } = ctx.oidc;
      if (!params.username || params.password !== sandboxPassword) {
        throw new errors.InvalidGrant("wrong user name or password");
      }
      const allowed = new Set(client.scope?.split(" "));
      const scope = (params.scope ?? "")
        .split(" ")
        .filter((name) => allowed.has(name))
        .join(" ");
      const accountId = params.username;
      const grant = new provider.Grant({ accountId, clientId: client.clientId });
      if (scope !== "") grant.addOIDCScope(scope);
      const grantId = await grant.save();

      const common = { accountId, client, grantId, gty: "password", scope };
      const accessToken = new provider.AccessToken(common);
      const value = await accessToken.save();
      const refreshToken = client.grantTypeAllowed("refresh_token")
        ? await new provider.RefreshToken(common).save()
        : undefined;
      ctx.body = {
        access_token: value,
        expires_in: accessToken.expiration,
        token_type: "Bearer",
        ...(scope === "" ? {} : { scope }),
        ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
      };
    },
    ["username", "password", "scope"],
  );
}
