// Reads JSON lines { template, context } and prints, for each, what @huggingface/jinja makes of it: { text } or { error }.
import { createInterface } from "node:readline";
import { Template } from "@huggingface/jinja";

for await (const line of createInterface({ input: process.stdin })) {
  const { template, context } = JSON.parse(line);
  let result;
  try {
    result = { text: new Template(template).render(context) };
  } catch (problem) {
    result = { error: String(problem.message ?? problem) };
  }
  process.stdout.write(JSON.stringify(result) + "\n");
}
