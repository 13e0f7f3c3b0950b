// Parses PowerShell files with the grammar of tree-sitter-powershell and prints, as JSON,
// what each holds: {name: {errors: [line:column type], commands: [name], strings: [text],
// types: {node type: count}}}.
import { Parser, Language } from 'web-tree-sitter';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
await Parser.init();
const grammar = await Language.load(join(here, 'node_modules/tree-sitter-powershell/tree-sitter-powershell.wasm'));
const parser = new Parser();
parser.setLanguage(grammar);

function walk(node, out) {
  if (node.isError || node.isMissing) {
    out.errors.push(`${node.startPosition.row + 1}:${node.startPosition.column + 1} ${node.type}`);
  }
  out.types[node.type] = (out.types[node.type] ?? 0) + 1;
  if (node.type === 'command_name') out.commands.push(node.text);
  if (node.type === 'string_literal') out.strings.push(node.text);
  for (const child of node.children) walk(child, out);
}

const result = {};
for (const path of process.argv.slice(2)) {
  const out = { errors: [], commands: [], strings: [], types: {} };
  walk(parser.parse(readFileSync(path, 'utf8')).rootNode, out);
  result[basename(path)] = out;
}
console.log(JSON.stringify(result));
