// A dynamic resource as Pulumi's documentation writes one: a class with the requests, and a new object of it for each
// resource. The SDK puts the code of that object, and of all that it uses, into the state.
import * as pulumi from "@pulumi/pulumi";

class ClientProvider {
  async create(inputs) {
    const { name, description, clientType, redirectUris, grantTypes, scopes } = inputs;
    const body = { name, description, clientType, redirectUris, grantTypes, scopes };
    const { data } = await this.call("POST", "", inputs.tenantId, body);
    const { clientId, clientSecret, createdAt } = data;
    return { id: data.id, outs: { ...inputs, clientId, clientSecret, createdAt } };
  }

  async update(id, olds, news) {
    const { name, description, redirectUris, grantTypes, scopes } = news;
    const body = { name, description, redirectUris, grantTypes, scopes };
    await this.call("PATCH", `/${id}`, news.tenantId, body);
    return { outs: { ...olds, ...news } };
  }

  async delete(id, props) {
    await this.call("DELETE", `/${id}`, props.tenantId);
  }

  async call(method, path, tenantId, body) {
    const response = await fetch(`${process.env.REZOLVE_BASE_URL}/api/v1/oauth-clients${path}`, {
      method,
      headers: {
        authorization: `Bearer ${process.env.REZOLVE_TOKEN}`,
        "x-tenantid": tenantId,
        "content-type": "application/json",
      },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} of a client was answered with ${response.status}`);
    return await response.json();
  }
}

export class OAuthClient extends pulumi.dynamic.Resource {
  constructor(name, args, opts) {
    super(
      new ClientProvider(),
      name,
      { clientId: undefined, clientSecret: undefined, createdAt: undefined, ...args },
      opts,
    );
  }
}
