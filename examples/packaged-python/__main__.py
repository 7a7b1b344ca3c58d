"""OAuth clients of both vendors, by the packaged provider."""

import pulumi
import pulumi_oauth_clients as oauth_clients

stack = pulumi.get_stack()

bot = oauth_clients.rezolve.OAuthClient(
    "bot",
    name=f"{stack} CI bot",
    client_type=oauth_clients.rezolve.OAuthClientClientType.CONFIDENTIAL,
    redirect_uris=[],
    grant_types=["client_credentials"],
    scopes=["users:read"],
)

portal = oauth_clients.nexus.Client(
    "portal",
    name=f"{stack} portal",
    app_type="regular_web",
    callback_urls=["https://portal.example.test/callback"],
)

pulumi.export("clientId", bot.client_id)
pulumi.export("clientSecret", bot.client_secret)
pulumi.export("portalId", portal.id)
