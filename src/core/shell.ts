/**
 * What every state holds as its provider: one constant line that loads this package from the Pulumi project, so that
 * a newer version fixes old stacks too. Never change it: other text would be another provider to Pulumi, and old
 * states keep the old one.
 */
export const SHELL = 'exports.handler = () => require("pulumi-oauth-clients/provider").createProvider(1);';
