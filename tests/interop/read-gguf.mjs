// Prints what @huggingface/gguf reads of a file: { metadata: [[key, type, value], …], tensors: [[name, shape, type, offset], …] }.
// Shapes are in the file's own order; 64-bit whole numbers, and the zero below zero, are written as strings.
import { gguf, GGUFValueType } from "@huggingface/gguf";

const { typedMetadata, tensorInfos } = await gguf(process.argv[2], { allowLocalFile: true, typedMetadata: true });
const plain = (value) =>
  typeof value === "bigint" ? value.toString() : Object.is(value, -0) ? "-0" : Array.isArray(value) ? value.map(plain) : value;
const typeName = (entry) => GGUFValueType[entry.type] + (entry.subType === undefined ? "" : ":" + GGUFValueType[entry.subType]);
const metadata = Object.entries(typedMetadata)
  .filter(([key]) => !["version", "tensor_count", "kv_count"].includes(key))
  .map(([key, entry]) => [key, typeName(entry), plain(entry.value)]);
const tensors = tensorInfos.map((tensor) => [tensor.name, tensor.shape.map(Number), tensor.dtype, Number(tensor.offset)]);
process.stdout.write(JSON.stringify({ metadata, tensors }));
