/* Provider: oidc-provider as its authors ship it, with one client. Arguments: port, address of Ward. */
import { Provider } from "oidc-provider";

const [port, ward] = process.argv.slice(2);
const provider = new Provider(`http://localhost:${port}`, {
  clients: [
    {
      client_id: "ward",
      client_secret: "secret-of-the-test",
      redirect_uris: [`${ward}/login/outside/back`],
      backchannel_logout_uri: `${ward}/login/outside/logout`,
      backchannel_logout_session_required: true,
    },
  ],
  features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: true } },
  fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }), // it keeps away from loopback
  cookies: { keys: ["of the test alone"] },
});
provider.on("backchannel.error", (_ctx, error) => console.error(String(error)));
provider.listen(Number(port), "localhost", () => console.log("ready"));
