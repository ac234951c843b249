// standardwebhooks of npm verifies what we have signed; the same questions as verify_webhook.py.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const said = JSON.parse(readFileSync(0, "utf8"));
const verdict = (secret) => {
  try {
    new Webhook(secret).verify(said.body, said.headers);
    return "verified";
  } catch {
    return "refused";
  }
};
console.log(JSON.stringify(said.secrets.map(verdict)));
