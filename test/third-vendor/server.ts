import type { ServerResponse } from "node:http";
import { type Arrived, json, type LocalServer, serve } from "../unit/server.ts";

export interface AcmeApp {
  key: string;
  title: string;
  kind: string;
  callbacks: string[];
  made: number;
}

/** Acme's server: apps by path, one user, titles that are unique, and 410 for every app that it once had or never had. */
export interface AcmeServer extends LocalServer {
  apps: Map<string, AcmeApp>;
  /** Methods whose requests are carried out and never answered. */
  losing: Set<string>;
  /** Methods whose requests are refused. */
  refusing: Set<string>;
}

export const USER = { username: "pulumi", password: "synthetic-password-of-acme" };

/** @param made how many apps it has made before: no id is given twice */
export async function startAcme(made = 0): Promise<AcmeServer> {
  const apps = new Map<string, AcmeApp>();
  const losing = new Set<string>();
  const refusing = new Set<string>();
  const problem = (response: ServerResponse, status: number, text: string) => json(response, status, { problem: text });
  const server = await serve((response, request) => {
    if (losing.has(request.method)) response.writeHead = () => response.destroy();
    const basic = `Basic ${Buffer.from(`${USER.username}:${USER.password}`).toString("base64")}`;
    if (request.headers.authorization !== basic) return problem(response, 401, "who are you?");
    const [, zone = "", key] = /^\/v2\/spaces\/[^/]+\/zones\/([^/]+)\/apps(?:\/([^/]+))?$/.exec(request.path) ?? [];
    if (refusing.has(request.method)) return problem(response, 403, "not now");
    if (!request.path.startsWith("/v2/spaces/space-1/")) return problem(response, 404, "no such space");
    const path = (id: string) => `${zone}/${id}`;
    if (key === undefined && request.method === "GET") {
      return json(response, 200, { apps: [...apps].filter(([at]) => at.startsWith(`${zone}/`)).map(([, app]) => app) });
    }
    if (key === undefined) {
      const body = bodyOf(request);
      const isTaken = [...apps].some(([at, { title }]) => at.startsWith(`${zone}/`) && title === body.title);
      if (isTaken) return problem(response, 409, "there is one of this title");
      made += 1;
      const app: AcmeApp = { key: `app-${made}`, callbacks: [], made: Date.now(), ...body };
      apps.set(path(app.key), app);
      return json(response, 201, { ...app, secret: `synthetic-secret-of-app-${made}` });
    }
    const app = apps.get(path(key));
    if (app === undefined) return problem(response, 410, "gone for good");
    if (request.method === "DELETE") {
      apps.delete(path(key));
      return json(response, 200, { key, ended: { tokens: 3, logins: 1 } });
    }
    if (request.method === "PATCH") Object.assign(app, bodyOf(request));
    return json(response, 200, app);
  });
  return { ...server, apps, losing, refusing };
}

function bodyOf({ body }: Arrived): { title: string; kind: string } {
  return JSON.parse(body);
}
