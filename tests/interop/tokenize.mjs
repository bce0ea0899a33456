// Reads JSON lines. The first is { tokenizer, config }: a tokenizer.json and a tokenizer_config.json (or the paths of such files).
// Every other is { text, special } and gives { ids, decoded } as @huggingface/tokenizers has them.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Tokenizer } from "@huggingface/tokenizers";

const load = (value) => (typeof value === "string" ? JSON.parse(readFileSync(value, "utf8")) : value);
let tokenizer;
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  if (!tokenizer) {
    tokenizer = new Tokenizer(load(request.tokenizer), load(request.config));
    continue;
  }
  const { ids } = tokenizer.encode(request.text, { add_special_tokens: request.special });
  const decoded = ids.length === 0 ? "" : tokenizer.decode(ids, { skip_special_tokens: false, clean_up_tokenization_spaces: false });
  process.stdout.write(JSON.stringify({ ids, decoded }) + "\n");
}
