// Reads JSON lines, each a text, and prints the version of Unicode that node knows, then for each its normalization forms [NFC, NFD, NFKC, NFKD].
import { createInterface } from "node:readline";

process.stdout.write(parseInt(process.versions.unicode) + "\n");
for await (const line of createInterface({ input: process.stdin })) {
  const text = JSON.parse(line);
  process.stdout.write(JSON.stringify(["NFC", "NFD", "NFKC", "NFKD"].map((form) => text.normalize(form))) + "\n");
}
